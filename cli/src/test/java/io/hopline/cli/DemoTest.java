package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.Report;
import io.hopline.sla.ReportJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole demo as a process of its own: what it shows, and that nothing of it stays. */
@Tag("netns")
class DemoTest {
    private static final long TIMEOUT_S = 240;

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void needsRoot() {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "nginx", "udhcpc", "nsenter", "setpriv"),
                "needs iproute2, nginx and udhcpc");
    }

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(String... arguments) throws IOException {
        var demo = new ArrayList<>(List.of("demo", "--out=" + directory));
        demo.addAll(List.of(arguments));
        // Tests that a script started in the background inherit that Ctrl-C is ignored.
        var command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(JavaProcess.command(256, demo));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
        started.add(process);
        return process;
    }

    private String output() throws IOException {
        return Files.readString(directory.resolve("output"));
    }

    private void assertNothingIsLeftOf(Process demo) throws IOException {
        assertThat(Program.run("ip", "netns", "list").lines().filter(line -> line.startsWith("hl" + demo.pid() + "-")))
                .isEmpty();
        var processes = new ArrayList<String>();
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            for (Path process : all.filter(p -> p.getFileName().toString().matches("[0-9]+"))
                    .toList()) {
                String command = commandLine(process);
                if (command.contains(directory.toString())
                        && !process.endsWith(
                                String.valueOf(ProcessHandle.current().pid()))) {
                    processes.add(command);
                }
            }
        }
        assertThat(processes).isEmpty();
        try (Stream<Path> run = Files.list(directory.resolve("run"))) {
            assertThat(run.map(f -> f.getFileName().toString()))
                    .noneMatch(f -> f.endsWith(".ctl") || f.endsWith(".mgmt"));
        }
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline")).replace('\0', ' ');
        } catch (IOException ended) {
            return "";
        }
    }

    @Test
    void showsEveryHopOnBothHostsAndLeavesNothing() throws Exception {
        Process demo = start("--requests=1200", "--rate=300");
        assertThat(demo.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).as(output()).isZero();
        Report report = ReportJson.read(Files.readString(directory.resolve("report.json")));
        assertThat(report.hops()).allSatisfy(row -> assertThat(row.count()).isPositive());
        assertThat(report.client()).hasValueSatisfying(client -> {
            assertThat(client.requests()).isEqualTo(1_200);
            assertThat(client.errors()).isZero();
        });
        assertThat(report.backends()).extracting(Report.BackendRow::backend).contains("web1", "web2");
        assertThat(directory.resolve("report.html")).content().contains("<html");
        assertThat(directory.resolve("hops.txt")).content().contains("guest-tcpip");
        assertNothingIsLeftOf(demo);
    }

    @Test
    void leavesNothingWhenInterrupted() throws Exception {
        Process demo = start("--keep", "--requests=100");
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> !demo.isAlive() || Files.exists(directory.resolve("run/web2/nginx.pid")));
        assertThat(demo.isAlive()).as(output()).isTrue();
        Program.run("kill", "-INT", String.valueOf(demo.pid()));
        assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertNothingIsLeftOf(demo);
    }

    @Test
    void leavesNothingWhenAStepFails() throws Exception {
        Process demo =
                start("--requests=100", "--slo=" + Files.writeString(directory.resolve("slo.yaml"), "kind: Wish\n"));
        assertThat(demo.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).as(output()).isEqualTo(2);
        assertThat(output()).contains("FAILED  report").contains("apiVersion");
        assertNothingIsLeftOf(demo);
    }
}
