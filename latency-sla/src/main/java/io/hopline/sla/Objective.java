package io.hopline.sla;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A promise: this share of requests stays within that threshold of time, or is answered at all.
 *
 * @param name what reports call it
 * @param service the service it is about
 * @param series the value compared, one per request; {@link Series#AVAILABILITY} for whether it was answered
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

    /**
     * What was counted.
     *
     * @param total requests judged
     * @param good those of them that were good
     * @param statusKnown of an availability's, those whose HTTP status some source said
     */
    public record Tally(long total, long good, long statusKnown) {
        public static final Tally NONE = new Tally(0, 0, 0);

        Tally plus(Tally other) {
            return new Tally(total + other.total, good + other.good, statusKnown + other.statusKnown);
        }

        /** 0 when there was nothing. */
        double badShare() {
            return total == 0 ? 0 : (double) (total - good) / total;
        }
    }

    /** Whether it is about being answered at all, not about time. */
    public boolean availability() {
        return series.equals(Series.AVAILABILITY);
    }

    /** Judges what was counted over the window. */
    public Verdict judge(HopHistograms histograms) {
        return judge(tally(histograms));
    }

    Tally tally(HopHistograms histograms) {
        if (availability()) {
            Tally tally = Tally.NONE;
            for (Map.Entry<Outcome, Long> outcome : histograms.outcomes().entrySet()) {
                long requests = outcome.getValue();
                tally = tally.plus(new Tally(
                        requests,
                        outcome.getKey().good() ? requests : 0,
                        outcome.getKey().statusKnown() ? requests : 0));
            }
            return tally;
        }
        return new Tally(histograms.count(series), histograms.countUpTo(series, limit()), 0);
    }

    /** One timed request's verdict; empty when it has no such value, or is not of this service. */
    public Optional<Boolean> good(RequestTrace trace) {
        if (availability() || !trace.service().equals(service)) {
            return Optional.empty();
        }
        OptionalLong value = series.of(trace);
        return value.isEmpty() ? Optional.empty() : Optional.of(value.getAsLong() <= limit());
    }

    private long limit() {
        return strict ? threshold - 1 : threshold;
    }

    Verdict judge(Tally tally) {
        double actual = tally.total == 0 ? 0 : (double) tally.good / tally.total;
        double budgetLeft = tally.total == 0 ? 0 : 1 - (1 - actual) / (1 - target);
        return new Verdict(
                name,
                service,
                series.toString(),
                threshold,
                target,
                actual,
                tally.total > 0 && actual >= target,
                budgetLeft,
                tally.total,
                tally.good,
                window.toString());
    }
}
