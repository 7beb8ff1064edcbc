package io.hopline.sla;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Whose share it is: for each {@link LatencyStep} of end-to-end time, how many requests took that long and the sums of
 * what they spent in each hop. A band, such as the slowest hundredth, is made of whole steps; so its sums are exact and
 * add up, and it holds some more or fewer requests than its name says, which {@link Band} tells. Distributions of single
 * hops could not tell it: the requests slow in one hop need not be the slow requests.
 *
 * <p>Mergeable by adding. Used by one thread at a time. At most {@value #MAX_SERIES} hops and {@value #MAX_BACKENDS}
 * backends a step; the time in hops beyond counts as unattributed, and requests of backends beyond under no backend.
 */
final class LatencyBands {
    static final int MAX_SERIES = 256;
    static final int MAX_BACKENDS = 256;
    /** More than there are of {@link LatencyStep}. */
    private static final int MAX_STEPS = 1024;

    private final TreeMap<Integer, Sums> steps = new TreeMap<>();

    /** Sums over some requests. The hops' and the unattributed time add up to the end-to-end time. */
    static final class Sums {
        private final Map<Series, Long> hops = new HashMap<>();
        private final Map<HopHistograms.Backend, Long> backends = new HashMap<>();
        private long count;
        private long endToEndNs;
        private long unattributedNs;

        /** Requests. */
        long count() {
            return count;
        }

        long endToEndNs() {
            return endToEndNs;
        }

        long unattributedNs() {
            return unattributedNs;
        }

        /** Nanoseconds by hop, direction and host. */
        Map<Series, Long> hops() {
            return hops;
        }

        /** Requests by who answered them. */
        Map<HopHistograms.Backend, Long> backends() {
            return backends;
        }

        /** Adds requests that spent {@code unattributed} of {@code endToEnd} nanoseconds in no hop. */
        void addRequests(long requests, long endToEnd, long unattributed) {
            count += requests;
            endToEndNs += endToEnd;
            unattributedNs += unattributed;
        }

        /** Adds what requests spent in one hop; call after {@link #addRequests}. */
        void addHop(Series hop, long ns) {
            if (hops.containsKey(hop) || hops.size() < MAX_SERIES) {
                hops.merge(hop, ns, Long::sum);
            } else {
                unattributedNs += ns;
            }
        }

        void addBackend(HopHistograms.Backend backend, long requests) {
            if (backends.containsKey(backend) || backends.size() < MAX_BACKENDS) {
                backends.merge(backend, requests, Long::sum);
            }
        }

        void add(Sums other) {
            addRequests(other.count, other.endToEndNs, other.unattributedNs);
            other.hops.forEach(this::addHop);
            other.backends.forEach(this::addBackend);
        }
    }

    /**
     * The requests whose end-to-end time lies between two bounds.
     *
     * @param fromNs the shortest time that counts
     * @param toNs the longest time that counts
     */
    record Band(long fromNs, long toNs, Sums sums) {}

    /** Counts a request as so many. */
    void record(RequestTrace trace, int requests) {
        Sums sums = step(LatencyStep.of(trace.endToEndNs()));
        sums.addRequests(requests, requests * trace.endToEndNs(), requests * trace.unattributedNs());
        for (HopTime time : trace.hops()) {
            sums.addHop(Series.of(time.hop(), time.direction(), time.host()), requests * time.ns());
        }
        sums.addBackend(
                new HopHistograms.Backend(trace.service(), trace.backend().orElse("")), requests);
    }

    void add(LatencyBands other) {
        other.steps.forEach((step, sums) -> step(step).add(sums));
    }

    /** The sums of one {@link LatencyStep}, made when missing. */
    Sums step(int step) {
        return steps.computeIfAbsent(step, missing -> new Sums());
    }

    /** The steps that some request took, the fastest first. */
    NavigableMap<Integer, Sums> steps() {
        return steps;
    }

    long count() {
        return steps.values().stream().mapToLong(Sums::count).sum();
    }

    Band all() {
        return steps.isEmpty() ? new Band(0, 0, new Sums()) : between(steps.firstKey(), steps.lastKey());
    }

    /** The slowest whole steps that together come closest to this share of all requests; at least one step. */
    Band slowest(double share) {
        double wanted = share * count();
        long taken = 0;
        int first = steps.isEmpty() ? 0 : steps.lastKey();
        for (Map.Entry<Integer, Sums> step : steps.descendingMap().entrySet()) {
            long with = taken + step.getValue().count;
            if (taken > 0 && with - wanted > wanted - taken) {
                break;
            }
            taken = with;
            first = step.getKey();
        }
        return steps.isEmpty() ? all() : between(first, steps.lastKey());
    }

    /** The whole steps from the one where {@code low} of all requests are faster to the one where {@code high} are. */
    Band middle(double low, double high) {
        return steps.isEmpty() ? all() : between(stepAt(low), stepAt(high));
    }

    private int stepAt(double share) {
        double wanted = share * count();
        long below = 0;
        for (Map.Entry<Integer, Sums> step : steps.entrySet()) {
            below += step.getValue().count;
            if (below >= wanted) {
                return step.getKey();
            }
        }
        return steps.lastKey();
    }

    private Band between(int first, int last) {
        Sums sums = new Sums();
        steps.subMap(first, true, last, true).values().forEach(sums::add);
        return new Band(LatencyStep.startNs(first), LatencyStep.endNs(last), sums);
    }

    /** Writes the names of hops and backends once, and numbers from then on. */
    void write(RowWriter out) {
        Map<Series, Integer> hops = new LinkedHashMap<>();
        Map<HopHistograms.Backend, Integer> backends = new LinkedHashMap<>();
        for (Sums sums : steps.values()) {
            sums.hops.keySet().forEach(hop -> hops.putIfAbsent(hop, hops.size()));
            sums.backends.keySet().forEach(backend -> backends.putIfAbsent(backend, backends.size()));
        }
        out.number(hops.size());
        hops.keySet().forEach(hop -> HistogramRows.series(out, hop));
        out.number(backends.size());
        backends.keySet().forEach(backend -> out.text(backend.service()).text(backend.name()));
        out.number(steps.size());
        steps.forEach((step, sums) -> {
            out.number(step).number(sums.count).signed(sums.endToEndNs).signed(sums.unattributedNs);
            out.number(sums.hops.size());
            sums.hops.forEach((hop, ns) -> out.number(hops.getOrDefault(hop, 0)).signed(ns));
            out.number(sums.backends.size());
            sums.backends.forEach((backend, requests) ->
                    out.number(backends.getOrDefault(backend, 0)).number(requests));
        });
    }

    /** Adds what {@link #write} wrote. */
    void read(RowReader in) {
        List<Series> hops = new ArrayList<>();
        for (int n = in.size(HopHistograms.MAX_SERIES); n > 0; n--) {
            hops.add(HistogramRows.series(in));
        }
        List<HopHistograms.Backend> backends = new ArrayList<>();
        for (int n = in.size(HopHistograms.MAX_BACKENDS); n > 0; n--) {
            backends.add(new HopHistograms.Backend(in.text(), in.text()));
        }
        for (int n = in.size(MAX_STEPS); n > 0; n--) {
            Sums sums = step(in.size(MAX_STEPS));
            sums.addRequests(in.number(), in.signed(), in.signed());
            for (int hop = in.size(MAX_SERIES); hop > 0; hop--) {
                sums.addHop(hops.get(in.size(hops.size() - 1)), in.signed());
            }
            for (int backend = in.size(MAX_BACKENDS); backend > 0; backend--) {
                sums.addBackend(backends.get(in.size(backends.size() - 1)), in.number());
            }
        }
    }
}
