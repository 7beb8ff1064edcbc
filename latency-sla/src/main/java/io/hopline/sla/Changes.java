package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;

/**
 * A period held against an earlier one. A percentile counts as changed when the two periods' intervals do not meet; for
 * equal periods that happens by chance to fewer than one figure in a hundred.
 *
 * @param fromMs when the earlier period began, Unix milliseconds
 * @param toMs when it ended
 * @param count requests in it
 * @param rows end to end, the virtual network, what is unattributed, and each hop, at every percentile
 */
public record Changes(long fromMs, long toMs, long count, List<Row> rows) {
    /** What a difference is worth. */
    public enum Verdict {
        SLOWER,
        FASTER,
        /** The intervals meet: chance explains it. */
        WITHIN_NOISE,
        /** One of the periods has too few requests to bound its percentile, or none. */
        TOO_FEW
    }

    /**
     * One percentile in both periods.
     *
     * @param relative the difference as a share of the earlier value; 0 when that was 0
     */
    public record Row(Certainty now, Certainty before, long differenceNs, double relative, Verdict verdict) {
        static Row of(Certainty now, Certainty before) {
            long difference = now.ns() - before.ns();
            double relative = before.ns() == 0 ? 0 : (double) difference / before.ns();
            return new Row(now, before, difference, relative, verdict(now, before));
        }

        private static Verdict verdict(Certainty now, Certainty before) {
            if (now.interval().above(before.interval())) {
                return Verdict.SLOWER;
            }
            if (before.interval().above(now.interval())) {
                return Verdict.FASTER;
            }
            boolean bounded = now.highNs().isPresent() && before.highNs().isPresent();
            return bounded ? Verdict.WITHIN_NOISE : Verdict.TOO_FEW;
        }
    }

    public Changes {
        rows = List.copyOf(rows);
    }

    /**
     * Compares.
     *
     * @param slots the period's, to tell how alike its requests are
     * @param baseline the earlier period
     * @param baselineSlots likewise
     */
    static Changes of(
            HopHistograms now,
            List<LatencyHistory.Slot> slots,
            LatencyHistory.Slot baseline,
            List<LatencyHistory.Slot> baselineSlots) {
        HopHistograms before = baseline.histograms();
        List<Series> all = new ArrayList<>(List.of(Series.END_TO_END, Series.VIRTUAL_NETWORK, Series.UNATTRIBUTED));
        all.addAll(now.hops());
        List<Row> rows = new ArrayList<>();
        for (Series series : all) {
            List<Certainty> here = Certainty.of(series, now, slots);
            List<Certainty> there = Certainty.of(series, before, baselineSlots);
            for (int i = 0; i < Math.min(here.size(), there.size()); i++) {
                rows.add(Row.of(here.get(i), there.get(i)));
            }
        }
        return new Changes(baseline.fromMs(), baseline.toMs(), before.count(), rows);
    }
}
