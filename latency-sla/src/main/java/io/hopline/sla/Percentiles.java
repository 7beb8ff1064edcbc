package io.hopline.sla;

import org.HdrHistogram.AbstractHistogram;

/**
 * A distribution in few figures, nanoseconds; all zero when nothing was counted.
 *
 * @param count values
 */
public record Percentiles(long count, long p50Ns, long p90Ns, long p99Ns, long p999Ns, long maxNs) {
    public static final Percentiles NONE = new Percentiles(0, 0, 0, 0, 0, 0);

    public static Percentiles of(AbstractHistogram histogram) {
        if (histogram.getTotalCount() == 0) {
            return NONE;
        }
        return new Percentiles(
                histogram.getTotalCount(),
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(90),
                histogram.getValueAtPercentile(99),
                histogram.getValueAtPercentile(99.9),
                histogram.getMaxValue());
    }
}
