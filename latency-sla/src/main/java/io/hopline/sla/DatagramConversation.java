package io.hopline.sla;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is kept of the datagrams between one client's port, or echo identifier, and its service. */
final class DatagramConversation {
    /** Answered requests that are remembered, to know their late sightings by; the oldest go first. */
    private static final int MAX_ANSWERED = 64;
    /** A request that overlapped another and was not answered for so long does not keep later ones from being timed. */
    private static final long OVERLAP_NS = 1_000_000_000L;

    final Endpoint client;
    long lastSeenNs;

    private final Side asking = new Side();
    private final Side answering = new Side();
    private final Map<Long, Datagram> answered = new LinkedHashMap<>();

    /** The datagrams of one direction that are not joined yet. */
    private static final class Side {
        /** All, the oldest first. */
        final Set<Datagram> waiting = new LinkedHashSet<>();
        /** The same by key; a client that repeats itself has several of one, the oldest first. */
        final Map<Long, List<Datagram>> byKey = new HashMap<>();
        /** When they first passed each host. */
        final Map<String, NavigableSet<Long>> passed = new HashMap<>();

        NavigableSet<Long> passed(String host) {
            return passed.computeIfAbsent(host, h -> new TreeSet<>());
        }

        boolean passedBetween(String host, long fromNs, long toNs) {
            Long next = passed(host).higher(fromNs);
            return next != null && next < toNs;
        }
    }

    DatagramConversation(Endpoint client) {
        this.client = client;
    }

    private Side of(Direction direction) {
        return direction == Direction.REQUEST ? asking : answering;
    }

    /**
     * The datagram that passes there, if it is known from other places, or passes again. A client may say the same again,
     * and be answered the same: what passes a host after something passed it the other way is a new datagram.
     *
     * @return null when it is one that was not seen yet
     */
    @Nullable
    Datagram passing(Seen seen, long key) {
        List<Datagram> known = of(seen.direction()).byKey.getOrDefault(key, List.of());
        Side other = seen.direction() == Direction.REQUEST ? answering : asking;
        Datagram elsewhere = null;
        for (Datagram datagram : known.reversed()) {
            Long first = datagram.firstNs(seen.host());
            if (first == null) {
                elsewhere = datagram;
            } else if (!other.passedBetween(seen.host(), Math.min(first, seen.ns()), Math.max(first, seen.ns()))) {
                return datagram;
            } else if (first < seen.ns()) {
                return elsewhere;
            }
        }
        return elsewhere;
    }

    /** Notes that a datagram passes there. */
    void add(Datagram datagram, Seen seen) {
        Side side = of(datagram.direction);
        if (side.waiting.add(datagram)) {
            side.byKey.computeIfAbsent(datagram.key, key -> new ArrayList<>(1)).add(datagram);
        }
        NavigableSet<Long> passed = side.passed(seen.host());
        Long before = datagram.firstNs(seen.host());
        if (before != null) {
            passed.remove(before);
        }
        datagram.add(seen);
        passed.add(before == null ? seen.ns() : Math.min(before, seen.ns()));
    }

    void remove(Datagram datagram) {
        Side side = of(datagram.direction);
        side.waiting.remove(datagram);
        List<Datagram> same = side.byKey.get(datagram.key);
        if (same != null) {
            same.remove(datagram);
            if (same.isEmpty()) {
                side.byKey.remove(datagram.key);
            }
        }
        datagram.firstNs().forEach((host, ns) -> side.passed(host).remove(ns));
    }

    /** True for a sighting of a request that was answered and joined. */
    boolean late(Seen seen, long key) {
        Datagram answer = seen.direction() == Direction.REQUEST ? answered.get(key) : null;
        return answer != null && answer.mayFollow(seen);
    }

    void answered(Datagram request, Datagram answer) {
        remove(request);
        answered.remove(request.key);
        answered.put(request.key, answer);
        if (answered.size() > MAX_ANSWERED) {
            answered.remove(answered.keySet().iterator().next());
        }
    }

    boolean answeredAny() {
        return !answered.isEmpty();
    }

    /**
     * The requests that a datagram may be the answer to, the oldest first. With a matching key that is one; else all that came
     * before it and are not answered yet.
     */
    List<Datagram> asked(Datagram answer) {
        if (answer.matching()) {
            for (Datagram request :
                    asking.byKey.getOrDefault(answer.key, List.of()).reversed()) {
                if (request.before(answer, 0)) {
                    return List.of(request);
                }
            }
        }
        List<Datagram> asked = new ArrayList<>();
        for (Datagram request : asking.waiting) {
            boolean other = request.matching() && answer.matching();
            boolean givenUp = request.overlapped && request.before(answer, OVERLAP_NS);
            if (!other && !givenUp && request.before(answer, 0)) {
                asked.add(request);
            }
        }
        return asked;
    }
}
