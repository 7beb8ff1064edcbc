package io.hopline.sla;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/** What guests' kernels took by themselves, by backend and by service, for requests whose own connection tells nothing of it. */
final class TurnAroundStatistics {
    /** Backends and services kept; the oldest go first. */
    static final int MAX_KEYS = 4096;

    private final Map<String, Histogram> histograms = new LinkedHashMap<>();

    void record(ServiceDirectory.Owner owner, long ns) {
        histogram(owner.key()).recordValue(ns);
        histogram(owner.service()).recordValue(ns);
    }

    /** Median of the backend, else of its service; empty when there was nothing yet. */
    OptionalLong medianNs(ServiceDirectory.Owner owner) {
        Histogram histogram = histograms.get(owner.key());
        if (histogram == null) {
            histogram = histograms.get(owner.service());
        }
        return histogram == null ? OptionalLong.empty() : OptionalLong.of(histogram.getValueAtPercentile(50));
    }

    private Histogram histogram(String key) {
        Histogram histogram = histograms.get(key);
        if (histogram == null) {
            if (histograms.size() == MAX_KEYS) {
                histograms.remove(histograms.keySet().iterator().next());
            }
            histogram = new Histogram(3);
            histogram.setAutoResize(true);
            histograms.put(key, histogram);
        }
        return histogram;
    }
}
