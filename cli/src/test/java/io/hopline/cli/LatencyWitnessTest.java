package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hopline.packet.Ipv4Address;
import io.hopline.sla.Report;
import io.hopline.sla.ReportJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The report against witnesses that know nothing of it: tcpdump on the devices, and a delay put where it must show. */
@Tag("netns")
class LatencyWitnessTest {
    private static final long TIMEOUT_S = 240;
    private static final double US = 1e3;

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void needsRootAndPrograms() {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "nginx", "udhcpc", "tcpdump"), "needs iproute2, nginx, udhcpc and tcpdump");
    }

    @AfterEach
    void endWhatIsLeft() throws Exception {
        for (Process process : started.reversed()) {
            if (process.isAlive()) {
                Program.run("kill", "-TERM", String.valueOf(process.pid()));
                if (!process.waitFor(30, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            }
        }
    }

    private Process demo(Path out, String... arguments) throws IOException {
        var words = new ArrayList<>(List.of("demo", "--out=" + out, "--sample=1", "--rate=200", "--requests=1500"));
        words.addAll(List.of(arguments));
        return start(Files.createDirectories(out).resolve("output"), JavaProcess.command(256, words));
    }

    private Process start(Path output, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        started.add(process);
        return process;
    }

    private void await(Process demo, Path file) throws IOException {
        Awaitility.await().atMost(Duration.ofSeconds(TIMEOUT_S)).until(() -> Files.exists(file) || !demo.isAlive());
        assertThat(demo.isAlive())
                .as(Files.readString(directory.resolve("output")))
                .isTrue();
    }

    private Process tcpdump(String netns, Path pcap) throws IOException {
        return start(
                pcap.resolveSibling(pcap.getFileName() + ".log"),
                List.of(
                        "ip",
                        "netns",
                        "exec",
                        netns,
                        "tcpdump",
                        "-i",
                        "eth0",
                        "-w",
                        pcap.toString(),
                        "-U",
                        "-s",
                        "128",
                        "-B",
                        "16384",
                        "--time-stamp-precision=nano",
                        "tcp",
                        "port",
                        "80"));
    }

    @Test
    void tcpdumpOnTheVnicAndOnTheHostNicAgreesWithTheReport() throws Exception {
        Process demo = demo(directory, "--keep");
        await(demo, directory.resolve("run/web1/nginx.pid"));
        String prefix = "hl" + demo.pid() + "-";
        Path vnic = directory.resolve("vnic.pcap");
        Path nic = directory.resolve("nic.pcap");
        List<Process> witnesses = List.of(tcpdump(prefix + "web1", vnic), tcpdump(prefix + "host-a", nic));
        await(demo, directory.resolve("report.json"));
        JsonNode traces = traces(directory);
        for (Process witness : witnesses) {
            Program.run("kill", "-INT", String.valueOf(witness.pid()));
            assertThat(witness.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }

        assertAgree(
                "turn-around at web1's vNIC",
                Capture.turnArounds(vnic, Ipv4Address.parse(Demo.WEB1_IP).bits()),
                reported(traces, "web1", LatencyWitnessTest::turnAroundNs));
        assertAgree(
                "turn-around at the host NIC",
                Capture.turnArounds(nic, Ipv4Address.parse("10.0.1.100").bits()),
                reported(traces, "", trace -> trace.get("endToEndNs").longValue()));
    }

    private static JsonNode traces(Path out) throws IOException {
        String controller = Files.readAllLines(out.resolve("run/env")).stream()
                .filter(line -> line.startsWith("HOPLINE_CONTROLLER="))
                .findFirst()
                .orElseThrow()
                .substring("HOPLINE_CONTROLLER=".length());
        try (var in = URI.create(controller + "/api/v1/sla/traces").toURL().openStream()) {
            return JsonMapper.shared().readTree(in).get("traces");
        }
    }

    /** What the report says the guest took: its kernel and its server. */
    private static long turnAroundNs(JsonNode trace) {
        long ns = 0;
        for (JsonNode hop : trace.get("hops")) {
            String name = hop.get("hop").stringValue();
            if (name.equals("guest-tcpip") || name.equals("nginx")) {
                ns += hop.get("ns").longValue();
            }
        }
        return ns;
    }

    /** Client port to its requests' times in order; of one backend, or of all. */
    private static Map<Integer, List<Long>> reported(JsonNode traces, String backend, ToLongFunction<JsonNode> time) {
        Map<Integer, TreeMap<Long, Long>> byPort = new TreeMap<>();
        for (JsonNode trace : traces) {
            boolean wanted = trace.get("service").stringValue().equals("web")
                    && trace.get("backend").stringValue().startsWith(backend);
            if (wanted) {
                String client = trace.get("client").stringValue();
                byPort.computeIfAbsent(
                                Integer.valueOf(client.substring(client.indexOf(':') + 1)), port -> new TreeMap<>())
                        .put(trace.get("startNs").longValue(), time.applyAsLong(trace));
            }
        }
        Map<Integer, List<Long>> times = new TreeMap<>();
        byPort.forEach((port, ordered) -> times.put(port, List.copyOf(ordered.values())));
        return times;
    }

    /** Pairs request by request on connections that both saw whole, and compares the pairs and the medians. */
    private static void assertAgree(String what, Map<Integer, List<Long>> witness, Map<Integer, List<Long>> reported) {
        List<Long> seen = new ArrayList<>();
        List<Long> said = new ArrayList<>();
        List<Long> errorsPermille = new ArrayList<>();
        reported.forEach((port, times) -> {
            List<Long> captured = witness.getOrDefault(port, List.of());
            if (captured.size() == times.size()) {
                for (int i = 0; i < times.size(); i++) {
                    seen.add(captured.get(i));
                    said.add(times.get(i));
                    errorsPermille.add(Math.abs(times.get(i) - captured.get(i)) * 1000 / captured.get(i));
                }
            }
        });
        System.out.printf(
                "%s: %d requests, p50 %.1f us by tcpdump, %.1f us by the report, median error of a request %.1f %%%n",
                what, seen.size(), median(seen) / US, median(said) / US, median(errorsPermille) / 10.0);
        assertThat(seen).as(what + ": requests seen by both").hasSizeGreaterThan(300);
        assertThat((double) median(said)).as(what + ": p50").isCloseTo(median(seen), within(0.10 * median(seen)));
        assertThat(median(errorsPermille))
                .as(what + ": median error of a request, in permille")
                .isLessThan(100);
    }

    private static long median(List<Long> values) {
        return values.isEmpty() ? 0 : values.stream().sorted().toList().get(values.size() / 2);
    }

    @Test
    void twoMillisecondsOfSleepInTheServerShowInItsHopAlone() throws Exception {
        Report fast = run(directory.resolve("fast"));
        Report slow = run(directory.resolve("slow"), "--guest-delay=2");
        for (Report.HopRow before : fast.hops()) {
            Report.HopRow after = slow.hops().stream()
                    .filter(row -> row.hop().equals(before.hop())
                            && row.direction().equals(before.direction())
                            && row.host().equals(before.host()))
                    .findFirst()
                    .orElseThrow();
            long movedNs = after.p50Ns() - before.p50Ns();
            String what = before.hop() + " " + before.direction() + " on " + before.host();
            System.out.printf("%s: p50 moved by %.1f us%n", what, movedNs / US);
            if (before.hop().equals("nginx")) {
                assertThat(movedNs / US).as(what).isBetween(1800.0, 2200.0);
            } else {
                assertThat(movedNs / US).as(what).isBetween(-100.0, 100.0);
            }
        }
    }

    private Report run(Path out, String... arguments) throws Exception {
        Process demo = demo(out, arguments);
        assertThat(demo.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.exists(out.resolve("report.json")))
                .as(Files.readString(out.resolve("output")))
                .isTrue();
        return ReportJson.read(Files.readString(out.resolve("report.json")));
    }
}
