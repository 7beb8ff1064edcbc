package io.hopline.bench;

import io.hopline.cli.Table;
import io.hopline.lb.Disruption;
import io.hopline.lb.Maglev;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hopline bench maglev}. */
@Command(
        name = "maglev",
        mixinStandardHelpOptions = true,
        description =
                "How many of the surviving backends' table entries move when backends fail (Maglev, NSDI 2016, figure 12).",
        footer = {"", "Examples:", "  hopline bench maglev", "  hopline bench maglev --backends 100 --failures 1,2,5"})
final class MaglevCommand implements Callable<Integer> {
    private static final int SEED = 20_160_316;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--backends", defaultValue = "1000", description = "2 to 4096 (default: ${DEFAULT-VALUE})")
    private int backends;

    @Option(
            names = "--failures",
            split = ",",
            defaultValue = "1,2,5,10,20,50,100",
            description = "how many fail at once (default: ${DEFAULT-VALUE})")
    private List<Integer> failures = List.of();

    @Option(
            names = "--rounds",
            defaultValue = "20",
            description = "each with other failures (default: ${DEFAULT-VALUE})")
    private int rounds;

    @Override
    public Integer call() {
        if (backends < 2 || backends > Maglev.MAX_BACKENDS) {
            throw new ParameterException(spec.commandLine(), "--backends: 2 to " + Maglev.MAX_BACKENDS);
        }
        if (rounds < 1 || failures.stream().anyMatch(f -> f < 1 || f >= backends)) {
            throw new ParameterException(
                    spec.commandLine(), "--failures must be 1 to " + (backends - 1) + ", --rounds at least 1");
        }
        var table = new Table("failed", "moved at " + Maglev.TABLE_SIZE, "moved at " + Maglev.LARGE_TABLE_SIZE);
        for (int failed : failures) {
            table.row(failed, moved(Maglev.TABLE_SIZE, failed), moved(Maglev.LARGE_TABLE_SIZE, failed));
        }
        table.print(spec.commandLine().getOut());
        return 0;
    }

    private String moved(int tableSize, int failed) {
        return String.format(
                Locale.ROOT,
                "%.3f%%",
                100 * Disruption.of(backends, tableSize, failed, rounds, SEED).share());
    }
}
