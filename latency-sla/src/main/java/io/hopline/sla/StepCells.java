package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One service's histograms in memory, in steps of ten seconds while they are new and of a minute later, and which minutes have
 * changed since they were stored. Used under its {@link LatencyHistory}'s lock; what is handed out is not changed any more, so
 * that it can be summed up without the lock.
 */
final class StepCells {
    static final long MINUTE_MS = 60_000;
    static final long FINE_MS = 10_000;

    private final TreeMap<Long, Cell> fine = new TreeMap<>();
    private final TreeMap<Long, Cell> minutes = new TreeMap<>();
    private final TreeSet<Long> unstored = new TreeSet<>();

    /** What was counted in a step. */
    record Step(long startMs, HopHistograms histograms) implements LatencyHistory.Counted {
        @Override
        public void addTo(HopHistograms sum) {
            sum.add(histograms);
        }

        @Override
        public Objective.Tally tally(Objective objective) {
            return objective.tally(histograms);
        }
    }

    private static final class Cell {
        private HopHistograms histograms;
        private boolean shared;

        Cell(HopHistograms histograms, boolean shared) {
            this.histograms = histograms;
            this.shared = shared;
        }

        HopHistograms share() {
            shared = true;
            return histograms;
        }

        HopHistograms own() {
            if (shared) {
                HopHistograms copy = new HopHistograms();
                copy.add(histograms);
                histograms = copy;
                shared = false;
            }
            return histograms;
        }
    }

    /** The histograms that a time counts in, to be changed at once; fine ones from {@code fineFromMs} on. */
    HopHistograms at(long ms, long fineFromMs) {
        long minute = minute(ms);
        unstored.add(minute);
        TreeMap<Long, Cell> steps = minute >= fineFromMs ? fine : minutes;
        long start = minute >= fineFromMs ? Math.floorDiv(ms, FINE_MS) * FINE_MS : minute;
        return steps.computeIfAbsent(start, key -> new Cell(new HopHistograms(), false))
                .own();
    }

    /** Takes a minute as it was stored. */
    void restore(long minuteMs, HopHistograms histograms) {
        minutes.put(minuteMs, new Cell(histograms, false));
    }

    /** Puts the fine steps before a minute's start into their minutes. */
    void coarsen(long fineFromMs) {
        while (!fine.isEmpty() && fine.firstKey() < fineFromMs) {
            Map.Entry<Long, Cell> step = fine.pollFirstEntry();
            minutes.computeIfAbsent(minute(step.getKey()), key -> new Cell(new HopHistograms(), false))
                    .own()
                    .add(step.getValue().histograms);
        }
    }

    /** Forgets the minutes before a time, stored or not; returns how many were not. */
    int forget(long beforeMs) {
        minutes.headMap(beforeMs).clear();
        SortedMap<Long, Cell> old = fine.headMap(beforeMs);
        old.clear();
        var lost = unstored.headSet(beforeMs);
        int count = lost.size();
        lost.clear();
        return count;
    }

    boolean isEmpty() {
        return fine.isEmpty() && minutes.isEmpty();
    }

    /** Steps that begin between, and the one that holds {@code fromMs}, in order within their kind. */
    List<Step> between(long fromMs, long toMs) {
        List<Step> steps = new ArrayList<>();
        add(steps, minutes, fromMs - MINUTE_MS, toMs);
        add(steps, fine, fromMs - FINE_MS, toMs);
        return steps;
    }

    private static void add(List<Step> steps, TreeMap<Long, Cell> cells, long afterMs, long toMs) {
        if (afterMs < toMs) {
            cells.subMap(afterMs, false, toMs, false)
                    .forEach((start, cell) -> steps.add(new Step(start, cell.share())));
        }
    }

    /** End of the last whole minute, {@link Long#MIN_VALUE} when there is none: from there on all steps are fine. */
    long fineSinceMs() {
        return minutes.isEmpty() ? Long.MIN_VALUE : minutes.lastKey() + MINUTE_MS;
    }

    /** Takes the minutes that changed and ended by a time; they count as stored then. */
    List<Long> takeUnstored(long endedByMs) {
        var ended = unstored.headSet(endedByMs - MINUTE_MS, true);
        List<Long> taken = List.copyOf(ended);
        ended.clear();
        return taken;
    }

    /** Says that a minute could not be stored after all. */
    void notStored(long minuteMs) {
        unstored.add(minuteMs);
    }

    /** First minute that is not stored, {@link Long#MAX_VALUE} when all are. */
    long firstUnstoredMs() {
        return unstored.isEmpty() ? Long.MAX_VALUE : unstored.first();
    }

    static long minute(long ms) {
        return Math.floorDiv(ms, MINUTE_MS) * MINUTE_MS;
    }
}
