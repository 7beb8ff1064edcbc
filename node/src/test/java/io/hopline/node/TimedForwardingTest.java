package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.hopline.packet.FramePool;
import io.hopline.packet.IpAddress;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.vnic.PacketPort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Requests by what else carries them than IPv4 through NAT, hop by hop: backends web1 on host a and web2 on host b, a client outside. */
@Tag("netns")
class TimedForwardingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CLIENT6 = "[fd00:9::2]:";
    private static final Set<String> ONE_HOST = Set.of(
            "host-nic request a",
            "vswitch request a",
            "vnic request a",
            "guest request a",
            "vnic response a",
            "vswitch response a",
            "host-nic response a");
    private static final Set<String> TWO_HOSTS = Set.of(
            "host-nic request a",
            "vswitch request a",
            "overlay request b",
            "host-nic request b",
            "vswitch request b",
            "vnic request b",
            "guest request b",
            "vnic response b",
            "vswitch response b",
            "host-nic response b",
            "overlay response a",
            "host-nic response a",
            "vswitch response a");

    @TempDir
    Path folder;

    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private HostPair hosts;

    @BeforeEach
    void start() throws Exception {
        hosts = HostPair.start(folder);
        running.push(hosts);
        hosts.guest("web1", "a");
        hosts.guest("web2", "b");
    }

    @AfterEach
    void stop() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
    }

    private String address(String vnic) throws Exception {
        return hosts.get("vnics/" + vnic).path("ip6").asString();
    }

    /** Answers each line with the guest's name, until the client leaves. */
    private void serveLines(String guest, String ip, int port) throws IOException {
        ServerSocket listener = hosts.in(guest).call(() -> new ServerSocket(port, 50, InetAddress.getByName(ip)));
        running.push(listener);
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket accepted = listener.accept();
                    Thread.ofVirtual().start(() -> answerLines(accepted, guest));
                } catch (IOException e) {
                    // The end.
                }
            }
        });
    }

    private static void answerLines(Socket socket, String guest) {
        try (socket) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            while (in.readLine() != null) {
                socket.getOutputStream().write((guest + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            // A client, or a health check, that left.
        }
    }

    /** Sends every datagram back. */
    private void serveDatagrams(String guest, String ip, int port) throws IOException {
        DatagramSocket socket = hosts.in(guest).call(() -> new DatagramSocket(port, InetAddress.getByName(ip)));
        running.push(socket);
        Thread.ofVirtual().start(() -> {
            byte[] buffer = new byte[2_000];
            while (!socket.isClosed()) {
                try {
                    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                    socket.receive(packet);
                    socket.send(packet);
                } catch (IOException e) {
                    // The end.
                }
            }
        });
    }

    /** Asks so often over one connection; says who answered, nothing when nobody did. */
    private String ask(String vip, int port, int requests) throws IOException {
        try (Socket socket = new Socket()) {
            hosts.in("out").call(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getByName(vip), port), 2_000);
                return true;
            });
            socket.setSoTimeout(5_000);
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String answer = "";
            for (int i = 0; i < requests; i++) {
                socket.getOutputStream().write("who?\n".getBytes(StandardCharsets.US_ASCII));
                answer = in.readLine();
            }
            return answer == null ? "" : answer;
        } catch (SocketException | SocketTimeoutException e) {
            return "";
        }
    }

    /** One datagram there and back; false when none came. */
    private boolean askByDatagram(String vip, int port) throws IOException {
        try (DatagramSocket socket = hosts.in("out").call(() -> new DatagramSocket())) {
            socket.setSoTimeout(2_000);
            byte[] question = ("what is " + System.nanoTime()).getBytes(StandardCharsets.US_ASCII);
            socket.send(new DatagramPacket(question, question.length, InetAddress.getByName(vip), port));
            socket.receive(new DatagramPacket(new byte[100], 100));
            return true;
        } catch (SocketException | SocketTimeoutException e) {
            return false;
        }
    }

    private List<JsonNode> traces(String service, String backend) throws Exception {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode trace : hosts.get("sla/traces").path("traces")) {
            if (trace.path("service").asString().equals(service)
                    && trace.path("backend").asString().equals(backend)) {
                found.add(trace);
            }
        }
        return found;
    }

    /** Its hops, what kernel and server of the guest took as one. */
    private static Set<String> hops(JsonNode trace) {
        Set<String> hops = new HashSet<>();
        for (JsonNode hop : trace.path("hops")) {
            String name = hop.path("hop").asString();
            hops.add((name.equals("guest-tcpip") || name.equals("nginx") ? "guest" : name) + " "
                    + hop.path("direction").asString() + " " + hop.path("host").asString());
        }
        return hops;
    }

    private static boolean isWhole(JsonNode trace, Set<String> hops) {
        long sum = 0;
        for (JsonNode hop : trace.path("hops")) {
            sum += hop.path("ns").asLong();
        }
        return trace.path("unattributedNs").asLong() == 0
                && sum == trace.path("endToEndNs").asLong()
                && hops(trace).equals(hops);
    }

    /** Of a backend's requests so many were timed, each hop of its way. */
    private void assertTimed(String service, String backend, int requests, Set<String> hops) {
        await(service + " by " + backend)
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(traces(service, backend).stream()
                                .filter(trace -> isWhole(trace, hops))
                                .count())
                        .as(() -> service + " by " + backend + ": " + shown(service, backend))
                        .isGreaterThanOrEqualTo(requests));
    }

    private String shown(String service, String backend) {
        try {
            return traces(service, backend).stream()
                            .map(JsonNode::toString)
                            .limit(3)
                            .toList() + " " + hosts.get("sla/joiner");
        } catch (Exception e) {
            return e.toString();
        }
    }

    /** Asks until each backend has answered so many requests, five over each connection. */
    private void askBoth(String vip, int port, int requestsEach) {
        Map<String, Integer> answered = new HashMap<>();
        await().atMost(PATIENCE).until(() -> {
            answered.merge(ask(vip, port, 5), 5, Integer::sum);
            return answered.getOrDefault("web1", 0) >= requestsEach && answered.getOrDefault("web2", 0) >= requestsEach;
        });
    }

    @Test
    void requestsByIpv6AreTimedHopByHop() throws Exception {
        for (String guest : List.of("web1", "web2")) {
            String ip = address(guest);
            await().atMost(PATIENCE).until(() -> hosts.in("out").call(() -> isReachable(ip)));
            serveLines(guest, "::", 8080);
            serveDatagrams(guest, "::", 5353);
        }
        hosts.post("services", """
                {"name":"web","network":"blue","vip":"[fd00:1::100]:80","check":"none",
                 "backends":["web1:8080","web2:8080"]}""");
        hosts.post("services", """
                {"name":"udp","network":"blue","vip":"[fd00:1::101]:53","protocol":"udp","check":"none",
                 "backends":["web1:5353","web2:5353"]}""");
        Path dump = witness("web1", 8080);
        await().atMost(PATIENCE).until(() -> !ask("fd00:1::100", 80, 1).isEmpty());
        await().atMost(PATIENCE).until(() -> {
            ask("fd00:1::100", 80, 1);
            return !traces("web", "web1").isEmpty() && !traces("web", "web2").isEmpty();
        });

        askBoth("fd00:1::100", 80, 50);
        assertTimed("web", "web1", 40, ONE_HOST);
        assertTimed("web", "web2", 40, TWO_HOSTS);
        assertThat(traces("web", "web1"))
                .allSatisfy(trace -> assertThat(trace.path("client").asString()).startsWith(CLIENT6));
        assertAgrees(dump, "web1", IpAddress.parse(address("web1")) + ".8080");

        await().atMost(PATIENCE).until(() -> {
            askByDatagram("fd00:1::101", 53);
            return traces("udp", "web1").size() >= 5 && traces("udp", "web2").size() >= 5;
        });
        assertTimed("udp", "web1", 5, ONE_HOST);
        assertTimed("udp", "web2", 5, TWO_HOSTS);

        assertBehindExtensionHeaders(IpAddress.parse("fd00:1::101"), 53);

        for (String guest : List.of("web1", "web2")) {
            String ip = address(guest);
            hosts.in("out").call(() -> isReachable(ip));
        }
        assertTimed("icmp:echo", "web1", 1, ONE_HOST);
        assertTimed("icmp:echo", "web2", 1, TWO_HOSTS);
    }

    /** Datagrams behind hop-by-hop and destination options, a route of nothing and a fragment that is the whole. */
    private void assertBehindExtensionHeaders(IpAddress vip, int port) throws Exception {
        Matcher neighbour = Pattern.compile(vip + " .*lladdr (\\S+) ")
                .matcher(hosts.in("out").call(() -> {
                    Process ip = new ProcessBuilder("ip", "-6", "neigh", "show", vip.toString(), "dev", "eth0").start();
                    return vip + " " + new String(ip.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                }));
        assertThat(neighbour.find()).as("the VIP's hardware address").isTrue();
        Set<String> clients = new HashSet<>();
        try (PacketPort wire = PacketPort.open(hosts.in("out"), "eth0", "wire", Port.Kind.UPLINK);
                FramePool pool = FramePool.of(8)) {
            var ends = new ExtendedFrames.Ends(
                    wire.mac(), MacAddress.parse(neighbour.group(1)), IpAddress.parse("fd00:9::2"), vip);
            for (int i = 0; i < 12; i++) {
                try (DatagramSocket socket = hosts.in("out").call(() -> new DatagramSocket())) {
                    socket.setSoTimeout(30_000);
                    StampFilterTest.send(
                            wire,
                            pool,
                            ExtendedFrames.udp(
                                    ends,
                                    socket.getLocalPort(),
                                    port,
                                    ("extended" + i).getBytes(StandardCharsets.US_ASCII),
                                    IpProtocol.HOP_BY_HOP,
                                    IpProtocol.ROUTING,
                                    IpProtocol.FRAGMENT,
                                    IpProtocol.DESTINATION_OPTIONS));
                    socket.receive(new DatagramPacket(new byte[100], 100));
                    clients.add(CLIENT6 + socket.getLocalPort());
                }
            }
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            Set<String> timed = new HashSet<>();
            for (JsonNode trace : traces("udp", "web1")) {
                timed.addAll(
                        isWhole(trace, ONE_HOST) ? Set.of(trace.path("client").asString()) : Set.of());
            }
            for (JsonNode trace : traces("udp", "web2")) {
                timed.addAll(
                        isWhole(trace, TWO_HOSTS) ? Set.of(trace.path("client").asString()) : Set.of());
            }
            // A stamp may be lost on a busy machine, but not those of most.
            timed.retainAll(clients);
            assertThat(timed).as(() -> "of " + clients).hasSizeGreaterThan(clients.size() / 2);
        });
    }

    @Test
    void requestsToBackendsThatAnswerFromTheVipAreTimedHopByHopAndTheirConnectionsCounted() throws Exception {
        for (String guest : List.of("web1", "web2")) {
            hosts.in(guest).ip("addr", "add", "10.0.1.100/32", "dev", "lo");
            serveLines(guest, "10.0.1.100", 8080);
            serveDatagrams(guest, "10.0.1.100", 7000);
        }
        hosts.post("services", """
                {"name":"web","network":"blue","vip":"10.0.1.100:8080","check":"none",
                 "backends":["web1:8080","web2:8080"],"l4":{"forwarding":"dsr"}}""");
        hosts.post("services", """
                {"name":"udp","network":"blue","vip":"10.0.1.100:7000","protocol":"udp","check":"none",
                 "backends":["web1:7000","web2:7000"],"l4":{"forwarding":"dsr"}}""");
        Path dump = witness("web1", 8080);
        await().atMost(PATIENCE).until(() -> {
            ask("10.0.1.100", 8080, 1);
            return !traces("web", "web1").isEmpty() && !traces("web", "web2").isEmpty();
        });
        askBoth("10.0.1.100", 8080, 50);
        assertTimed("web", "web1", 40, ONE_HOST);
        assertTimed("web", "web2", 40, TWO_HOSTS);
        assertAgrees(dump, "web1", "10.0.1.100.8080");
        await().atMost(PATIENCE).until(() -> {
            askByDatagram("10.0.1.100", 7000);
            return traces("udp", "web1").size() >= 5 && traces("udp", "web2").size() >= 5;
        });
        assertTimed("udp", "web1", 5, ONE_HOST);
        assertTimed("udp", "web2", 5, TWO_HOSTS);
        for (String service : List.of("web", "udp")) {
            await(service)
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    hosts.get("services/" + service + "/live").path("backends"))
                            .hasSize(2)
                            .allSatisfy(backend -> assertThat(
                                            backend.path("connectionsBegun").asLong())
                                    .isGreaterThanOrEqualTo(5)));
        }
    }

    private static boolean isReachable(String ip) throws IOException {
        try {
            return InetAddress.getByName(ip).isReachable(1_000);
        } catch (SocketException e) {
            return false;
        }
    }

    /** Has tcpdump, where there is one, write down what passes a guest's device. */
    private Path witness(String guest, int port) throws Exception {
        Path dump = folder.resolve(guest + ".txt");
        if (!Files.isExecutable(Path.of("/usr/bin/tcpdump"))) {
            return dump;
        }
        List<String> command = List.of(
                "tcpdump", "-i", "eth0", "-n", "-tt", "-l", "--time-stamp-precision=nano", "tcp", "port", "" + port);
        Process tcpdump = hosts.in(guest)
                .call(() -> new ProcessBuilder(command)
                        .redirectOutput(dump.toFile())
                        .redirectError(folder.resolve(guest + ".err").toFile())
                        .start());
        running.push(() -> {
            tcpdump.destroy();
            tcpdump.waitFor(10, TimeUnit.SECONDS);
        });
        await().atMost(PATIENCE)
                .until(() -> Files.readString(folder.resolve(guest + ".err")).contains("listening"));
        return dump;
    }

    /** What tcpdump saw of requests' turn-around at the guest's device is what the traces say of it: within 5 us at the median. */
    private void assertAgrees(Path dump, String backend, String server) throws Exception {
        if (!Files.exists(dump)) {
            return;
        }
        Map<String, List<Long>> captured = turnArounds(dump, server);
        Map<String, List<Long>> reported = new HashMap<>();
        for (JsonNode trace : traces("web", backend)) {
            long ns = 0;
            for (JsonNode hop : trace.path("hops")) {
                String name = hop.path("hop").asString();
                ns += name.equals("guest-tcpip") || name.equals("nginx")
                        ? hop.path("ns").asLong()
                        : 0;
            }
            String client = trace.path("client").asString();
            reported.computeIfAbsent(client.substring(client.lastIndexOf(':') + 1), port -> new ArrayList<>())
                    .add(ns);
        }
        TreeSet<Long> errorsNs = new TreeSet<>();
        int[] compared = {0};
        reported.forEach((port, times) -> {
            List<Long> witnessed = captured.getOrDefault(port, List.of());
            for (int i = 0; witnessed.size() == times.size() && i < times.size(); i++) {
                errorsNs.add(Math.abs(times.get(i) - witnessed.get(i)) * 1_000 + compared[0]++);
            }
        });
        assertThat(compared[0]).as("requests seen by both").isGreaterThanOrEqualTo(20);
        long medianNs = List.copyOf(errorsNs).get(errorsNs.size() / 2) / 1_000;
        System.out.printf(
                "turn-around at %s, %d requests seen by tcpdump, too: median error %d ns%n",
                server, compared[0], medianNs);
        assertThat(medianNs).isCloseTo(0, within(5_000L));
    }

    /** Client's port to its requests' turn-around. */
    private static Map<String, List<Long>> turnArounds(Path dump, String server) throws IOException {
        Pattern line = Pattern.compile("(\\d+)\\.(\\d{9}) IP6? (\\S+) > (\\S+): Flags \\[.*length (\\d+).*");
        Map<String, Long> asked = new HashMap<>();
        Map<String, List<Long>> times = new HashMap<>();
        for (String text : Files.readAllLines(dump)) {
            Matcher seen = line.matcher(text);
            if (!seen.matches() || seen.group(5).equals("0")) {
                continue;
            }
            long ns = Long.parseLong(seen.group(1)) * 1_000_000_000L + Long.parseLong(seen.group(2));
            boolean request = seen.group(4).equals(server);
            String client = seen.group(request ? 3 : 4);
            String port = client.substring(client.lastIndexOf('.') + 1);
            if (request) {
                asked.put(port, ns);
            } else if (asked.containsKey(port)) {
                times.computeIfAbsent(port, p -> new ArrayList<>()).add(ns - asked.remove(port));
            }
        }
        return times;
    }
}
