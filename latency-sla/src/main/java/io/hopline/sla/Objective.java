package io.hopline.sla;

import java.time.Duration;
import org.HdrHistogram.AbstractHistogram;

/**
 * A promise on latency: this share of requests stays within that threshold.
 *
 * @param name what reports call it
 * @param service the service it is about
 * @param series the value compared, one per request
 * @param threshold largest good value: nanoseconds, or millionths for a share
 * @param strict true when the threshold itself is bad already ({@code lt} rather than {@code lte})
 * @param target promised share of good requests, above 0 and below 1
 * @param window rolling time over which the promise holds
 */
public record Objective(
        String name, String service, Series series, long threshold, boolean strict, double target, Duration window) {

    public Objective {
        if (threshold < 0) {
            throw new IllegalArgumentException("threshold " + threshold + " is negative");
        }
        if (!(target > 0 && target < 1)) {
            throw new IllegalArgumentException("target " + target + " is not between 0 and 1");
        }
    }

    /**
     * What came of the promise.
     *
     * @param metric the series in words, such as {@code nginx,request,b}
     * @param threshold as in {@link Objective}
     * @param actual share of good requests; 0 when there were none
     * @param met true when there were requests and {@code actual >= target}
     * @param budgetLeft share of the allowed bad requests not used up: 1 none used, 0 all, below 0 overspent
     * @param total requests judged
     * @param good requests within the threshold
     */
    public record Verdict(
            String name,
            String service,
            String metric,
            long threshold,
            double target,
            double actual,
            boolean met,
            double budgetLeft,
            long total,
            long good,
            String window) {}

    /** Judges what was counted over the window. */
    public Verdict judge(HopHistograms histograms) {
        AbstractHistogram histogram = histograms.get(series);
        long total = histogram.getTotalCount();
        long limit = strict ? threshold - 1 : threshold;
        long good = 0;
        if (total > 0 && limit >= 0) {
            long highest = Math.min(limit, histogram.getMaxValue());
            good = histogram.getCountBetweenValues(0, highest);
        }
        double actual = total == 0 ? 0 : (double) good / total;
        double budgetLeft = total == 0 ? 0 : 1 - (1 - actual) / (1 - target);
        return new Verdict(
                name,
                service,
                series.toString(),
                threshold,
                target,
                actual,
                total > 0 && actual >= target,
                budgetLeft,
                total,
                good,
                window.toString());
    }
}
