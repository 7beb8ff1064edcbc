package io.hopline.bench;

import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hopline bench micro}. */
@Command(
        name = "micro",
        mixinStandardHelpOptions = true,
        description = "JMH benchmarks of the pieces a frame meets on its way, each in a JVM of its own.",
        footer = {"", "Examples:", "  hopline bench micro", "  hopline bench micro 'Maglev.*select'"})
final class MicroCommand implements Callable<Integer> {
    private static final int WARM_UPS = 3;
    private static final int ITERATIONS = 5;
    private static final TimeValue ITERATION = TimeValue.seconds(1);

    @Parameters(
            paramLabel = "REGEX",
            arity = "0..1",
            defaultValue = ".*",
            description = "of the benchmarks' names (default: all)")
    private String include = ".*";

    @Override
    public Integer call() throws Exception {
        // The launcher runs commands with the first compiler alone: a benchmark's JVM must not inherit that.
        var options = new OptionsBuilder()
                .include(include)
                .forks(1)
                .warmupIterations(WARM_UPS)
                .warmupTime(ITERATION)
                .measurementIterations(ITERATIONS)
                .measurementTime(ITERATION)
                .jvmArgs(
                        "-Xms1g",
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow")
                .build();
        return new Runner(options).run().isEmpty() ? 1 : 0;
    }
}
