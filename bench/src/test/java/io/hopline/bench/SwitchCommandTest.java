package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.cli.JavaProcess;
import io.hopline.cli.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole command as a process of its own, with the peers that every machine has. */
@Tag("netns")
class SwitchCommandTest {
    private static final long TIMEOUT_S = 240;

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void needsRootAndTools() {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                Machine.missing(List.of("ip", "ss", "nsenter", "setpriv", "ethtool", "iperf3", "sockperf"))
                        .isEmpty(),
                "needs iproute2, ethtool, iperf3 and sockperf");
    }

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(String... options) throws IOException {
        var arguments = new ArrayList<>(List.of("bench", "switch", "--quick", "--peers=hopline,linux-bridge"));
        arguments.addAll(List.of(options));
        var builder = new ProcessBuilder(JavaProcess.command(96, arguments))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private void assertNothingIsLeftOf(Process bench) {
        assertThat(Program.run("ip", "netns", "list")
                        .lines()
                        .filter(line -> line.startsWith("hlb" + bench.pid() + "-")))
                .isEmpty();
        assertThat(bench.descendants()).isEmpty();
    }

    @Test
    void measuresEverythingOnBothAndLeavesNothing() throws Exception {
        Process bench = start("--json=" + directory.resolve("out.json"), "--plot=" + directory.resolve("out.svg"));
        assertThat(bench.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        String output = Files.readString(directory.resolve("output"));
        assertThat(bench.exitValue()).as(output).isZero();
        JsonNode report = JsonMapper.shared().readTree(Files.readString(directory.resolve("out.json")));
        var seen = new ArrayList<String>();
        for (JsonNode measure : report.path("measures")) {
            String id = measure.path("id").asString();
            seen.add(id);
            JsonNode hopline = measure.path("systems").path("hopline");
            assertThat(hopline.path("samples").size()).as(id).isEqualTo(1);
            double median = hopline.path("median").asDouble();
            assertThat(median).as(id).isFinite();
            // Between two looks a Java process may give the kernel more back than eight guests' ports take.
            if (!id.equals("rss-per-vnic")) {
                assertThat(median).as(id).isNotNegative();
            }
            if (id.matches("rss-[0-9]+")) {
                assertThat(median).as(id).isPositive();
            }
        }
        assertThat(seen)
                .contains("tcp1", "tcp4", "udp64", "udp64-flood", "udp1400", "rtt-p50", "rtt-p99", "rtt-p999")
                .contains("cpu-per-gbit", "cpu-per-mpacket", "allocated-per-packet", "gc-pauses")
                .contains("rss-2", "rss-10", "rss-per-vnic");
        for (JsonNode measure : report.path("measures")) {
            if (List.of("tcp1", "tcp4", "udp64-flood", "rtt-p50")
                    .contains(measure.path("id").asString())) {
                assertThat(measure.path("systems")
                                .path("linux-bridge")
                                .path("median")
                                .asDouble())
                        .isPositive();
                assertThat(measure.path("ratios").path("linux-bridge").asDouble())
                        .isPositive();
            }
        }
        assertThat(report.path("failures").isEmpty()).isTrue();
        assertThat(report.path("facts").path("iperf3").asString()).contains("iperf");
        assertThat(directory.resolve("out.svg")).content().contains("linux-bridge");
        assertNothingIsLeftOf(bench);
    }

    @Test
    void leavesNothingWhenInterrupted() throws Exception {
        Process bench = start();
        Path output = directory.resolve("output");
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .until(() -> !bench.isAlive() || Files.readString(output).contains("up and warm"));
        assertThat(bench.isAlive()).as(Files.readString(output)).isTrue();
        Program.run("kill", "-INT", String.valueOf(bench.pid()));
        assertThat(bench.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertNothingIsLeftOf(bench);
    }
}
