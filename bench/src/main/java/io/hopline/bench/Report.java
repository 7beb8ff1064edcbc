package io.hopline.bench;

import java.util.List;
import java.util.Map;

/**
 * What a run of the bench has to tell.
 *
 * @param bench name of the bench
 * @param facts machine, versions, date and command, in the order to print them
 * @param systems what was measured; ratios are the first one's over the others', and that is Hopline when it is there
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
     */
    record System(String id, String tuning, boolean inKernel) {}

    /** The system whose ratios over the others are shown. */
    String baseline() {
        return systems.isEmpty() ? "" : systems.getFirst().id();
    }

    /** What stands in the place of a figure that a system does not have. */
    String absent(Metric metric, System system) {
        return metric.ofProcesses() && system.inKernel() ? "in the kernel" : "-";
    }

    /** Median, range and, behind the first system, that one's ratio over it. */
    String cell(Metric metric, System system) {
        return samples.spread(metric, system.id())
                .map(spread -> Figures.text(spread) + ratio(metric, system))
                .orElseGet(() -> absent(metric, system));
    }

    private String ratio(Metric metric, System system) {
        if (system.id().equals(baseline())) {
            return "";
        }
        return samples.ratio(metric, baseline(), system.id())
                .map(ratio -> " " + Figures.ratio(ratio))
                .orElse("");
    }
}
