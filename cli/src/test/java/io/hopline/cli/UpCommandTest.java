package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** {@code hopline up} and the commands a user types next, in a network and a /run of their own. */
@Tag("netns")
class UpCommandTest {
    private static final int TIMEOUT_S = 60;

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void needsRoot() {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(SystemNeeds.programs("ip", "unshare", "nsenter"), "needs iproute2 and util-linux");
    }

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(Path log, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        started.add(process);
        return process;
    }

    private static List<String> with(List<String> prefix, String... arguments) {
        var all = new ArrayList<>(prefix);
        all.addAll(Arrays.asList(arguments));
        return all;
    }

    /** Runs a program where {@code up} runs; its output follows its exit code. */
    private String in(Process up, List<String> command) throws Exception {
        var whole = with(List.of("nsenter", "--target", String.valueOf(up.pid()), "--net", "--mount", "--"));
        whole.addAll(command);
        Path log = Files.createTempFile(directory, "command", ".log");
        Process process = start(log, whole);
        assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() + " " + Files.readString(log, StandardCharsets.UTF_8);
    }

    /** Every metric that the Grafana dashboard asks for is served, by the controller or by the node. */
    private void servesWhatTheDashboardShows(Process up) throws Exception {
        assertThat(hopline(
                        up,
                        "lb",
                        "create",
                        "shop",
                        "--network",
                        "blue",
                        "--vip",
                        "10.0.1.101:80",
                        "--backend",
                        "c1:80"))
                .startsWith("0 ");
        Path slo = Files.writeString(directory.resolve("slo.yaml"), Dashboard.OBJECTIVE);
        assertThat(hopline(up, "slo", "apply", "-f", slo.toString()))
                .startsWith("0 ")
                .contains("shop-up");
        Path wrong = Files.writeString(
                directory.resolve("wrong.yaml"), Dashboard.OBJECTIVE.replace("target: 0.999", "target: 2"));
        assertThat(hopline(up, "slo", "apply", "-f", wrong.toString()))
                .isEqualTo("2 hopline: spec.objectives[0].target: must be above 0 and below 1, is 2\n");
        String list = hopline(up, "vnic", "list", "-o", "json").substring(2);
        String server = JsonMapper.shared()
                .readTree(list)
                .valueStream()
                .filter(vnic -> vnic.path("name").asString().equals("c1"))
                .findFirst()
                .orElseThrow()
                .path("ip")
                .asString();
        byte[] sightings = Dashboard.sightings(server, System.currentTimeMillis() * 1_000_000);
        Path records = Files.write(directory.resolve("sightings"), sightings);
        assertThat(http(
                        up,
                        8080,
                        "POST /api/v1/nodes/host1/sightings HTTP/1.0\\r\\nContent-Length: " + sightings.length,
                        records))
                .contains(" 204 ");
        Awaitility.await().atMost(Duration.ofSeconds(TIMEOUT_S)).untilAsserted(() -> {
            String served = http(up, 8080, "GET /metrics HTTP/1.0", Path.of("/dev/null"))
                    + http(up, 9101, "GET /metrics HTTP/1.0", Path.of("/dev/null"));
            assertThat(Dashboard.metrics())
                    .hasSizeGreaterThan(15)
                    .allSatisfy(name -> assertThat(served).containsPattern("(?m)^" + name + "\\{|^" + name + " "));
        });
        assertThat(hopline(up, "slo", "show", "shop-up"))
                .startsWith("0 shop-up: availability of service shop over 30d")
                .contains("100.0000 % of 1 requests good")
                .contains("nothing told the HTTP status of 100.0 % of the requests");
        assertThat(hopline(up, "slo", "delete", "shop-up")).isEqualTo("0 ");
        assertThat(hopline(up, "lb", "delete", "shop")).isEqualTo("0 ");
    }

