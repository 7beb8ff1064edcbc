package io.hopline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a run of the density bench has to tell.
 *
 * @param facts machine, versions, date and command, in the order to print them
 * @param processors of the machine
 * @param memoryMib of the machine
 * @param kinds what was measured, in the order of {@link GuestKind}
 * @param failures what did not work
 * @param skipped what was not measured, and why
 */
record DensityReport(
        Map<String, String> facts,
        DensityPlan plan,
        int processors,
        double memoryMib,
        List<KindDensity> kinds,
        List<String> failures,
        List<String> skipped) {
    /** Of a processor; more than the kernel's own threads take. */
    private static final double BUSY_OTHERS = 0.2;

    DensityReport {
        kinds = List.copyOf(kinds);
        failures = List.copyOf(failures);
        skipped = List.copyOf(skipped);
    }

    /** A line of the table of figures: a cell for each kind. */
    record Row(String title, String unit, List<String> cells) {}

    /** How it was measured and what it does not say. */
    List<String> method() {
        var statements = new ArrayList<>(List.of(
                String.format(
                        Locale.ROOT,
                        "Every guest serves a page of 1 KB by nginx. A client on the same switch sends each of them %s requests a"
                                + " second at planned times, on %d kept connections; latency counts from the planned time.",
                        Figures.text(plan.requestsPerS()),
                        KindRun.CONNECTIONS),
                "Objective: p99 of latency within " + Figures.text(plan.objectiveUs() / 1e3)
                        + " ms, no more than one request in 1,000 failed and 95 % of the planned ones answered. It is broken when a"
                        + " step misses it " + KindRun.ATTEMPTS + " times on end.",
                "Switch is the whole process of the node, as shipped: one worker, timing at its default. What a guest's kernel does"
                        + " when the worker writes to its TAP runs on the worker and counts as the switch's; for a virtual machine it is"
                        + " in QEMU and counts as the guest's.",
                "The sender of requests runs on the same processors, which a host would have for guests. Virtual machines are"
                        + " interpreted (TCG), many times slower than with KVM: their own time says nothing of a host with KVM, the"
                        + " switch's does.",
                "Where the objective did not break with the guests there were, all of them got twice the load, again and again."
                        + " From the busiest step within the objective it is then reckoned how many guests with the planned load use"
                        + " as much of the processors, each with what it takes idle."));
        double others = kinds.stream()
                .flatMap(kind -> Stream.concat(kind.ramp().stream(), kind.push().stream()))
                .mapToDouble(step -> step.cpu().others())
                .average()
                .orElse(0);
        if (others > BUSY_OTHERS) {
            statements.add("The machine was not quiet: others took " + percent(others)
                    + " of a processor on average, which latency and numbers of guests suffer from.");
        }
        return List.copyOf(statements);
    }

    /** The figures, one row each. */
    List<Row> rows() {
        var rows = new ArrayList<Row>();
        row(rows, "Switch CPU per request, CPU s per million", "us", kind -> telling(kind, DensityStep::switchUs));
        row(rows, "of it the worker's", "us", kind -> telling(kind, DensityStep::workerUs));
        row(rows, "the same at the planned load", "us", kind -> held(kind, DensityStep::switchUs));
        row(rows, "Guest's own CPU per request", "us", kind -> telling(kind, DensityStep::guestUs));
        row(
                rows,
                "Switch CPU with all guests idle, for each",
                "us/s",
                kind -> idle(kind, step -> step.cpu().vswitch() * 1e6 / step.guests()));
        row(
                rows,
                "Idle guest's own CPU",
                "us/s",
                kind -> idle(kind, step -> step.cpu().guests() * 1e6 / step.guests()));
        row(rows, "Resident memory of the node for a further idle vNIC", "KiB", kind -> Figures.text(kind.vnicKib()));
        row(rows, "Resident memory of the node with all guests idle", "MiB", kind -> idle(kind, DensityStep::nodeMib));
        row(rows, "the same under the most load", "MiB", kind -> telling(kind, DensityStep::nodeMib));
        row(rows, "Resident memory of a guest", "MiB", kind -> idle(kind, DensityStep::guestMib));
        row(rows, "Latency at the planned load, p50", "ms", kind -> held(kind, step -> step.p50Us() / 1e3));
        row(rows, "Latency at the planned load, p99", "ms", kind -> held(kind, step -> step.p99Us() / 1e3));
        row(rows, "Guests measured within the objective", "guests", kind -> held(kind, DensityStep::guests));
        row(rows, "Requests within the objective, all guests", "1/s", kind -> busiest(kind, DensityStep::answeredPerS));
        row(
                rows,
                "Guests of the planned load that the host carries",
                "guests",
                kind -> capacity(kind)
                        .map(carried -> (carried.measured() ? "" : "about ") + carried.guests())
                        .orElse("none"));
        return List.copyOf(rows);
    }

    private void row(List<Row> rows, String title, String unit, Function<KindDensity, String> cell) {
        rows.add(new Row(title, unit, kinds.stream().map(cell).toList()));
    }

    private static String busiest(KindDensity kind, Function<DensityStep, Number> figure) {
        return text(kind.busiest(), figure);
    }

    private static String telling(KindDensity kind, Function<DensityStep, Number> figure) {
        return text(kind.telling(), figure);
    }

    private static String held(KindDensity kind, Function<DensityStep, Number> figure) {
        return text(kind.held(), figure);
    }

    private static String idle(KindDensity kind, Function<DensityStep, Number> figure) {
        return text(kind.idle(), figure);
    }

    private static String text(Optional<DensityStep> step, Function<DensityStep, Number> figure) {
        return step.map(figure)
                .map(number -> Figures.text(number.doubleValue()))
                .orElse("-");
    }

    Optional<KindDensity.Capacity> capacity(KindDensity kind) {
        return kind.capacity(plan.requestsPerS(), memoryMib);
    }

    /** How the number of guests was come by, a line for each kind. */
    List<String> capacities() {
        return kinds.stream()
                .map(kind -> kind.kind().id() + ": "
                        + capacity(kind)
                                .map(carried -> (carried.measured() ? "" : "about ") + carried.guests() + " guests, "
                                        + carried.how())
                                .orElse("the objective was not met with the least number of guests"))
                .toList();
    }

    /** Headings of {@link #steps}. */
    static List<String> stepHeadings() {
        return List.of(
                "kind",
                "guests",
                "requests/s",
                "answered/s",
                "failed",
                "p50 ms",
                "p99 ms",
                "objective",
                "switch us/request",
                "CPU: switch",
                "guests",
                "load",
                "controller",
                "others",
                "node MiB");
    }

    /** Every step, in the order it was made; CPU in percent of one processor. */
    List<List<String>> steps() {
        var steps = new ArrayList<List<String>>();
        for (KindDensity kind : kinds) {
            kind.ramp().forEach(step -> steps.add(line(kind.kind(), step)));
            kind.idle().ifPresent(step -> steps.add(line(kind.kind(), step)));
            kind.push().forEach(step -> steps.add(line(kind.kind(), step)));
        }
        return List.copyOf(steps);
    }

    private static List<String> line(GuestKind kind, DensityStep step) {
        boolean idle = step.plannedPerS() == 0;
        CpuShares cpu = step.cpu();
        return List.of(
                kind.id(),
                String.valueOf(step.guests()),
                idle ? "idle" : Figures.text(step.plannedPerS()),
                idle ? "-" : Figures.text(step.answeredPerS()),
                idle ? "-" : String.valueOf(step.failed()),
                idle ? "-" : Figures.text(step.p50Us() / 1e3),
                idle ? "-" : Figures.text(step.p99Us() / 1e3),
                idle ? "-" : step.met() ? "met" : "missed",
                idle ? "-" : Figures.text(step.switchUs()),
                percent(cpu.vswitch()),
                percent(cpu.guests()),
                percent(cpu.load()),
                percent(cpu.controller()),
                percent(cpu.others()),
                Figures.text(step.nodeMib()));
    }

    private static String percent(double processors) {
        return Figures.text(Math.rint(processors * 1000) / 10) + " %";
    }
}
