package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A host for a test: a network and a /run of its own, held by a process, and the programs that run there. */
final class PrivateHost implements AutoCloseable {
    private static final int TIMEOUT_S = 60;

    private final Path directory;
    private final Map<String, String> environment;
    private final List<Process> started = new ArrayList<>();
    private final Process holder;

    /**
     * Makes the host.
     *
     * @param directory where programs' output goes
     * @param environment of its programs, beside the test's own
     */
    PrivateHost(Path directory, Map<String, String> environment) throws IOException {
        this.directory = directory;
        this.environment = Map.copyOf(environment);
        Path log = directory.resolve("host.log");
        holder = spawn(
                log,
                List.of(
                        "unshare",
                        "--net",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs tmpfs /run && ip link set lo up && echo ready && exec sleep 100000"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(TIMEOUT_S))
                .until(() -> !holder.isAlive() || Files.readString(log).contains("ready"));
        assertThat(holder.isAlive()).as(Files.readString(log)).isTrue();
    }

    private Process spawn(Path log, List<String> command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** A network namespace of this host's, by the path that other processes can open; empty for its own. */
    Path network(String netns) {
        Path root = Path.of("/proc/" + holder.pid());
        return netns.isEmpty() ? root.resolve("ns/net") : root.resolve("root/run/netns/" + netns);
    }

    /** Starts a program that stays up; its output is in {@code NAME.log}. */
    Process start(String name, List<String> command) throws IOException {
        var whole =
                new ArrayList<>(List.of("nsenter", "--target", String.valueOf(holder.pid()), "--net", "--mount", "--"));
        whole.addAll(command);
        return spawn(directory.resolve(name + ".log"), whole);
    }

    /** Waits until a program has said something, and fails when it ended first. */
    void awaitOutput(Process process, String name, String text) throws IOException {
        Path log = directory.resolve(name + ".log");
        Awaitility.await()
                .atMost(Duration.ofSeconds(TIMEOUT_S))
                .until(() -> !process.isAlive() || Files.readString(log).contains(text));
        assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
    }

    /** Runs a program to its end; its output follows its exit code. */
    String in(List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "command", ".log");
        Process process = start(log.getFileName().toString().replace(".log", ""), command);
        assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS))
                .as(String.join(" ", command))
                .isTrue();
        started.remove(process);
        return process.exitValue() + " " + Files.readString(log, StandardCharsets.UTF_8);
    }

    /** Runs a program to its end, which must be a good one. */
    String ok(String... command) throws IOException, InterruptedException {
        String said = in(List.of(command));
        assertThat(said).as(String.join(" ", command)).startsWith("0 ");
        return said.substring(2);
    }

    String hopline(String... arguments) throws IOException, InterruptedException {
        return in(JavaProcess.command(96, List.of(arguments)));
    }

    /** A guest's interface gets its address by DHCP, as the guest would ask for it. */
    void dhcp(String netns) throws IOException, InterruptedException {
        Path script = directory.resolve("udhcpc.sh");
        Files.writeString(script, DhcpClient.SCRIPT);
        assertThat(script.toFile().setExecutable(true)).isTrue();
        ok(
                "ip",
                "netns",
                "exec",
                netns,
                "udhcpc",
                "-f",
                "-q",
                "-n",
                "-t",
                "20",
                "-T",
                "1",
                "-A",
                "1",
                "-O",
                "mtu",
                "-i",
                "eth0",
                "-s",
                script.toString());
    }

    @Override
    public void close() throws InterruptedException {
        for (Process process : started.reversed()) {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
