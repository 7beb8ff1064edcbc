package io.hopline.sla;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests and connection attempts that were seen and wait for an answer, to be found unanswered when none has come. Keeps at
 * most so many; beyond that the oldest are not judged.
 */
final class OpenRequests {
    private final int capacity;
    private final Deque<Open> open = new ArrayDeque<>();

    /**
     * One of them.
     *
     * @param end sequence number after its last byte
     * @param syn true for a connection attempt
     * @param first its first sighting
     */
    record Open(Connection connection, int end, boolean syn, Seen first, long sinceNs) {}

    OpenRequests(int capacity) {
        this.capacity = capacity;
    }

    void add(Open request) {
        if (open.size() == capacity) {
            open.removeFirst();
        }
        open.addLast(request);
    }

    /** Takes the next one that has waited since {@code beforeNs} or longer; null when there is none. */
    @Nullable
    Open take(long beforeNs) {
        return !open.isEmpty() && open.getFirst().sinceNs <= beforeNs ? open.removeFirst() : null;
    }

    /** Earliest stamp of some sightings, CLOCK_REALTIME nanoseconds; 0 when there is none. */
    static long startNs(List<Seen> seen) {
        long start = Long.MAX_VALUE;
        for (Seen one : seen) {
            long ns = one.ns();
            start = ns == 0 ? start : Math.min(start, ns);
        }
        return start == Long.MAX_VALUE ? 0 : start;
    }
}
