package io.hopline.bench;

import java.util.Arrays;
import java.util.List;

/** Median, least and greatest of some samples; an even number's median is the mean of the middle two. */
record Spread(double median, double min, double max) {
    /** @param samples at least one */
    static Spread of(List<Double> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("no samples");
        }
        double[] sorted =
                samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], Arrays.stream(sorted).max().orElseThrow());
    }
}
