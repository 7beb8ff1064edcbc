package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A uniform sample of whole requests, and the slowest one. A hash gives each request a rank and the {@value #SIZE} lowest
 * ranks stay, which makes the sample of a sum the lowest ranks of its parts.
 */
final class Exemplars {
    static final int SIZE = 256;

    private record Ranked(long rank, RequestTrace trace) {}

    private final PriorityQueue<Ranked> lowest =
            new PriorityQueue<>(Comparator.comparingLong(Ranked::rank).reversed());
    private @Nullable RequestTrace slowest;

    void offer(RequestTrace trace) {
        offer(new Ranked(rank(trace), trace));
        noteSlowest(trace);
    }

    void add(Exemplars other) {
        other.lowest.forEach(this::offer);
        if (other.slowest != null) {
            noteSlowest(other.slowest);
        }
    }

    /** The sampled request whose end-to-end time is closest; null when there is none. */
    @Nullable
    RequestTrace closest(long endToEndNs) {
        RequestTrace best = null;
        for (RequestTrace trace : traces()) {
            if (best == null || distance(trace, endToEndNs) < distance(best, endToEndNs)) {
                best = trace;
            }
        }
        return best;
    }

    @Nullable
    RequestTrace slowest() {
        return slowest;
    }

    List<RequestTrace> traces() {
        List<RequestTrace> traces = new ArrayList<>();
        lowest.forEach(ranked -> traces.add(ranked.trace));
        return traces;
    }

    /** SplitMix64's finisher over when the request started and who asked. */
    private static long rank(RequestTrace trace) {
        long z = trace.startNs() + trace.client().packed() * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    private static long distance(RequestTrace trace, long ns) {
        return Math.abs(trace.endToEndNs() - ns);
    }

    private void offer(Ranked ranked) {
        lowest.add(ranked);
        if (lowest.size() > SIZE) {
            lowest.remove();
        }
    }

    private void noteSlowest(RequestTrace trace) {
        if (slowest == null || trace.endToEndNs() > slowest.endToEndNs()) {
            slowest = trace;
        }
    }
}
