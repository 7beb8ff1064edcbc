package io.hopline.bench;

import io.hopline.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much memory the switch's processes hold as more and more guests are plugged in. Once, not in every round. */
final class ResidentMemory implements Measure {
    /** A rig begins with two guests. */
    private static final List<Step> QUICK = List.of(new Step(2, Metric.RSS_2), new Step(10, Metric.RSS_10));

    private static final List<Step> FULL = List.of(
            new Step(2, Metric.RSS_2),
            new Step(10, Metric.RSS_10),
            new Step(100, Metric.RSS_100),
            new Step(500, Metric.RSS_500));
    private static final long SETTLE_MS = 1500;
    private static final long QUICK_SETTLE_MS = 250;

    private final List<Step> steps;
    private final long settleMs;

    private record Step(int vnics, Metric metric) {}

    ResidentMemory(boolean quick) {
        steps = quick ? QUICK : FULL;
        settleMs = quick ? QUICK_SETTLE_MS : SETTLE_MS;
    }

    @Override
    public String id() {
        return "memory";
    }

    @Override
    public When when() {
        return When.AT_THE_END;
    }

    @Override
    public boolean suits(Contender contender) {
        return contender.takesMorePorts();
    }

    @Override
    public void run(Stage stage) throws Exception {
        Contender.MorePorts ports =
                stage.system().morePorts().orElseThrow(() -> CliException.failed("the switch takes no more ports"));
        String netns = stage.rig().namespace("many");
        int plugged = stage.rig().guests().size();
        int next = stage.rig().second().port() + 1;
        double first = 0;
        double last = 0;
        for (Step step : steps) {
            if (step.vnics > plugged) {
                ports.plug(netns, next, next + step.vnics - plugged);
                next += step.vnics - plugged;
                plugged = step.vnics;
            }
            Thread.sleep(settleMs);
            last = residentKib(stage.system().pids());
            first = first == 0 ? last : first;
            stage.note(step.metric, last / 1024);
        }
        stage.note(Metric.RSS_PER_VNIC, (last - first) / (steps.getLast().vnics - steps.getFirst().vnics));
    }

    /** Resident memory of processes, the kernel's count of it. */
    static double residentKib(List<Long> pids) throws IOException {
        double sum = 0;
        for (long pid : pids) {
            sum += residentKib(Files.readString(Path.of("/proc", String.valueOf(pid), "smaps_rollup")));
        }
        return sum;
    }

    static double residentKib(String rollup) {
        return rollup.lines()
                .filter(line -> line.startsWith("Rss:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no Rss in: " + rollup));
    }
}
