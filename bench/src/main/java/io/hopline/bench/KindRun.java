package io.hopline.bench;

import io.hopline.cli.CliException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Measures one kind of guest on a rig of its own. A guest that does not come up ends the ramp; what was measured stands. */
final class KindRun {
    private static final int HEAP_MIB = 64;
    /** Kept connections to each guest, so that one late response holds up no other. */
    static final int CONNECTIONS = 2;
    /** Requests that may fail among so many, within the objective. */
    private static final int ONE_FAILURE_IN = 1_000;
    /** Least part of the planned requests that must be answered within the objective. */
    private static final double CARRIED = 0.95;

    /** Times that a step may miss the objective before it is broken. */
    static final int ATTEMPTS = 3;

    private static final int WARM_UP_MS = 1_000;
    /** Times the planned load. */
    private static final int WARM_UP_LOAD = 8;

    private static final long SETTLE_MS = 1_000;

    private final GuestKind kind;
    private final DensityPlan plan;
    private final Consumer<String> progress;
    private final List<String> problems = new ArrayList<>();
    private final HoplineHost host;
    private final GuestFleet fleet;
    private final LoadProcess load;

    private KindRun(Rig rig, GuestKind kind, DensityPlan plan, Consumer<String> progress)
            throws IOException, InterruptedException {
        this.kind = kind;
        this.plan = plan;
        this.progress = progress;
        host = HoplineHost.start(rig, "density");
        fleet = new GuestFleet(rig, host, kind, progress);
        load = LoadProcess.start(rig, rig.first().netns(), HEAP_MIB, List.of("bench", "http-load"));
    }

    /**
     * Measures.
     *
     * @param problems takes what did not work, in words
     */
    static KindDensity measure(
            Rig rig, GuestKind kind, DensityPlan plan, Consumer<String> progress, Consumer<String> problems)
            throws IOException, InterruptedException {
        double vnicKib = IdleVnics.kib(rig, kind, plan.idleVnics());
        progress.accept(String.format(Locale.ROOT, "%.0f KiB for a further idle vNIC", vnicKib));
        var run = new KindRun(rig, kind, plan, progress);
        KindDensity measured = run.measure(vnicKib);
        run.problems.forEach(problems);
        return measured;
    }

    private KindDensity measure(double vnicKib) throws IOException, InterruptedException {
        var ramp = new ArrayList<DensityStep>();
        boolean broken = false;
        for (int guests : plan.ramp(kind)) {
            if (broken || !grow(guests)) {
                break;
            }
            if (ramp.isEmpty()) {
                warmUp(guests);
            }
            DensityStep step = repeated(guests, plan.requestsPerS());
            ramp.add(step);
            broken = !step.met();
        }
        if (ramp.isEmpty()) {
            return new KindDensity(kind, vnicKib, Optional.empty(), ramp, List.of());
        }
        Optional<DensityStep> idle = Optional.of(idle());
        return new KindDensity(
                kind,
                vnicKib,
                idle,
                ramp,
                broken ? List.of() : push(ramp.getLast().guests()));
    }

    /** The node's code is to be compiled, and the sender's. */
    private void warmUp(int guests) throws IOException {
        ask(WARM_UP_LOAD * guests * plan.requestsPerS(), plan.step().toMillis(), fleet.addresses(guests));
        progress.accept("warm");
    }

    private boolean grow(int guests) throws InterruptedException {
        int before = fleet.size();
        long startNs = System.nanoTime();
        try {
            fleet.grow(guests);
            progress.accept(String.format(
                    Locale.ROOT, "%d guests serve (%.1f s)", fleet.size(), (System.nanoTime() - startNs) / 1e9));
            return true;
        } catch (CliException failure) {
            if (Thread.currentThread().isInterrupted()) {
                throw failure;
            }
            problems.add(kind.id() + ": no more than " + before + " guests: " + failure.getMessage());
            return false;
        }
    }

    /** All guests with ever more load. */
    private List<DensityStep> push(int guests) throws IOException, InterruptedException {
        var steps = new ArrayList<DensityStep>();
        double rate = plan.requestsPerS();
        for (int i = 0; i < plan.doublings(); i++) {
            rate *= 2;
            DensityStep step = repeated(guests, rate);
            steps.add(step);
            if (!step.met()) {
                break;
            }
        }
        return steps;
    }

    /** A step that misses the objective is repeated: hiccups of the machine are not to decide. */
    private DensityStep repeated(int guests, double requestsPerS) throws IOException, InterruptedException {
        DensityStep step = step(guests, requestsPerS);
        for (int i = 1; i < ATTEMPTS && !step.met(); i++) {
            step = step(guests, requestsPerS);
        }
        return step;
    }

    private DensityStep step(int guests, double requestsPerS) throws IOException, InterruptedException {
        double total = guests * requestsPerS;
        String addresses = fleet.addresses(guests);
        ask(total, WARM_UP_MS, addresses);
        CpuAccount before = CpuAccount.of(pids());
        PacedRequests.Result result = ask(total, plan.step().toMillis(), addresses);
        CpuShares cpu = CpuAccount.of(pids()).since(before);
        boolean met = result.p99Us() <= plan.objectiveUs()
                && result.failed() * ONE_FAILURE_IN <= result.answered()
                && result.answered() >= CARRIED * total * plan.step().toMillis() / 1e3;
        var step = new DensityStep(
                guests,
                total,
                result.answeredPerS(),
                result.failed(),
                result.p50Us(),
                result.p99Us(),
                met,
                cpu,
                nodeMib(),
                fleet.guestMib());
        progress.accept(String.format(
                Locale.ROOT,
                "%d guests, %.0f of %.0f requests/s, p50 %.2f ms, p99 %.2f ms, switch %.0f us a request%s",
                guests,
                step.answeredPerS(),
                total,
                step.p50Us() / 1e3,
                step.p99Us() / 1e3,
                step.switchUs(),
                met ? "" : ", not within the objective"));
        return step;
    }

    private DensityStep idle() throws IOException, InterruptedException {
        Thread.sleep(SETTLE_MS);
        CpuAccount before = CpuAccount.of(pids());
        Thread.sleep(plan.step());
        CpuShares cpu = CpuAccount.of(pids()).since(before);
        return new DensityStep(fleet.size(), 0, 0, 0, 0, 0, true, cpu, nodeMib(), fleet.guestMib());
    }

    private PacedRequests.Result ask(double requestsPerS, long durationMs, String addresses) throws IOException {
        return load.ask(
                requestsPerS + " " + CONNECTIONS + " " + durationMs + " " + addresses, PacedRequests.Result.class);
    }

    private CpuAccount.Pids pids() {
        return new CpuAccount.Pids(
                host.node().pid(), fleet.pids(), load.pids(), host.controller().pid());
    }

    private double nodeMib() throws IOException {
        return ResidentMemory.residentKib(List.of(host.node().pid())) / 1024;
    }
}
