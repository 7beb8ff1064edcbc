package io.hopline.bench;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a run of the bench has to tell.
 *
 * @param bench name of the bench
 * @param facts machine, versions, date and command, in the order to print them
 * @param systems what was measured; ratios are Hopline's over the others', when it is there
 * @param samples the figures
 * @param failures what did not work
 * @param skipped what was not measured, and why
 */
record Report(
        String bench,
        int rounds,
        Map<String, String> facts,
        List<System> systems,
        Samples samples,
        List<String> failures,
        List<String> skipped) {
    Report {
        systems = List.copyOf(systems);
        failures = List.copyOf(failures);
        skipped = List.copyOf(skipped);
    }

    /**
     * A system that was measured.
     *
     * @param inKernel true when no process of its own switches
     * @param comparedWith the system whose ratio over it is shown, empty for the first
     */
    record System(String id, String tuning, boolean inKernel, Optional<String> comparedWith) {}

    /** The system whose ratio over one is shown. */
    String baseline(System system) {
        return system.comparedWith()
                .orElseGet(() -> systems.isEmpty() ? "" : systems.getFirst().id());
    }

    /** What a ratio is of, in words. */
    String ratioOf() {
        return systems.stream().map(this::baseline).distinct().collect(Collectors.joining(" or "));
    }

    /** The baseline's median over a system's; empty for a baseline itself and where there is nothing to compare. */
    Optional<Double> ratio(Metric metric, System system) {
        String baseline = baseline(system);
        return system.id().equals(baseline) ? Optional.empty() : samples.ratio(metric, baseline, system.id());
    }

    /** What stands in the place of a figure that a system does not have. */
    String absent(Metric metric, System system) {
        return metric.ofProcesses() && system.inKernel() ? "in the kernel" : "-";
    }

    /** Median, range and, where it is compared, the other's ratio over it. */
    String cell(Metric metric, System system) {
        return samples.spread(metric, system.id())
                .map(spread -> Figures.text(spread)
                        + ratio(metric, system)
                                .map(ratio -> " " + Figures.ratio(ratio))
                                .orElse(""))
                .orElseGet(() -> absent(metric, system));
    }
}
