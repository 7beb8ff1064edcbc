package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.cli.JavaProcess;
import io.hopline.cli.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole command as a process of its own: the proxy of Hopline's beside nginx, which every machine with nginx has. */
@Tag("netns")
class BalancerCommandTest {
    private static final long TIMEOUT_S = 240;

    @TempDir
    private Path directory;

    private @Nullable Process bench;

    @BeforeEach
    void needsRootAndTools() {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                Machine.missing(new WebWorkload().programs()).isEmpty(),
                "needs wrk, h2load, nginx, ethtool and iproute2");
    }

    @AfterEach
    void endWhatIsLeft() {
        if (bench != null) {
            bench.destroyForcibly();
        }
    }

    @Test
    void measuresBothAndLeavesNothing() throws Exception {
        Path json = directory.resolve("out.json");
        Path output = directory.resolve("output");
        bench = new ProcessBuilder(JavaProcess.command(
                        96,
                        List.of(
                                "bench",
                                "lb",
                                "--quick",
                                "--peers=hopline-l7-published,nginx",
                                "--measures=rps,latency,memory",
                                "--json=" + json)))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(bench.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.exitValue()).as(Files.readString(output)).isZero();
        JsonNode report = JsonMapper.shared().readTree(Files.readString(json));
        for (String metric : List.of("rps", "cpu-per-request", "latency-load", "latency-p99", "rss-balancer")) {
            for (String system : List.of("hopline-l7-published", "nginx")) {
                assertThat(median(report, metric, system))
                        .as(metric + " of " + system)
                        .isPositive();
            }
        }
        assertThat(Program.run("ip", "netns", "list")
                        .lines()
                        .filter(line -> line.startsWith("hlb" + bench.pid() + "-")))
                .isEmpty();
        assertThat(bench.descendants()).isEmpty();
    }

    private static double median(JsonNode report, String metric, String system) {
        for (JsonNode measure : report.path("measures")) {
            if (measure.path("id").asString().equals(metric)) {
                return measure.path("systems").path(system).path("median").asDouble();
            }
        }
        return 0;
    }
}
