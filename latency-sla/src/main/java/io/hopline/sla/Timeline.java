package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A period as a row of slots of equal length, without a hole; a slot in which nothing was counted has count 0.
 *
 * @param slotMs length of a slot; 0 when the period was not divided
 * @param heatFromNs lower bounds of the rows of the heat map, rising; each row ends where the next one begins
 * @param heatToNs where the last row ends
 */
public record Timeline(long slotMs, List<Long> heatFromNs, long heatToNs, List<Slot> slots) {
    static final Timeline NONE = new Timeline(0, List.of(), 0, List.of());
    /** Steps in a row of the heat map: four rows an octave. */
    static final int STEPS_PER_ROW = LatencyStep.PER_OCTAVE / 4;

    /**
     * One slot's end-to-end times.
     *
     * @param fromMs Unix milliseconds
     * @param heat requests in each row of the heat map
     */
    public record Slot(long fromMs, long count, long p50Ns, long p99Ns, long p999Ns, long maxNs, List<Long> heat) {
        public Slot {
            heat = List.copyOf(heat);
        }
    }

    public Timeline {
        heatFromNs = List.copyOf(heatFromNs);
        slots = List.copyOf(slots);
    }

    static Timeline of(List<LatencyHistory.Slot> slots) {
        int first = Integer.MAX_VALUE;
        int last = -1;
        for (LatencyHistory.Slot slot : slots) {
            LatencyBands bands = slot.histograms().bands();
            if (bands.count() > 0) {
                first = Math.min(first, row(bands.steps().firstKey()));
                last = Math.max(last, row(bands.steps().lastKey()));
            }
        }
        if (last < 0) {
            return NONE;
        }
        List<Long> bounds = new ArrayList<>();
        for (int row = first; row <= last; row++) {
            bounds.add(LatencyStep.startNs(row * STEPS_PER_ROW));
        }
        List<Slot> all = new ArrayList<>();
        for (LatencyHistory.Slot slot : slots) {
            all.add(slot(slot, first, last));
        }
        long slotMs = slots.getFirst().toMs() - slots.getFirst().fromMs();
        return new Timeline(slotMs, bounds, LatencyStep.endNs(last * STEPS_PER_ROW + STEPS_PER_ROW - 1), all);
    }

    private static Slot slot(LatencyHistory.Slot slot, int first, int last) {
        long[] heat = new long[last - first + 1];
        for (Map.Entry<Integer, LatencyBands.Sums> step :
                slot.histograms().bands().steps().entrySet()) {
            heat[row(step.getKey()) - first] += step.getValue().count();
        }
        List<Long> counts = new ArrayList<>();
        for (long count : heat) {
            counts.add(count);
        }
        Percentiles p = Percentiles.of(slot.histograms().get(Series.END_TO_END));
        return new Slot(slot.fromMs(), p.count(), p.p50Ns(), p.p99Ns(), p.p999Ns(), p.maxNs(), counts);
    }

    private static int row(int step) {
        return step / STEPS_PER_ROW;
    }
}
