package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whole requests: one of each {@link LatencyStep} of end-to-end time, so that there is one near every percentile, and the
 * {@value #SLOWEST} slowest. Which one of a step stays is decided by a hash alone, so it is a fair draw, and the choice of
 * a sum is the choice among its parts'.
 */
final class Exemplars {
    static final int SLOWEST = 16;

    private record Ranked(long rank, RequestTrace trace) {}

    private static final Comparator<Ranked> BY_TIME = Comparator.<Ranked>comparingLong(
                    ranked -> ranked.trace.endToEndNs())
            .thenComparingLong(Ranked::rank);

    private final Map<Integer, Ranked> steps = new TreeMap<>();
    private final PriorityQueue<Ranked> slowest = new PriorityQueue<>(BY_TIME);

    void offer(RequestTrace trace) {
        offer(new Ranked(rank(trace), trace));
    }

    void add(Exemplars other) {
        other.steps.values().forEach(this::offer);
        other.slowest.forEach(this::offer);
    }

    /** The kept request whose end-to-end time is closest; null when there is none. */
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

    /** At most {@value #SLOWEST}, the slowest first. */
    List<RequestTrace> slowest() {
        return slowest.stream().sorted(BY_TIME.reversed()).map(Ranked::trace).toList();
    }

    /** All that are kept, each once. */
    List<RequestTrace> traces() {
        Set<RequestTrace> traces = new LinkedHashSet<>();
        steps.values().forEach(ranked -> traces.add(ranked.trace));
        slowest.forEach(ranked -> traces.add(ranked.trace));
        return new ArrayList<>(traces);
    }

    /** SplitMix64's finisher over when the request started and who asked. */
    private static long rank(RequestTrace trace) {
        long z = trace.startNs() + trace.client().digest() * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    private static long distance(RequestTrace trace, long ns) {
        return Math.abs(trace.endToEndNs() - ns);
    }

    private void offer(Ranked ranked) {
        steps.merge(
                LatencyStep.of(ranked.trace.endToEndNs()),
                ranked,
                (old, fresh) -> old.rank <= fresh.rank ? old : fresh);
        if (slowest.size() == SLOWEST && BY_TIME.compare(ranked, slowest.element()) <= 0 || slowest.contains(ranked)) {
            return;
        }
        slowest.add(ranked);
        if (slowest.size() > SLOWEST) {
            slowest.remove();
        }
    }
}
