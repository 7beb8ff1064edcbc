package io.hopline.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was measured: per metric and system one sample a round. */
final class Samples {
    private final Map<Metric, Map<String, List<Double>>> byMetric = new EnumMap<>(Metric.class);

    void add(Metric metric, String system, double value) {
        byMetric.computeIfAbsent(metric, m -> new LinkedHashMap<>())
                .computeIfAbsent(system, s -> new ArrayList<>())
                .add(value);
    }

    /** Metrics that some system has samples of. */
    List<Metric> metrics() {
        return List.copyOf(byMetric.keySet());
    }

    /** In the order of the rounds; empty when there are none. */
    List<Double> of(Metric metric, String system) {
        return List.copyOf(byMetric.getOrDefault(metric, Map.of()).getOrDefault(system, List.of()));
    }

    Optional<Spread> spread(Metric metric, String system) {
        List<Double> samples = of(metric, system);
        return samples.isEmpty() ? Optional.empty() : Optional.of(Spread.of(samples));
    }

    /** One system's median over another's; empty when one has none, the other's is 0 or the metric is not for comparison. */
    Optional<Double> ratio(Metric metric, String system, String over) {
        Optional<Spread> mine = spread(metric, system);
        Optional<Spread> other = spread(metric, over);
        if (metric.explains()
                || mine.isEmpty()
                || other.isEmpty()
                || other.get().median() == 0) {
            return Optional.empty();
        }
        return Optional.of(mine.get().median() / other.get().median());
    }
}
