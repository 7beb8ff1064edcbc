package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hopline.linux.NetNs;
import io.hopline.packet.Ipv4Address;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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

/** DNS queries and pings over the two hosts of the demo, hop by hop, with tcpdump as the witness. */
@Tag("netns")
class DatagramTimingTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String VIP = "10.0.1.53";
    private static final int CLIENTS = 60;
    private static final int QUERIES = 15;
    private static final int PINGS = 40;
    /** What a boundary may be off, or 5 % of the stretch; a stretch has two boundaries. */
    private static final double STRETCH_NS = 10_000;

    private static final String ONE_HOST = "host-nic>a vswitch>a vnic>a guest>a vnic<a vswitch<a host-nic<a";
    private static final String TWO_HOSTS = "host-nic>a vswitch>a overlay>b host-nic>b vswitch>b vnic>b guest>b"
            + " vnic<b vswitch<b host-nic<b overlay<a host-nic<a vswitch<a";

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void needsRootAndPrograms() {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "nginx", "udhcpc", "tcpdump", "dnsmasq", "ping"),
                "needs iproute2, nginx, udhcpc, tcpdump, dnsmasq-base and iputils-ping");
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

    private Process start(String log, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(log).toFile())
                .start();
        started.add(process);
        return process;
    }

    private Process startIn(String netns, String log, String... command) throws IOException {
        var words = new ArrayList<>(List.of("ip", "netns", "exec", netns));
        words.addAll(List.of(command));
        return start(log, words);
    }

    @Test
    void everyHopOfDnsQueriesAndPingsIsTimed() throws Exception {
        Process demo = start(
                "output",
                JavaProcess.command(
                        256,
                        List.of("demo", "--out=" + directory, "--sample=1", "--rate=200", "--requests=50", "--keep")));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> Files.exists(directory.resolve("report.json")) || !demo.isAlive());
        assertThat(demo.isAlive())
                .as(Files.readString(directory.resolve("output")))
                .isTrue();
        Map<String, String> names = environment();
        RestClient rest = new RestClient(URI.create(name(names, "HOPLINE_CONTROLLER")));
        rest.post(
                "/api/v1/services",
                Map.of(
                        "name", "dns",
                        "network", "blue",
                        "vip", VIP + ":53",
                        "protocol", "udp",
                        "backends", List.of("web1:53", "web2:53")));
        for (String guest : List.of("web1", "web2")) {
            String netns = name(names, guest.toUpperCase(Locale.ROOT) + "_NS");
            startIn(
                    netns,
                    guest + ".dns",
                    "dnsmasq",
                    "--keep-in-foreground",
                    "--conf-file=/dev/null",
                    "--user=root",
                    "--pid-file=",
                    "--no-resolv",
                    "--no-hosts",
                    "--host-record=www.test," + Demo.WEB1_IP);
        }
        try (NetNs client = NetNs.open(name(names, "CLIENT_NS"))) {
            Awaitility.await().atMost(PATIENCE).until(() -> {
                try (DatagramSocket socket = socket(client)) {
                    return ask(socket, 1, 1_000);
                }
            });
            queriesAreTimed(rest, names, client);
        }
        oneQueryIsWalked(rest);
        pingsAreTimed(rest, names);
    }

    private Map<String, String> environment() throws IOException {
        Map<String, String> names = new TreeMap<>();
        for (String line : Files.readAllLines(directory.resolve("run/env"))) {
            names.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        return names;
    }

    private static String name(Map<String, String> names, String which) {
        return Objects.requireNonNull(names.get(which), which);
    }

    private static DatagramSocket socket(NetNs client) throws IOException {
        DatagramSocket socket = client.call(() -> new DatagramSocket(0));
        socket.connect(new InetSocketAddress(InetAddress.getByName(VIP), 53));
        return socket;
    }

    /** Asks for www.test; true when the answer to this query came within the time. */
    private static boolean ask(DatagramSocket socket, int id, int timeoutMs) throws IOException {
        ByteBuffer query = ByteBuffer.allocate(64)
                .putShort((short) id)
                .putShort((short) 0x0100)
                .putShort((short) 1)
                .put(new byte[6])
                .put("\3www\4test\0".getBytes(StandardCharsets.ISO_8859_1))
                .putShort((short) 1)
                .putShort((short) 1);
        socket.setSoTimeout(timeoutMs);
        byte[] answer = new byte[512];
        try {
            socket.send(new DatagramPacket(query.array(), query.position()));
            DatagramPacket packet = new DatagramPacket(answer, answer.length);
            socket.receive(packet);
            ByteBuffer read = ByteBuffer.wrap(answer, 0, packet.getLength());
            // One answer, and no error.
            return read.getShort(0) == (short) id && (read.get(3) & 0xf) == 0 && read.getShort(6) == 1;
        } catch (SocketTimeoutException | PortUnreachableException e) {
            return false;
        }
    }

    private void queriesAreTimed(RestClient rest, Map<String, String> names, NetNs client) throws Exception {
        Path atVnic = directory.resolve("vnic.pcap");
        Path atNic = directory.resolve("nic.pcap");
        List<Process> witnesses =
                List.of(tcpdump(name(names, "WEB1_NS"), atVnic), tcpdump(name(names, "HOST_NS_A"), atNic));
        TreeMap<Integer, Integer> answered = new TreeMap<>();
        for (int i = 0; i < CLIENTS; i++) {
            try (DatagramSocket socket = socket(client)) {
                for (int query = 0; query < QUERIES; query++) {
                    if (ask(socket, i * QUERIES + query, 10_000)) {
                        answered.merge(socket.getLocalPort(), 1, Integer::sum);
                    }
                }
            }
        }
        assertThat(answered).hasSize(CLIENTS);
        List<JsonNode> traces = traces(
                rest, "dns", answered.keySet().stream().map(port -> ":" + port).toList(), CLIENTS * QUERIES);
        for (Process witness : witnesses) {
            Program.run("kill", "-INT", String.valueOf(witness.pid()));
            assertThat(witness.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(traces.stream().map(DatagramTimingTest::way).distinct())
                .containsExactlyInAnyOrder("web1 " + ONE_HOST, "web2 " + TWO_HOSTS);
        assertThat(traces)
                .allSatisfy(trace ->
                        assertThat(trace.path("unattributedNs").longValue()).isZero());
        assertAgree(
                "turn-around of web1",
                Capture.datagrams(atVnic, Ipv4Address.parse(Demo.WEB1_IP).bits(), 53),
                traces,
                "web1",
                "guest");
        assertAgree(
                "end to end", Capture.datagrams(atNic, Ipv4Address.parse(VIP).bits(), 53), traces, "", "");
        JsonNode report = rest.get("/api/v1/sla/report?service=dns");
        assertThat(report.path("end_to_end").path("count").longValue()).isGreaterThanOrEqualTo(traces.size());
        List<String> rows = new ArrayList<>();
        report.path("hops")
                .forEach(row -> rows.add(
                        row.path("hop").stringValue() + "@" + row.path("host").stringValue()));
        assertThat(rows).contains("guest@a", "guest@b", "overlay@b").doesNotContain("nginx@a", "guest-tcpip@a");
    }

    private static void oneQueryIsWalked(RestClient rest) {
        JsonNode outside = rest.post("/api/v1/path", Map.of("service", "dns"));
        assertThat(way(outside)).isIn("web1 " + ONE_HOST, "web2 " + TWO_HOSTS);
        assertThat(outside.path("unattributedNs").longValue()).isZero();
        assertThat(outside.path("clientNs").longValue())
                .isGreaterThan(outside.path("endToEndNs").longValue());
        assertThat(outside.has("dnsCode")).isTrue();
        assertThat(PathDiagram.draw(outside)).contains("dns, answered by web", "DNS response code", "| guest ");

        // Every other port of web1's leads to web1 itself, by another address than its own, so that such a walk is not
        // whole.
        JsonNode service = JsonMapper.shared().valueToTree(Map.of("vip", VIP + ":53", "protocol", "udp"));
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(CliException.class)
                .until(() -> {
                    JsonNode inside = GuestProbe.of(rest, "web1").walk(service);
                    return inside.path("client").stringValue().startsWith(Demo.WEB1_IP + ":")
                            && inside.has("dnsCode")
                            && way(inside).startsWith("web2 vnic>a vswitch>a ")
                            && way(inside).contains(" guest>b ");
                });
    }

    private Process tcpdump(String netns, Path pcap) throws IOException {
        Path log = directory.resolve(pcap.getFileName() + ".log");
        Process process = startIn(
                netns,
                log.getFileName().toString(),
                "tcpdump",
                "-i",
                "eth0",
                "-w",
                pcap.toString(),
                "-U",
                "-B",
                "4096",
                "--time-stamp-precision=nano",
                "udp",
                "port",
                "53");
        Awaitility.await().atMost(PATIENCE).until(() -> Files.readString(log).contains("listening on"));
        return process;
    }

    /**
     * The traces of some clients that were seen whole, once so many have come or nothing more does. A stamp may be lost or late on a
     * busy machine, and its request is excluded then or not whole; not many, and each loss is counted.
     */
    private static List<JsonNode> traces(RestClient rest, String service, List<String> clients, int expected) {
        List<JsonNode> traces = new ArrayList<>();
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            traces.clear();
            List<JsonNode> torn = new ArrayList<>();
            for (JsonNode trace : rest.get("/api/v1/sla/traces").path("traces")) {
                String client = trace.path("client").stringValue();
                if (trace.path("service").stringValue().equals(service)
                        && clients.stream().anyMatch(client::endsWith)) {
                    (trace.path("flags").toString().contains("incomplete") ? torn : traces).add(trace);
                }
            }
            assertThat(traces.size()).isBetween(expected * 9 / 10, expected);
            assertThat((long) torn.size()).as(() -> "not whole: " + torn).isLessThanOrEqualTo(lost(rest));
        });
        return traces;
    }

    /** Samples that were lost, by the word of hosts and controller, or came too late. */
    private static long lost(RestClient rest) {
        long lost = rest.get("/api/v1/sla/joiner").path("lateSightings").longValue();
        for (JsonNode minute : rest.get("/api/v1/sla/causes?since=1h").path("minutes")) {
            for (JsonNode host : minute.path("hosts")) {
                for (String where : List.of("turnFull", "stampsFull", "ringFull", "notSent", "gaveUp")) {
                    lost += host.path("samples").path(where).asLong(0);
                }
            }
        }
        return lost;
    }

    /** The backend and the hops that a request met, in order: there {@code >}, back {@code <}. */
    private static String way(JsonNode trace) {
        StringBuilder way = new StringBuilder(trace.path("backend").stringValue());
        for (JsonNode hop : trace.path("hops")) {
            way.append(' ')
                    .append(hop.path("hop").stringValue())
                    .append(hop.path("direction").stringValue().equals("request") ? '>' : '<')
                    .append(hop.path("host").stringValue());
        }
        return way.toString();
    }

    /** Compares the medians of what both saw of the same clients. */
    private static void assertAgree(
            String what,
            Map<Integer, List<Capture.Exchange>> witness,
            List<JsonNode> traces,
            String backend,
            String hop) {
        Map<Integer, List<Long>> said = new TreeMap<>();
        for (JsonNode trace : traces) {
            String client = trace.path("client").stringValue();
            if (trace.path("backend").stringValue().startsWith(backend)) {
                said.computeIfAbsent(
                                Integer.valueOf(client.substring(client.indexOf(':') + 1)), port -> new ArrayList<>())
                        .add(hop.isEmpty() ? trace.path("endToEndNs").longValue() : ns(trace, hop));
            }
        }
        List<Long> seen = new ArrayList<>();
        List<Long> reported = new ArrayList<>();
        said.forEach((port, times) -> {
            List<Capture.Exchange> there = witness.getOrDefault(port, List.of());
            if (there.size() == times.size()) {
                there.forEach(exchange -> seen.add(exchange.answeredNs() - exchange.askedNs()));
                reported.addAll(times);
            }
        });
        assertThat(seen).as(what + ": queries that both saw").hasSizeGreaterThan(100);
        double p50 = median(seen);
        System.out.printf(
                "%s: %d queries, p50 %.1f us by tcpdump, %.1f us by the report%n",
                what, seen.size(), p50 / 1e3, median(reported) / 1e3);
        assertThat((double) median(reported)).as(what).isCloseTo(p50, within(Math.max(0.05 * p50, STRETCH_NS)));
    }

    private static long ns(JsonNode trace, String name) {
        long ns = 0;
        for (JsonNode hop : trace.path("hops")) {
            ns += hop.path("hop").stringValue().equals(name) ? hop.path("ns").longValue() : 0;
        }
        return ns;
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private void pingsAreTimed(RestClient rest, Map<String, String> names) {
        ping(name(names, "CLIENT_NS"), Demo.WEB1_IP);
        ping(name(names, "CLIENT_NS"), Demo.WEB2_IP);
        ping(name(names, "CLIENT_NS"), VIP);
        List<JsonNode> echoes = traces(rest, "icmp:echo", List.of(""), 3 * PINGS);
        assertThat(echoes.stream().map(DatagramTimingTest::way).distinct())
                .containsExactlyInAnyOrder(
                        "web1 " + ONE_HOST.replace("guest", "guest-tcpip"),
                        "web2 " + TWO_HOSTS.replace("guest", "guest-tcpip"),
                        " host-nic>a vswitch>a host-nic<a");
        assertThat(echoes)
                .allSatisfy(trace ->
                        assertThat(trace.path("unattributedNs").longValue()).isZero());
        assertThat(rest.get("/api/v1/sla/report?service=icmp:echo")
                        .path("end_to_end")
                        .path("count")
                        .longValue())
                .isGreaterThanOrEqualTo(echoes.size());
        for (JsonNode row : rest.get("/api/v1/sla/report").path("backends")) {
            assertThat(row.path("service").stringValue()).isIn("web", "dns", "warm-up");
        }
    }

    private static void ping(String netns, String address) {
        String said = Program.run(
                "ip", "netns", "exec", netns, "ping", "-q", "-c", String.valueOf(PINGS), "-i", "0.02", address);
        assertThat(said).contains(" 0% packet loss");
    }
}
