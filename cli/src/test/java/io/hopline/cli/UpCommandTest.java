package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Ethernet;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
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
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.Pcaps;
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

    /** A command that runs where {@code up} runs. */
    private static List<String> at(Process up, List<String> command) {
        var whole = with(List.of("nsenter", "--target", String.valueOf(up.pid()), "--net", "--mount", "--"));
        whole.addAll(command);
        return whole;
    }

    /** Runs a program where {@code up} runs; its output follows its exit code. */
    private String in(Process up, List<String> command) throws Exception {
        Path log = Files.createTempFile(directory, "command", ".log");
        Process process = start(log, at(up, command));
        assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() + " " + Files.readString(log, StandardCharsets.UTF_8);
    }

    private String ip(Process up, String vnic) throws Exception {
        return JsonMapper.shared()
                .readTree(hopline(up, "vnic", "list", "-o", "json").substring(2))
                .valueStream()
                .filter(each -> each.path("name").asString().equals(vnic))
                .findFirst()
                .orElseThrow()
                .path("ip")
                .asString();
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
        byte[] sightings = Dashboard.sightings(ip(up, "c1"), System.currentTimeMillis() * 1_000_000);
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

    /** ARP for the gateway, which the switch answers: by number, and until the command is told to end. */
    private void capturesWhatGuestsSend(Process up) throws Exception {
        Path pcap = directory.resolve("web1.pcap");
        assertThat(hopline(up, "capture", "web1", "-w", pcap.toString(), "arp", "an"))
                .startsWith("2 hopline: FILTER: ")
                .contains("syntax error");
        assertThat(hopline(up, "capture", "web9", "-w", pcap.toString()))
                .startsWith("1 hopline: this host's node has no port 'web9'; it has [")
                .contains("web1");
        assertThat(pcap).doesNotExist();

        Path whole = directory.resolve("whole.pcap");
        Process counting = capture(up, "counting.log", pcap, "--count", "2", "arp");
        Process endless = capture(up, "endless.log", whole);
        String address = ip(up, "web1");
        String ask = "ip addr add " + address + "/24 dev eth0 && ping -c 1 -W 5 10.0.1.1";
        assertThat(in(up, List.of("ip", "netns", "exec", "g1", "bash", "-c", ask)))
                .startsWith("0 ");
        assertThat(counting.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(directory.resolve("counting.log"))).contains("hopline: 2 frames, 0 lost");
        assertThat(etherTypes(pcap)).containsExactly(Ethernet.TYPE_ARP, Ethernet.TYPE_ARP);
        endless.destroy();
        assertThat(endless.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(etherTypes(whole)).contains(Ethernet.TYPE_ARP, Ethernet.TYPE_IPV4);
    }

    /** Returns when frames are being captured. */
    private Process capture(Process up, String said, Path pcap, String... more) throws Exception {
        Path log = directory.resolve(said);
        Process capture = start(log, at(up, command(with(List.of("capture", "web1", "-w", pcap.toString()), more))));
        Awaitility.await()
                .atMost(Duration.ofSeconds(TIMEOUT_S))
                .until(() -> Files.readString(log).contains("capturing on 'web1'"));
        return capture;
    }

    /** Of each frame in a file that has to be whole. */
    private static List<Integer> etherTypes(Path pcap) throws Exception {
        var types = new ArrayList<Integer>();
        try (PcapHandle frames = Pcaps.openOffline(pcap.toString())) {
            for (byte[] frame = frames.getNextRawPacket(); frame != null; frame = frames.getNextRawPacket()) {
                types.add(Ethernet.type(MemorySegment.ofArray(frame), 0));
            }
        }
        return types;
    }

    private String http(Process up, int port, String head, Path body) throws Exception {
        String script = "exec 3<>/dev/tcp/127.0.0.1/" + port + "; { printf '" + head + "\\r\\n\\r\\n'; cat " + body
                + "; } >&3; cat <&3";
        return in(up, List.of("bash", "-c", script));
    }

    private String hopline(Process up, String... arguments) throws Exception {
        return in(up, command(List.of(arguments)));
    }

    /** As the launcher starts a short command: the first compiler alone. */
    private static List<String> command(List<String> arguments) {
        var command = JavaProcess.command(96, arguments);
        command.add(1, "-XX:TieredStopAtLevel=1");
        return command;
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
        capturesWhatGuestsSend(up);
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
