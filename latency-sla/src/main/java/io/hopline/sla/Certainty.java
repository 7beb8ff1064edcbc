package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.HdrHistogram.AbstractHistogram;

/**
 * A percentile with what the sample allows to say about it, see {@link Confidence}.
 *
 * @param hop {@code end_to_end}, {@code virtual_network} or a hop's id
 * @param direction empty for sums
 * @param host empty for sums
 * @param percentile such as 99.9
 * @param ns the sample's percentile
 * @param lowNs lower end of the interval
 * @param highNs upper end; empty when the sample is too small to have one
 * @param designEffect by which the requests' likeness widened the interval
 */
public record Certainty(
        String hop,
        String direction,
        String host,
        double percentile,
        long ns,
        long lowNs,
        OptionalLong highNs,
        double designEffect) {
    static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9);

    /** Of the whole and of the virtual network's sum. */
    static List<Certainty> of(HopHistograms histograms, List<LatencyHistory.Slot> slots) {
        List<Certainty> rows = new ArrayList<>();
        rows.addAll(of(Series.END_TO_END, histograms, slots));
        rows.addAll(of(Series.VIRTUAL_NETWORK, histograms, slots));
        return rows;
    }

    /** Of one series, a row for each of {@link #PERCENTILES}; none when nothing was counted. */
    static List<Certainty> of(Series series, HopHistograms histograms, List<LatencyHistory.Slot> slots) {
        AbstractHistogram histogram = histograms.get(series);
        List<Certainty> rows = new ArrayList<>();
        if (histogram.getTotalCount() == 0) {
            return rows;
        }
        Direction direction = series.direction();
        String host = series.host();
        for (double percentile : PERCENTILES) {
            long ns = histogram.getValueAtPercentile(percentile);
            DesignEffect effect = DesignEffect.of(slots(slots, series, ns), histograms.weight());
            Confidence.Interval interval = Confidence.of(histogram, percentile, effect.value());
            rows.add(new Certainty(
                    series.name(),
                    direction == null ? "" : direction.id(),
                    host == null ? "" : host,
                    percentile,
                    ns,
                    interval.lowNs(),
                    interval.highNs(),
                    effect.value() / histograms.weight()));
        }
        return rows;
    }

    private static List<DesignEffect.Slot> slots(List<LatencyHistory.Slot> slots, Series series, long thresholdNs) {
        return slots.stream()
                .map(LatencyHistory.Slot::histograms)
                .map(slot -> new DesignEffect.Slot(
                        slot.count(series), slot.count(series) - slot.countUpTo(series, thresholdNs)))
                .toList();
    }

    Confidence.Interval interval() {
        return new Confidence.Interval(lowNs, highNs);
    }
}
