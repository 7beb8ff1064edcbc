package io.hopline.sla;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * How the hosts' clocks stand to each other. Hosts with one boot id run on one kernel and so on one clock; the error left is
 * the clock's reading. For other pairs it is what their STAMP sessions (RFC 8762) found, either host's or both; without any,
 * one-way figures between the two hosts are a guess.
 *
 * @param bootIds host name to its kernel's boot id
 * @param measured what each host found of another's clock
 */
public record ClockModel(Map<String, String> bootIds, Map<Pair, PeerClock> measured) {
    /** What reading one clock at two places adds: its resolution and the read itself. */
    public static final long READ_ERROR_NS = 100;

    /** A measurement says nothing of a moment that is further away: a drift is not constant for longer. */
    static final long MAX_AGE_NS = 60_000_000_000L;
    /** Measurements come every second: what the error grows to until the next. */
    private static final long BETWEEN_NS = 1_000_000_000L;

    /** Two hosts, of which the first compared the other's clock with its own. */
    public record Pair(String from, String to) implements Comparable<Pair> {
        private static final Comparator<Pair> ORDER =
                Comparator.comparing(Pair::from).thenComparing(Pair::to);

        @Override
        public int compareTo(Pair other) {
            return ORDER.compare(this, other);
        }
    }

    public ClockModel {
        bootIds = Map.copyOf(bootIds);
        measured = Map.copyOf(measured);
    }

    /** Knows of no host. */
    public static ClockModel unknown() {
        return new ClockModel(Map.of(), Map.of());
    }

    /** Hosts of which only the boot ids are known. */
    public static ClockModel of(Map<String, String> bootIds) {
        return new ClockModel(bootIds, Map.of());
    }

    /** Adds what a host found of another's clock. */
    public ClockModel with(String host, PeerClock found) {
        Map<Pair, PeerClock> all = new HashMap<>(measured);
        all.put(new Pair(host, found.peer()), found);
        return new ClockModel(bootIds, all);
    }

    /** True when both hosts read the same clock. */
    public boolean shared(String a, String b) {
        String boot = bootIds.get(a);
        return a.equals(b) || boot != null && boot.equals(bootIds.get(b));
    }

    /**
     * The last that is known of b's clock less a's, from the sessions of both. Each has the kernel's stamps at both ends of
     * its own way there, and together these bound the offset from both sides.
     */
    public Optional<ClockOffset> offset(String a, String b) {
        return known(a, b).stream().reduce(ClockOffset::and);
    }

    /**
     * The same for one moment.
     *
     * @param atNs on a's clock
     * @return empty also when what is known is too long before or after
     */
    public Optional<ClockOffset> offset(String a, String b, long atNs) {
        return known(a, b).stream()
                .filter(offset -> Math.abs(atNs - offset.atNs()) <= MAX_AGE_NS)
                .reduce(ClockOffset::and);
    }

    private List<ClockOffset> known(String a, String b) {
        List<ClockOffset> known = new ArrayList<>(2);
        PeerClock there = measured.get(new Pair(a, b));
        if (there != null) {
            known.add(there.offset());
        }
        PeerClock back = measured.get(new Pair(b, a));
        if (back != null) {
            known.add(back.offset().reversed());
        }
        return known;
    }

    /** Bound on the error of a time difference between two hosts' stamps; empty when unknown. */
    public OptionalLong errorNs(String a, String b) {
        if (shared(a, b)) {
            return OptionalLong.of(READ_ERROR_NS);
        }
        return offset(a, b)
                .map(offset -> OptionalLong.of(offset.errorNs(offset.atNs() + BETWEEN_NS) + READ_ERROR_NS))
                .orElseGet(OptionalLong::empty);
    }

    /** The largest error between any two of these hosts; empty when one pair's is unknown. */
    public OptionalLong errorNs(Collection<String> hosts) {
        long worst = READ_ERROR_NS;
        for (String a : hosts) {
            for (String b : hosts) {
                OptionalLong error = errorNs(a, b);
                if (error.isEmpty()) {
                    return error;
                }
                worst = Math.max(worst, error.getAsLong());
            }
        }
        return OptionalLong.of(worst);
    }

    /** What was measured between these hosts, in order. */
    public Map<Pair, PeerClock> measured(Collection<String> hosts) {
        Map<Pair, PeerClock> among = new TreeMap<>();
        measured.forEach((pair, found) -> {
            if (hosts.contains(pair.from()) && hosts.contains(pair.to())) {
                among.put(pair, found);
            }
        });
        return among;
    }
}
