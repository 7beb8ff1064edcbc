package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.cli.JavaProcess;
import io.hopline.cli.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole command as a process of its own, with the guests that every machine can have. */
@Tag("netns")
class DensityCommandTest {
    private static final long TIMEOUT_S = 240;

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void measuresContainersAndLeavesNothing() throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                Machine.missing(List.of("ip", "ss", "nsenter", "setpriv", "nginx"))
                        .isEmpty(),
                "needs iproute2 and nginx");
        var arguments = List.of(
                "bench",
                "density",
                "--quick",
                "--kinds=container",
                "--containers=2",
                // A busy machine must not break it before there is something to tell.
                "--objective=60s",
                "--rate=20",
                "--json=" + directory.resolve("out.json"),
                "--html=" + directory.resolve("out.html"));
        Process bench = new ProcessBuilder(JavaProcess.command(96, arguments))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        started.add(bench);
        assertThat(bench.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        String output = Files.readString(directory.resolve("output"));
        assertThat(bench.exitValue()).as(output).isZero();
        JsonNode container = JsonMapper.shared()
                .readTree(Files.readString(directory.resolve("out.json")))
                .path("kinds")
                .get(0);
        JsonNode step = container.path("ramp").get(0);
        assertThat(step.path("guests").asInt()).as(output).isEqualTo(2);
        assertThat(step.path("answeredPerS").asDouble()).as(output).isPositive();
        assertThat(step.path("cpu").path("workers").asDouble()).as(output).isPositive();
        assertThat(step.path("cpu").path("guests").asDouble()).as(output).isPositive();
        assertThat(container.path("push").isEmpty()).as(output).isFalse();
        assertThat(output).contains("container: about ");
        assertThat(directory.resolve("out.html")).content().contains("What a guest costs");
        assertThat(Program.run("ip", "netns", "list")
                        .lines()
                        .filter(line -> line.startsWith("hlb" + bench.pid() + "-")))
                .isEmpty();
        assertThat(bench.descendants()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--kinds=xen, there is no 'xen'",
        "--objective=fast, '--objective: a time'",
        "--rate=0, 1 to 10000",
        "--rate=NaN, 1 to 10000",
        "--vms=0, 1 to 1000",
        "--step=601, 1 to 600"
    })
    void refusesWhatItCannotDo(String option, String message) {
        var command = new CommandLine(new DensityCommand());
        var failure = new ArrayList<String>();
        command.setExecutionExceptionHandler((thrown, line, result) -> {
            failure.add(String.valueOf(thrown.getMessage()));
            return 2;
        });
        assertThat(command.execute(option)).isEqualTo(2);
        assertThat(failure).singleElement().asString().contains(message);
    }
}
