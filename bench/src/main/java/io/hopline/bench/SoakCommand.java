package io.hopline.bench;

import io.hopline.cli.CliException;
import io.hopline.node.NodeOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline bench soak}. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description = {
            "Two nodes with three guests, VXLAN between them, under TCP, UDP and ICMP of all sizes while links go down and",
            "up and flows and groups change. Every minute all pause, and the books must balance: no wrong byte, no lost",
            "frame slot, and every frame that came in went out or was dropped under a reason. Exits with 0 only then."
        },
        footer = {
            "",
            "Examples:",
            "  hopline bench soak --minutes 30",
            "  hopline bench soak --minutes 480 --rate 20 --workers 2"
        })
final class SoakCommand implements Callable<Integer> {
    private static final double SECONDS_PER_MINUTE = 60;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--minutes", paramLabel = "M", defaultValue = "30", description = "default: ${DEFAULT-VALUE}")
    private double minutes;

    @Option(
            names = "--rate",
            paramLabel = "MBIT",
            defaultValue = "50",
            description = "Mbit/s that the guests send one another, all together (default: ${DEFAULT-VALUE})")
    private double megabits;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "of all that is random (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "of each node, 1 to 16 (default: ${DEFAULT-VALUE})")
    private int workers;

    @Override
    public Integer call() throws Exception {
        if (!(minutes > 0 && minutes <= 100_000)) {
            throw CliException.badInput("--minutes: more than 0 and at most 100000 are possible, not " + minutes);
        }
        if (!(megabits >= 0.1 && megabits <= 10_000)) {
            throw CliException.badInput("--rate: 0.1 to 10000 Mbit/s are possible, not " + megabits);
        }
        if (workers < 1 || workers > NodeOptions.MAX_WORKERS) {
            throw CliException.badInput("--workers: 1 to " + NodeOptions.MAX_WORKERS + " are possible, not " + workers);
        }
        if (!hasPing()) {
            throw CliException.failed("needs ping: apt-get install iputils-ping");
        }
        PrintWriter out = spec.commandLine().getOut();
        var duration = Duration.ofMillis(Math.round(minutes * SECONDS_PER_MINUTE * 1_000));
        List<String> problems = new Soak(duration, megabits, seed, workers, out).run();
        problems.forEach(problem -> out.println("WRONG: " + problem));
        out.println(problems.isEmpty() ? "All frames accounted for, no slot lost, no byte wrong." : "The soak failed.");
        out.flush();
        return problems.isEmpty() ? 0 : 1;
    }

    static boolean hasPing() {
        String path = System.getenv().getOrDefault("PATH", "") + ":/bin:/usr/bin";
        return Stream.of(path.split(":")).anyMatch(directory -> Files.isExecutable(Path.of(directory, "ping")));
    }
}
