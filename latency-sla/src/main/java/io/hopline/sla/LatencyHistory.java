package io.hopline.sla;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Histograms per service over time, so that a report can look back as far as {@link #keepMinutes}: in steps of ten seconds
 * over the last {@value #FINE_MINUTES} minutes, which is what one looks at while something runs, and of a minute before.
 * Safe for use by several threads. Services beyond {@value #MAX_SERVICES} are not kept.
 */
public final class LatencyHistory {
    public static final int MAX_SERVICES = 256;

    public static final int FINE_MINUTES = 10;

    private static final long MS_NS = 1_000_000;
    private static final long MINUTE_NS = 60_000_000_000L;
    private static final long FINE_NS = MINUTE_NS / 6;

    private final int keepMinutes;
    private final Map<String, Steps> services = new HashMap<>();

    /**
     * What was counted over a stretch of time.
     *
     * @param fromMs CLOCK_REALTIME milliseconds
     * @param toMs where the next slot begins
     */
    public record Slot(long fromMs, long toMs, HopHistograms histograms) {}

    /** One service's histograms by the start of their step. */
    private record Steps(TreeMap<Long, HopHistograms> fine, TreeMap<Long, HopHistograms> minutes) {
        HopHistograms at(long startNs) {
            long fineStart = Math.floorDiv(startNs, FINE_NS) * FINE_NS;
            long minuteStart = Math.floorDiv(startNs, MINUTE_NS) * MINUTE_NS;
            boolean old = !fine.isEmpty() && startNs < fine.lastKey() - FINE_MINUTES * MINUTE_NS;
            return old
                    ? minutes.computeIfAbsent(minuteStart, start -> new HopHistograms())
                    : fine.computeIfAbsent(fineStart, start -> new HopHistograms());
        }

        /** Puts steps that have become old into their minutes, and drops the oldest minutes. */
        void age(int keepMinutes) {
            long newest = fine.lastKey();
            while (fine.firstKey() < newest - FINE_MINUTES * MINUTE_NS) {
                Map.Entry<Long, HopHistograms> step = fine.pollFirstEntry();
                long minuteStart = Math.floorDiv(step.getKey(), MINUTE_NS) * MINUTE_NS;
                minutes.computeIfAbsent(minuteStart, start -> new HopHistograms())
                        .add(step.getValue());
            }
            while (!minutes.isEmpty() && minutes.firstKey() <= newest - keepMinutes * MINUTE_NS) {
                minutes.pollFirstEntry();
            }
        }
    }

    /** Keeps this many minutes, the oldest go first. */
    public LatencyHistory(int keepMinutes) {
        if (keepMinutes < 1) {
            throw new IllegalArgumentException("keepMinutes " + keepMinutes + " must be at least 1");
        }
        this.keepMinutes = keepMinutes;
    }

    public int keepMinutes() {
        return keepMinutes;
    }

    /** Counts a request that stands for itself alone, at its start. */
    public void record(RequestTrace trace) {
        record(trace, 1);
    }

    /**
     * Counts a request at its start.
     *
     * @param oneIn so many requests it stands for, itself one of them: one in so many connections was timed
     */
    public synchronized void record(RequestTrace trace, int oneIn) {
        Steps steps = services.get(trace.service());
        if (steps == null) {
            if (services.size() == MAX_SERVICES) {
                return;
            }
            steps = new Steps(new TreeMap<>(), new TreeMap<>());
            services.put(trace.service(), steps);
        }
        steps.at(trace.startNs()).record(trace, oneIn);
        steps.age(keepMinutes);
    }

    /**
     * Sums up, in whole steps.
     *
     * @param service null for all services
     * @param sinceNs CLOCK_REALTIME nanoseconds; the step that holds it counts
     */
    public synchronized HopHistograms since(@Nullable String service, long sinceNs) {
        HopHistograms sum = new HopHistograms();
        services.forEach((name, steps) -> {
            if (service == null || service.equals(name)) {
                steps.minutes.tailMap(sinceNs - MINUTE_NS, false).values().forEach(sum::add);
                steps.fine.tailMap(sinceNs - FINE_NS, false).values().forEach(sum::add);
            }
        });
        return sum;
    }

    /**
     * Sums up what began between two times, in whole steps.
     *
     * @param service null for all services
     * @param fromMs CLOCK_REALTIME milliseconds; the step that holds it counts
     * @param toMs likewise; a step that begins there or later does not count
     */
    public synchronized HopHistograms between(@Nullable String service, long fromMs, long toMs) {
        HopHistograms sum = new HopHistograms();
        forEachStep(service, fromMs, toMs, (startNs, histograms) -> sum.add(histograms));
        return sum;
    }

    /**
     * The same as a row of slots of equal length, oldest first, without a hole: a slot in which nothing was counted holds
     * empty histograms. The first slot holds {@code fromMs}, the last one ends at {@code toMs} or later.
     *
     * @param maxSlots at least 2; steps are merged until there are no more than so many
     * @throws IllegalArgumentException when {@code toMs} is not after {@code fromMs} or {@code maxSlots} is too small
     */
    public synchronized List<Slot> slots(@Nullable String service, long fromMs, long toMs, int maxSlots) {
        if (toMs <= fromMs || maxSlots < 2) {
            throw new IllegalArgumentException(maxSlots + " slots from " + fromMs + " to " + toMs + " ms");
        }
        long stepMs = SlotLength.ms(fromMs, toMs, maxSlots, fineSinceMs(service) <= fromMs);
        long startMs = Math.floorDiv(fromMs, stepMs) * stepMs;
        List<Slot> slots = new ArrayList<>();
        for (long ms = startMs; ms < toMs; ms += stepMs) {
            slots.add(new Slot(ms, ms + stepMs, new HopHistograms()));
        }
        forEachStep(service, startMs, startMs + slots.size() * stepMs, (startNs, histograms) -> {
            long since = Math.max(0, startNs / MS_NS - startMs);
            slots.get((int) (since / stepMs)).histograms().add(histograms);
        });
        return slots;
    }

    /** Sees one step after the other. */
    public interface StepVisitor {
        /**
         * @param startNs CLOCK_REALTIME nanoseconds
         * @param histograms of the step; only to be read, and not to be kept
         */
        void visit(long startNs, HopHistograms histograms);
    }

    /**
     * Shows the steps of one service as they are kept, without the cost of summing them up: ten seconds each of late, a minute
     * each before, both from the oldest on. The history waits meanwhile.
     *
     * @param fromMs CLOCK_REALTIME milliseconds; the step that holds it counts
     * @param toMs likewise; a step that begins there or later does not count
     */
    public synchronized void visit(String service, long fromMs, long toMs, StepVisitor visitor) {
        forEachStep(service, fromMs, toMs, visitor);
    }

    private void forEachStep(@Nullable String service, long fromMs, long toMs, StepVisitor visitor) {
        long fromNs = fromMs * MS_NS;
        long toNs = toMs * MS_NS;
        services.forEach((name, steps) -> {
            if ((service == null || service.equals(name)) && fromNs < toNs) {
                visit(steps.minutes, fromNs - MINUTE_NS, toNs, visitor);
                visit(steps.fine, fromNs - FINE_NS, toNs, visitor);
            }
        });
    }

    private static void visit(TreeMap<Long, HopHistograms> steps, long afterNs, long toNs, StepVisitor visitor) {
        steps.subMap(afterNs, false, toNs, false).forEach(visitor::visit);
    }

    /** From when on all is kept in fine steps. */
    private long fineSinceMs(@Nullable String service) {
        long sinceNs = Long.MIN_VALUE;
        for (Map.Entry<String, Steps> entry : services.entrySet()) {
            TreeMap<Long, HopHistograms> minutes = entry.getValue().minutes;
            if ((service == null || service.equals(entry.getKey())) && !minutes.isEmpty()) {
                sinceNs = Math.max(sinceNs, minutes.lastKey() + MINUTE_NS);
            }
        }
        return sinceNs == Long.MIN_VALUE ? sinceNs : sinceNs / MS_NS;
    }
}
