package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hopline.packet.Ipv4Address;
import io.hopline.sla.Report;
import io.hopline.sla.ReportJson;
import io.hopline.sla.SplitError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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
    private static final int REQUESTS = 1_500;
    /** So often a page is asked for with and without the sleep, over each of so many connections. */
    private static final int PAIRS = 6;

    private static final int CONNECTIONS = 64;
    /** What a boundary may be off, or 5 % of the stretch; a stretch has two boundaries. */
    private static final double BOUNDARY_US = 5;
    /** The share of a pause in the server that the client may feel elsewhere, such as in its own waking up. */
    private static final double CLIENT_ERROR = 0.1;

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

    private Process demo(Path out, int requests, String... arguments) throws IOException {
        var words =
                new ArrayList<>(List.of("demo", "--out=" + out, "--sample=1", "--rate=200", "--requests=" + requests));
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

    private Process tcpdump(String netns, String device, Path pcap, String... filter) throws IOException {
        var command =
                new ArrayList<>(List.of("ip", "netns", "exec", netns, "tcpdump", "-i", device, "-w", pcap.toString()));
        command.addAll(List.of("-U", "-s", "192", "-B", "16384", "--time-stamp-precision=nano"));
        command.addAll(List.of(filter));
        return start(pcap.resolveSibling(pcap.getFileName() + ".log"), command);
    }

    @Test
    void tcpdumpOnEveryDeviceAgreesWithTheReport() throws Exception {
        Process demo = demo(directory, REQUESTS, "--keep");
        await(demo, directory.resolve("run/web1/nginx.pid"));
        String prefix = "hl" + demo.pid() + "-";
        Path vnic = directory.resolve("vnic.pcap");
        Path nic = directory.resolve("nic.pcap");
        Path farVnic = directory.resolve("far-vnic.pcap");
        Path underlay = directory.resolve("underlay.pcap");
        Path farUnderlay = directory.resolve("far-underlay.pcap");
        List<Process> witnesses = List.of(
                tcpdump(prefix + "web1", "eth0", vnic, "tcp", "port", "80"),
                tcpdump(prefix + "web2", "eth0", farVnic, "tcp", "port", "80"),
                tcpdump(prefix + "host-a", "eth0", nic, "tcp", "port", "80"),
                tcpdump(prefix + "host-a", "under0", underlay, "udp", "port", "4789"),
                tcpdump(prefix + "host-b", "under0", farUnderlay, "udp", "port", "4789"));
        await(demo, directory.resolve("report.json"));
        JsonNode traces = traces(directory);
        for (Process witness : witnesses) {
            Program.run("kill", "-INT", String.valueOf(witness.pid()));
            assertThat(witness.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }

        int web2 = Ipv4Address.parse(Demo.WEB2_IP).bits();
        int vip = Ipv4Address.parse("10.0.1.100").bits();
        var atWeb1 = Capture.exchanges(vnic, Ipv4Address.parse(Demo.WEB1_IP).bits());
        var atWeb2 = Capture.exchanges(farVnic, web2);
        var atNic = Capture.exchanges(nic, vip);
        var atUnderlay = Capture.exchanges(underlay, web2);
        var atFarUnderlay = Capture.exchanges(farUnderlay, web2);
        assertAgree(
                "turn-around at web1's vNIC",
                Capture.turnArounds(atWeb1),
                reported(traces, "web1", LatencyWitnessTest::turnAroundNs));
        assertAgree(
                "turn-around at web2's vNIC",
                Capture.turnArounds(atWeb2),
                reported(traces, "web2", LatencyWitnessTest::turnAroundNs));
        assertAgree(
                "turn-around at the host NIC",
                Capture.turnArounds(atNic),
                reported(traces, "", trace -> trace.get("endToEndNs").longValue()));
        assertAgree(
                "request, host NIC to web1's vNIC",
                Capture.between(atNic, atWeb1, (there, here) -> here.askedNs() - there.askedNs()),
                reported(traces, "web1", trace -> networkNs(trace, "request", "a")));
        assertAgree(
                "response, web1's vNIC to host NIC",
                Capture.between(atWeb1, atNic, (here, there) -> there.answeredNs() - here.answeredNs()),
                reported(traces, "web1", trace -> networkNs(trace, "response", "a")));
        assertAgree(
                "request, host b's underlay NIC to web2's vNIC",
                Capture.between(atFarUnderlay, atWeb2, (there, here) -> here.askedNs() - there.askedNs()),
                reported(traces, "web2", trace -> networkNs(trace, "request", "b")));
        assertAgree(
                "response, host a's underlay NIC to its host NIC",
                Capture.between(atUnderlay, atNic, (here, there) -> there.answeredNs() - here.answeredNs()),
                reported(traces, "web2", trace -> networkNs(trace, "response", "a")));
    }

    private static String setting(Path out, String name) throws IOException {
        return Files.readAllLines(out.resolve("run/env")).stream()
                .filter(line -> line.startsWith(name + "="))
                .findFirst()
                .orElseThrow()
                .substring(name.length() + 1);
    }

    private static JsonNode traces(Path out) throws IOException {
        try (var in = URI.create(setting(out, "HOPLINE_CONTROLLER") + "/api/v1/sla/traces")
                .toURL()
                .openStream()) {
            return JsonMapper.shared().readTree(in).get("traces");
        }
    }

    /** What the report says a host's NIC, switch and vNIC took, one way. */
    private static long networkNs(JsonNode trace, String direction, String host) {
        Set<String> network = Set.of("host-nic", "vswitch", "vnic");
        return sumNs(
                trace,
                hop -> network.contains(hop.get("hop").stringValue())
                        && hop.get("direction").stringValue().equals(direction)
                        && hop.get("host").stringValue().equals(host));
    }

    private static long sumNs(JsonNode trace, Predicate<JsonNode> which) {
        long ns = 0;
        for (JsonNode hop : trace.get("hops")) {
            ns += which.test(hop) ? hop.get("ns").longValue() : 0;
        }
        return ns;
    }

    /** What the report says the guest took: its kernel and its server. */
    private static long turnAroundNs(JsonNode trace) {
        Set<String> guest = Set.of("guest-tcpip", "nginx");
        return sumNs(trace, hop -> guest.contains(hop.get("hop").stringValue()));
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
                "%s: %d requests, p50 %.1f us by tcpdump, %.1f us by the report; p99 %.1f and %.1f us; median error of a request %.1f %%%n",
                what,
                seen.size(),
                percentile(seen, 50) / US,
                percentile(said, 50) / US,
                percentile(seen, 99) / US,
                percentile(said, 99) / US,
                percentile(errorsPermille, 50) / 10.0);
        assertThat(seen).as(what + ": requests seen by both").hasSizeGreaterThan(300);
        for (int percent : new int[] {50, 99}) {
            double ns = percentile(seen, percent);
            assertThat((double) percentile(said, percent))
                    .as(what + ": p" + percent)
                    .isCloseTo(ns, within(Math.max(0.05 * ns, 2 * BOUNDARY_US * US)));
        }
        assertThat(percentile(errorsPermille, 50))
                .as(what + ": median error of a request, in permille")
                .isLessThan(100);
    }

    private static long percentile(List<Long> values, int percent) {
        return values.isEmpty() ? 0 : values.stream().sorted().toList().get((values.size() - 1) * percent / 100);
    }

    /** Pages with and without the sleep are asked for by turns, so that what else the machine does slows both alike. */
    @Test
    void twoMillisecondsOfSleepInTheServerShowInItsHopAlone() throws Exception {
        String[] options = SystemNeeds.guestProbe()
                ? new String[] {"--keep", "--guest-delay=2", "--guest-probe"}
                : new String[] {"--keep", "--guest-delay=2"};
        Process demo = demo(directory, 50, options);
        await(demo, directory.resolve("report.json"));
        Map<Integer, List<Long>> client = askByTurns();
        Map<Integer, List<JsonNode>> seen = seenWhole(client);
        for (String backend : List.of("web1", "web2")) {
            Map<String, List<Long>> moved = new TreeMap<>();
            seen.forEach((port, traces) -> {
                if (traces.getFirst().get("backend").stringValue().equals(backend)) {
                    compare(Objects.requireNonNull(client.get(port)), traces, moved);
                }
            });
            assertMoved(backend, moved);
        }
    }

    /** The client's port to what its requests took by its own clock: at odd places of the list the server slept. */
    private Map<Integer, List<Long>> askByTurns() throws IOException {
        Map<Integer, List<Long>> times = new TreeMap<>();
        String vip = "10.0.1.100";
        byte[] atOnce = HttpConnection.request(vip, "/index.html");
        byte[] afterSleep = HttpConnection.request(vip, "/");
        try (ProbeSockets sockets = ProbeSockets.of(setting(directory, "CLIENT_NS"))) {
            for (int i = 0; i < CONNECTIONS; i++) {
                SocketChannel socket = sockets.open();
                List<Long> ofThis = new ArrayList<>();
                try (HttpConnection connection =
                        HttpConnection.open(() -> socket, new InetSocketAddress(vip, 80), 30_000)) {
                    int port = ((InetSocketAddress) socket.getLocalAddress()).getPort();
                    for (int request = 0; request < PAIRS; request++) {
                        ofThis.add(timeNs(connection, atOnce));
                        ofThis.add(timeNs(connection, afterSleep));
                    }
                    times.put(port, ofThis);
                }
            }
        }
        return times;
    }

    private static long timeNs(HttpConnection connection, byte[] request) throws IOException {
        long sentNs = System.nanoTime();
        assertThat(connection.exchange(request).status()).isEqualTo(200);
        return System.nanoTime() - sentNs;
    }

    /** Of the connections of which every request was timed, the traces in order, once most are there. */
    private Map<Integer, List<JsonNode>> seenWhole(Map<Integer, List<Long>> client) {
        Map<Integer, List<JsonNode>> whole = new TreeMap<>();
        Awaitility.await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            whole.clear();
            Map<Integer, TreeMap<Long, JsonNode>> byPort = new TreeMap<>();
            for (JsonNode trace : traces(directory)) {
                String end = trace.get("client").stringValue();
                byPort.computeIfAbsent(Integer.valueOf(end.substring(end.indexOf(':') + 1)), port -> new TreeMap<>())
                        .put(trace.get("startNs").longValue(), trace);
            }
            client.forEach((port, times) -> {
                TreeMap<Long, JsonNode> traces = byPort.getOrDefault(port, new TreeMap<>());
                if (traces.size() == times.size()) {
                    whole.put(port, List.copyOf(traces.values()));
                }
            });
            // A stamp may be lost on a busy machine, and its request is excluded then; not many.
            assertThat(whole.size()).isGreaterThan(CONNECTIONS * 2 / 3);
        });
        return whole;
    }

    /** Adds by how much each hop, and the client's own time, of a request with the sleep is above that of the one before. */
    private static void compare(List<Long> client, List<JsonNode> traces, Map<String, List<Long>> moved) {
        for (int i = 0; i < client.size(); i += 2) {
            Map<String, Long> changes = new TreeMap<>(Map.of("client", client.get(i + 1) - client.get(i)));
            hops(traces.get(i + 1)).forEach((hop, ns) -> changes.merge(hop, ns, Long::sum));
            hops(traces.get(i)).forEach((hop, ns) -> changes.merge(hop, -ns, Long::sum));
            changes.forEach((what, ns) ->
                    moved.computeIfAbsent(what, key -> new ArrayList<>()).add(ns));
        }
    }

    private static Map<String, Long> hops(JsonNode trace) {
        Map<String, Long> hops = new TreeMap<>();
        for (JsonNode hop : trace.get("hops")) {
            String name =
                    hop.get("hop").stringValue() + " " + hop.get("direction").stringValue() + " on "
                            + hop.get("host").stringValue();
            hops.merge(name, hop.get("ns").longValue(), Long::sum);
        }
        return hops;
    }

    /** The client knows nothing of hops: what it waited longer for must be the server's, but for a share that it may feel elsewhere. */
    private static void assertMoved(String backend, Map<String, List<Long>> moved) {
        List<Long> client = moved.getOrDefault("client", List.of());
        assertThat(client).as("pairs of requests to " + backend).hasSizeGreaterThan(30);
        double clientUs = percentile(client, 50) / US;
        moved.forEach((what, ns) -> {
            double movedUs = percentile(ns, 50) / US;
            System.out.printf("%s, of %d pairs: %s moved by %.1f us%n", backend, ns.size(), what, movedUs);
            if (what.equals("client")) {
                assertThat(movedUs)
                        .as("the client waits for the server's sleep")
                        .isGreaterThan(1800.0);
            } else if (what.startsWith("nginx")) {
                assertThat(movedUs).as(backend + ": " + what).isCloseTo(clientUs, within(CLIENT_ERROR * clientUs));
            } else {
                assertThat(movedUs).as(backend + ": " + what).isBetween(-100.0, 100.0);
            }
        });
        assertThat(moved.keySet()).as("hops of " + backend).anyMatch(what -> what.startsWith("nginx"));
    }

    @Test
    void theInferredSplitIsWhatTheKernelItselfSays() throws Exception {
        Assumptions.assumeTrue(SystemNeeds.guestProbe(), "needs tracepoints");
        assertSplit(run(directory, "--guest-probe"));
    }

    /** The kernel's own word, as a third party: how wrong the inferred split is. */
    private static void assertSplit(Report fast) {
        SplitError split = fast.statement().split().orElseThrow();
        System.out.printf(
                "guest-tcpip p50 %.1f us inferred, %.1f us exact; nginx p50 %.1f us inferred, %.1f us exact; of a request off by"
                        + " %.1f us at p50, %.1f us at p99%n",
                split.inferred().p50Ns() / US,
                split.exact().p50Ns() / US,
                split.serverInferred().p50Ns() / US,
                split.serverExact().p50Ns() / US,
                split.error().p50Ns() / US,
                split.error().p99Ns() / US);
        assertThat(split.exact().count())
                .as("requests of which the kernel told")
                .isGreaterThan(1000);
        assertThat((double) split.serverInferred().p50Ns() / split.serverExact().p50Ns())
                .as("the server's time, inferred over exact")
                .isBetween(0.85, 1.15);
        assertThat(split.misplaced())
                .as("of the guest's time is said to be the wrong one's")
                .isLessThan(0.15);
    }

    private Report run(Path out, String... arguments) throws Exception {
        Process demo = demo(out, REQUESTS, arguments);
        assertThat(demo.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.exists(out.resolve("report.json")))
                .as(Files.readString(out.resolve("output")))
                .isTrue();
        return ReportJson.read(Files.readString(out.resolve("report.json")));
    }
}
