package io.hopline.bench;

import io.hopline.cli.Cleanup;
import io.hopline.cli.CliException;
import io.hopline.cli.Program;
import io.hopline.cli.Termination;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that the side-by-side benches share, and the run they ask for. */
final class RunOptions {
    private static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(10);

    @Option(names = "--rounds", paramLabel = "N", description = "default: 5, with --quick 1")
    private @Nullable Integer rounds;

    @Option(
            names = "--peers",
            paramLabel = "A,B",
            split = ",",
            description = "systems to measure (default: all but Hopline's variants)")
    private List<String> peers = List.of();

    @Option(names = "--measures", paramLabel = "A,B", split = ",", description = "what to measure (default: all)")
    private List<String> measures = List.of();

    @Option(names = "--quick", description = "one short round: shows that everything works, not how fast it is")
    private boolean quick;

    @Option(names = "--install-peers", description = "install what is missing, with apt-get")
    private boolean install;

    @Option(names = "--json", paramLabel = "FILE", description = "write every sample there")
    private @Nullable Path json;

    @Option(names = "--markdown", paramLabel = "FILE", description = "write the tables there")
    private @Nullable Path markdown;

    @Option(names = "--plot", paramLabel = "FILE", description = "draw medians and ranges there, as SVG")
    private @Nullable Path plot;

    /** Runs a bench as the options say; returns the exit code. */
    int run(Bench bench, CommandSpec spec) throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        int wantedRounds = rounds != null ? rounds : quick ? 1 : 5;
        if (wantedRounds < 1) {
            throw CliException.badInput("--rounds: 1 or more is wanted, not " + wantedRounds);
        }
        List<Measure> wanted = bench.measures(measures, quick);
        var skipped = new ArrayList<String>();
        List<Contender> contenders = present(bench.workload(), wanted(bench), skipped);
        skipped.forEach(line -> err.println("skipped " + line));
        err.flush();
        var cleanup = new Cleanup();
        Campaign campaign = new Campaign(
                bench.workload(),
                contenders,
                wanted,
                wantedRounds,
                quick ? Stage.Pace.quick(bench.fixedRate()) : Stage.Pace.full(bench.fixedRate()),
                err,
                cleanup);
        try (var termination = new Termination(cleanup::stop);
                cleanup) {
            Path work = Files.createTempDirectory("hopline-bench");
            cleanup.add("directory " + work, () -> Files.deleteIfExists(work));
            campaign.run(work);
        } catch (Exception failure) {
            if (cleanup.stopped()) {
                return 1;
            }
            throw failure;
        }
        var problems = new ArrayList<>(campaign.failures());
        cleanup.problems().forEach(problem -> problems.add("left behind: " + problem));
        write(report(bench, wantedRounds, contenders, campaign, problems, skipped, spec), spec);
        return problems.isEmpty() ? 0 : 1;
    }

    private List<Contender> wanted(Bench bench) {
        if (!peers.isEmpty()) {
            return bench.contenders(peers);
        }
        return bench.contenders().stream()
                .filter(contender -> !contender.isVariant())
                .toList();
    }

    /** Those that can be measured here, once what is missing is installed or skipped. */
    private List<Contender> present(Workload load, List<Contender> contenders, List<String> skipped) {
        var missing = new TreeSet<String>();
        if (!Machine.missing(load.programs()).isEmpty()) {
            missing.addAll(load.packages());
        }
        contenders.stream()
                .filter(contender -> !Machine.missing(contender.programs()).isEmpty())
                .forEach(contender -> missing.addAll(contender.packages()));
        if (install && !missing.isEmpty()) {
            install(List.copyOf(missing));
        }
        List<String> tools = Machine.missing(load.programs());
        if (!tools.isEmpty()) {
            throw CliException.failed("missing " + String.join(", ", tools)
                    + "; --install-peers gets them, or: apt-get install " + String.join(" ", load.packages()));
        }
        var present = new ArrayList<Contender>();
        for (Contender contender : contenders) {
            if (Machine.missing(contender.programs()).isEmpty()) {
                present.add(contender);
            } else {
                skipped.add(contender.id() + ": not installed; --install-peers gets it, or: apt-get install "
                        + String.join(" ", contender.packages()));
            }
        }
        return present;
    }

    private static void install(List<String> packages) {
        // RUNLEVEL=1 keeps Debian from starting the services it installs: each rig runs its own.
        var command = new ArrayList<>(List.of(
                "env",
                "DEBIAN_FRONTEND=noninteractive",
                "RUNLEVEL=1",
                "apt-get",
                "install",
                "-q",
                "-y",
                "--no-install-recommends"));
        command.addAll(packages);
        Program.run(INSTALL_TIMEOUT, "apt-get", "update", "-q");
        Program.run(INSTALL_TIMEOUT, command.toArray(String[]::new));
    }

    private Report report(
            Bench bench,
            int rounds,
            List<Contender> contenders,
            Campaign campaign,
            List<String> problems,
            List<String> skipped,
            CommandSpec spec) {
        List<Report.System> systems = contenders.stream()
                .map(contender -> new Report.System(
                        contender.id(), contender.tuning(), contender.inKernel(), contender.comparedWith()))
                .toList();
        String command = "hopline "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        return new Report(
                bench.name(),
                rounds,
                Machine.facts(command, bench.workload()),
                systems,
                campaign.samples(),
                problems,
                skipped);
    }

    private void write(Report report, CommandSpec spec) throws IOException {
        ReportTable.print(report, spec.commandLine().getOut());
        if (json != null) {
            Files.writeString(json, ReportData.json(report));
        }
        if (markdown != null) {
            Files.writeString(markdown, ReportMarkdown.page(report));
        }
        if (plot != null) {
            Files.writeString(plot, ReportPlot.svg(report));
        }
    }
}
