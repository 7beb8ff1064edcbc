package io.hopline.bench;

import io.hopline.cli.Cleanup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Runs every system through every measure, round after round. Within a round each system has its turn on a fresh rig, so
 * that what changes slowly on the machine meets them all alike. A measure that fails is noted and the others go on. A quick
 * campaign of one round starts each system once: calibration and what is measured at the end happen on the same rig.
 */
final class Campaign {
    private final Workload workload;
    private final List<Contender> contenders;
    private final List<Measure> measures;
    private final int rounds;
    private final Stage.Pace pace;
    private final PrintWriter progress;
    private final Cleanup cleanup;
    /** Whether each system is started once for all that is measured. */
    private final boolean once;

    private final Samples samples = new Samples();
    private final List<String> failures = new ArrayList<>();

    /**
     * @param progress where progress lines go
     * @param cleanup says whether the user has ended the run
     */
    Campaign(
            Workload workload,
            List<Contender> contenders,
            List<Measure> measures,
            int rounds,
            Stage.Pace pace,
            PrintWriter progress,
            Cleanup cleanup) {
        this.workload = workload;
        this.contenders = contenders;
        this.measures = measures;
        this.rounds = rounds;
        this.pace = pace;
        this.progress = progress;
        this.cleanup = cleanup;
        once = pace.quick() && rounds == 1;
    }

    /**
     * Measures.
     *
     * @param work directory for what the rigs write
     */
    void run(Path work) throws Exception {
        if (once) {
            // Those that a measure is adjusted by come before those that it is then put to.
            var order = new LinkedHashSet<Contender>();
            measures.forEach(measure -> reference(measure).ifPresent(order::add));
            order.addAll(contenders);
            for (Contender contender : order) {
                turn(1, contender, EnumSet.allOf(Measure.When.class), work);
            }
            return;
        }
        for (Measure measure : measures) {
            Optional<Contender> reference = reference(measure);
            if (reference.isPresent()) {
                calibrate(measure, reference.get(), work);
            }
        }
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : contenders) {
                turn(round, contender, EnumSet.of(Measure.When.EACH_ROUND), work);
            }
        }
        for (Contender contender : contenders) {
            turn(rounds, contender, EnumSet.of(Measure.When.AT_THE_END), work);
        }
    }

    /** What a measure is adjusted by, if by anything. */
    private Optional<Contender> reference(Measure measure) {
        List<Contender> suited = contenders.stream()
                .filter(contender ->
                        wanted(contender, EnumSet.of(measure.when())).contains(measure))
                .toList();
        return measure.calibratedOn()
                .flatMap(reference -> suited.stream()
                        .filter(contender -> contender.id().equals(reference))
                        .findFirst()
                        .or(() -> suited.stream().findFirst()));
    }

    private void calibrate(Measure measure, Contender reference, Path work) throws Exception {
        try (Rig rig = new Rig(work, workload.guests())) {
            Contender.Joined system = reference.start(rig);
            Load load = workload.start(rig);
            load.warmUp(rig, pace.of(reference));
            measure.calibrate(new Stage(rig, system, load, pace.of(reference), (metric, value) -> {}));
        } catch (Exception failure) {
            failed(reference, measure.id() + ", calibration", failure);
        }
    }

    private List<Measure> wanted(Contender contender, Set<Measure.When> when) {
        return measures.stream()
                .filter(measure -> when.contains(measure.when()) && measure.suits(contender))
                .filter(measure -> contender.onlyMeasures().isEmpty()
                        || contender.onlyMeasures().contains(measure.id()))
                .toList();
    }

    private void turn(int round, Contender contender, Set<Measure.When> when, Path work) throws Exception {
        List<Measure> wanted = wanted(contender, when);
        if (wanted.isEmpty()) {
            return;
        }
        long startNs = System.nanoTime();
        try (Rig rig = new Rig(work, workload.guests())) {
            Contender.Joined system = contender.start(rig);
            Load load = workload.start(rig);
            if (when.contains(Measure.When.EACH_ROUND)) {
                load.warmUp(rig, pace.of(contender));
            }
            progress(round, contender, "up and warm", startNs);
            for (Measure measure : wanted) {
                measure(round, contender, measure, rig, system, load);
            }
        } catch (Exception failure) {
            failed(contender, "start", failure);
        }
    }

    private void measure(int round, Contender contender, Measure measure, Rig rig, Contender.Joined system, Load load)
            throws Exception {
        long startNs = System.nanoTime();
        var seen = new StringJoiner(", ");
        try {
            if (once && reference(measure).filter(contender::equals).isPresent()) {
                measure.calibrate(new Stage(rig, system, load, pace.of(contender), (metric, value) -> {}));
            }
            measure.run(new Stage(rig, system, load, pace.of(contender), (metric, value) -> {
                samples.add(metric, contender.id(), value);
                seen.add(metric.id() + " " + Figures.text(value) + " " + metric.unit());
            }));
            progress(round, contender, seen.toString(), startNs);
        } catch (Exception failure) {
            failed(contender, measure.id(), failure);
        }
    }

    private void failed(Contender contender, String what, Exception failure) throws Exception {
        if (cleanup.stopped()) {
            throw failure;
        }
        String line = contender.id() + ", " + what + ": " + failure.getMessage();
        failures.add(line);
        progress.println("FAILED  " + line);
        progress.flush();
    }

    private void progress(int round, Contender contender, String what, long startNs) {
        progress.printf(
                Locale.ROOT,
                "round %d/%d  %-14s %s (%.1f s)%n",
                round,
                rounds,
                contender.id(),
                what,
                (System.nanoTime() - startNs) / 1e9);
        progress.flush();
    }

    Samples samples() {
        return samples;
    }

    /** What did not work, in words. */
    List<String> failures() {
        return List.copyOf(failures);
    }
}