    private String http(Process up, int port, String head, Path body) throws Exception {
        String script = "exec 3<>/dev/tcp/127.0.0.1/" + port + "; { printf '" + head + "\\r\\n\\r\\n'; cat " + body
                + "; } >&3; cat <&3";
        return in(up, List.of("bash", "-c", script));
    }

    private String hopline(Process up, String... arguments) throws Exception {
        // As the launcher starts a short command: the first compiler alone.
        var command = JavaProcess.command(96, List.of(arguments));
        command.add(1, "-XX:TieredStopAtLevel=1");
        return in(up, command);
    }

    @Test
    void attachesGuestsAndSaysWhatIsWrong() throws Exception {
        Path log = directory.resolve("up.log");
        var command = with(
                List.of("unshare", "--net", "--mount", "bash", "-c"),
                "mount -t tmpfs tmpfs /run && ip link set lo up && exec \"$0\" \"$@\"");
        command.addAll(JavaProcess.command(
                256, List.of("up", "--metrics=127.0.0.1:9101", "--store=embedded:" + directory.resolve("store"))));
        Process up = start(log, command);
        Awaitility.await()
                .atMost(Duration.ofSeconds(TIMEOUT_S))
                .until(() -> !up.isAlive() || Files.readString(log).contains("forwards, controller on"));
        assertThat(up.isAlive()).as(Files.readString(log)).isTrue();

        assertThat(hopline(up, "network", "create", "blue", "--subnet", "10.0.1.0/24"))
                .startsWith("0 ");
        assertThat(in(up, List.of("ip", "netns", "add", "g1"))).isEqualTo("0 ");
        assertThat(hopline(up, "vnic", "attach", "web1", "--network", "blue", "--netns", "g1"))
                .startsWith("0 ")
                .contains("bound");
        assertThat(hopline(up, "vnic", "attach", "web1", "--network", "blue", "--netns", "g1"))
                .isEqualTo("1 hopline: name: vNIC 'web1' exists already\n");
        assertThat(hopline(up, "vnic", "attach", "web2", "--network", "green", "--netns", "g1"))
                .isEqualTo("1 hopline: network: there is no network 'green'\n");
        assertThat(hopline(up, "vnic", "attach", "vm1", "--network", "blue", "--tap", "tap-vm1"))
                .startsWith("0 ")
                .contains("-netdev tap,id=tap-vm1,ifname=tap-vm1,script=no,downscript=no,vhost=off")
                .contains("-device virtio-net-pci,netdev=tap-vm1,mac=02:");
        assertThat(in(up, List.of("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire1")))
                .isEqualTo("0 ");
        assertThat(hopline(up, "vnic", "attach", "vm2", "--network", "blue", "--tap", "wire0"))
                .startsWith("1 hopline: ")
                .contains("'wire0' is busy: an interface of another kind has that name");
        assertThat(hopline(up, "vnic", "attach", "vm3", "--network", "blue", "--tap", "tap-vm1"))
                .isEqualTo("1 hopline: device 'tap-vm1' is attached already, as 'vm1'; detach that first\n");
        Process container = start(directory.resolve("container.log"), List.of("unshare", "--net", "sleep", "300"));
        Awaitility.await()
                .until(() -> Program.run("readlink", "/proc/" + container.pid() + "/exe")
                        .endsWith("sleep"));
        assertThat(hopline(up, "vnic", "attach", "c1", "--network", "blue", "--container", "" + container.pid()))
                .startsWith("0 ")
                .contains("bound");
        servesWhatTheDashboardShows(up);
        assertThat(hopline(up, "vnic", "detach", "web1")).isEqualTo("0 ");
        assertThat(hopline(
                        up,
                        "lb",
                        "create",
                        "web",
                        "--network",
                        "blue",
                        "--vip",
                        "10.0.1.100:80",
                        "--backend",
                        "web1:80"))
                .isEqualTo("1 hopline: backends: there is no vNIC 'web1'\n");

        up.destroy();
        assertThat(up.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
    }
}
