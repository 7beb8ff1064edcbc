package io.hopline.sla;

import java.util.OptionalLong;
import org.HdrHistogram.AbstractHistogram;

/**
 * How far a percentile of a sample can be from the percentile of what was sampled: a {@value #PERCENT} % interval between
 * two of the sample's own values, which presumes no distribution (order statistics; Conover, Practical Nonparametric
 * Statistics, 3rd ed., 3.2).
 *
 * <p>Of n requests the number slower than the true q-quantile is Binomial(n, 1 - q). The upper bound is the k-th slowest
 * value, k the largest with P(at most k - 1) &le; 2.5 %; the lower the j-th slowest, j the smallest with P(at most j - 1)
 * &ge; 97.5 %. When even the slowest value is too likely below the quantile (q^n &gt; 2.5 %) there is no upper bound.
 *
 * <p>Requests that come together are alike. A design effect d above 1 says so, and the interval is that of n / d requests
 * (Kish, Survey Sampling; Woodruff 1952).
 */
final class Confidence {
    static final int PERCENT = 95;

    private static final double TAIL = (1 - PERCENT / 100.0) / 2;
    /** The normal distribution's two-sided quantile of {@value #PERCENT} %. */
    private static final double Z = 1.959964;
    /** Up to here the binomial is summed up term by term, beyond it is as good as normal. */
    private static final double MAX_SUMMED = 500;

    private Confidence() {}

    /**
     * Bounds of a percentile, nanoseconds.
     *
     * @param highNs empty when the sample is too small to give one
     */
    record Interval(long lowNs, OptionalLong highNs) {
        /** True when every value of the one is above every value of the other. */
        boolean above(Interval other) {
            return other.highNs.isPresent() && lowNs > other.highNs.getAsLong();
        }
    }

    /** True when a sample of this many can bound the percentile from above. */
    static boolean bounded(long count, double percentile) {
        return Math.pow(percentile / 100, count) <= TAIL;
    }

    /**
     * The interval of a percentile.
     *
     * @param percentile between 0 and 100, both excluded
     * @param designEffect at least 1
     */
    static Interval of(AbstractHistogram histogram, double percentile, double designEffect) {
        long count = histogram.getTotalCount();
        long effective = Math.max(1, (long) (count / designEffect));
        double slower = 1 - percentile / 100;
        long upperRank = effective - below(effective, slower, TAIL);
        long lowerRank = effective - atLeast(effective, slower, 1 - TAIL);
        long low = lowerRank < 1 ? histogram.getMinValue() : value(histogram, lowerRank, effective);
        return new Interval(
                count == 0 ? 0 : low,
                count == 0 || upperRank > effective
                        ? OptionalLong.empty()
                        : OptionalLong.of(value(histogram, upperRank, effective)));
    }

    /** The value at rank {@code rank} of {@code of}, the smallest value having rank 1. */
    private static long value(AbstractHistogram histogram, long rank, long of) {
        double nudge = 1e-9;
        return histogram.getValueAtPercentile((rank - nudge) / of * 100);
    }

    /** The largest x with P(X &le; x) &le; {@code probability} of Binomial(n, p); -1 when there is none. */
    static long below(long n, double p, double probability) {
        return quantile(n, p, probability, false);
    }

    /** The smallest x with P(X &le; x) &ge; {@code probability} of Binomial(n, p). */
    static long atLeast(long n, double p, double probability) {
        return quantile(n, p, probability, true);
    }

    private static long quantile(long n, double p, double probability, boolean upper) {
        double mean = n * p;
        if (mean > MAX_SUMMED) {
            double half = Z * Math.sqrt(mean * (1 - p));
            return upper ? Math.min(n, (long) Math.ceil(mean + half - 0.5)) : (long) Math.floor(mean - half - 0.5);
        }
        double term = Math.exp(n * Math.log1p(-p));
        double sum = term;
        long x = 0;
        while (x < n && (upper ? sum < probability : sum <= probability)) {
            term *= (n - x) / (x + 1.0) * (p / (1 - p));
            sum += term;
            x++;
        }
        return upper ? x : x - 1;
    }
}
