package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.controller.Controller;
import io.hopline.controller.ControllerOptions;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.packet.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * IPv6 beside IPv4: a controller and two nodes, a guest on each whose kernel makes its own address from what the switch
 * advertises, and a client outside.
 */
@Tag("netns")
class DualStackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String prefix = "hlt" + ProcessHandle.current().pid() + "d"
            + ThreadLocalRandom.current().nextInt(1000);
    private final Map<String, NetNs> namespaces = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    @TempDir
    Path folder;

    private HttpClient http;
    private String rest;

    @BeforeEach
    void start() throws Exception {
        for (String name : List.of("a", "b", "g1", "g2", "out")) {
            try {
                namespaces.put(name, NetNs.create(prefix + name));
                names.add(prefix + name);
            } catch (LinuxException e) {
                assumeTrue(false, "needs root for network namespaces: " + e.getMessage());
            }
        }
        wire("a", "under", "192.0.2.1/24", "b", "under", "192.0.2.2/24");
        wire("a", "outer", "198.51.100.1/24", "out", "eth0", "198.51.100.2/24");
        in("out").ip("addr", "add", "fd00:9::2/64", "dev", "eth0", "nodad");
        in("out").ip("route", "add", "fd00:1::/64", "dev", "eth0");

        http = HttpClient.newHttpClient();
        running.push(http);
        Controller controller = Controller.start(new ControllerOptions(
                "127.0.0.1:0", List.of("ptcp:0:127.0.0.1"), "embedded:" + folder.resolve("store")));
        running.push(controller);
        rest = "http://" + controller.restAddress() + "/api/v1/";
        int openFlow = ((InetSocketAddress) controller.openFlowAddresses().getFirst()).getPort();
        running.push(node("a", "192.0.2.1", Optional.of("outer"), openFlow));
        running.push(node("b", "192.0.2.2", Optional.empty(), openFlow));
        post("networks", "{\"name\":\"blue\",\"subnet\":\"10.0.1.0/24\",\"subnet6\":\"fd00:1::/64\",\"vni\":100}");
        attach("web1", "a", "g1");
        attach("web2", "b", "g2");
    }

    private NetNs in(String name) {
        return Objects.requireNonNull(namespaces.get(name), name);
    }

    private void wire(String one, String device, String ip, String other, String otherDevice, String otherIp) {
        in(one).ip("link", "add", device, "type", "veth", "peer", "name", otherDevice, "netns", prefix + other);
        in(one).ip("addr", "add", ip, "dev", device);
        in(one).ip("link", "set", device, "up");
        in(other).ip("addr", "add", otherIp, "dev", otherDevice);
        in(other).ip("link", "set", otherDevice, "up");
    }

    private Node node(String name, String vtep, Optional<String> uplink, int openFlow) throws IOException {
        return Node.start(new NodeOptions(
                name,
                NodeOptions.datapathIdOf(name),
                List.of("tcp:127.0.0.1:" + openFlow),
                List.of(),
                Optional.of(URI.create(rest.replace("/api/v1/", ""))),
                Optional.of(IpAddress.parse(vtep)),
                uplink,
                List.of(),
                Optional.of("punix:" + folder.resolve(name + ".ctl")),
                Optional.of(prefix + name),
                Optional.empty(),
                NodeOptions.DEFAULT_BUSY_POLL_NS,
                NodeOptions.DEFAULT_WORKERS,
                0));
    }

    private JsonNode post(String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(rest + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return JsonMapper.shared().readTree(response.body());
    }

    private String address(String vnic) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(rest + "vnics/" + vnic)).build();
        String body = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return JsonMapper.shared().readTree(body).path("ip6").asString();
    }

    private void attach(String vnic, String node, String guest) throws Exception {
        String mac = post("vnics", "{\"name\":\"" + vnic + "\",\"network\":\"blue\"}")
                .path("mac")
                .asString();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve(node + ".ctl")));
                PrintWriter out = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
                BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            out.print("""
                    {"cmd":"attach","name":"%s","netns":"%s","mac":"%s","mtu":1450}
                    """.formatted(vnic, prefix + guest, mac));
            out.flush();
            assertThat(in.readLine()).contains("\"ok\":true");
        }
    }

    @AfterEach
    void stop() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
        namespaces.values().forEach(NetNs::close);
        names.forEach(NetNs::delete);
    }

    /** False, too, while the guest has no address yet. */
    private boolean reaches(String from, String ip) throws IOException {
        try {
            return in(from).call(() -> InetAddress.getByName(ip).isReachable(1_000));
        } catch (SocketException e) {
            return false;
        }
    }

    /** One byte there and back over TCP. */
    private void speaks(String client, String server, String ip) throws Exception {
        try (ServerSocket listener = in(server).call(() -> new ServerSocket(0, 1, InetAddress.getByName(ip)));
                Socket socket = new Socket()) {
            in(client).call(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getByName(ip), listener.getLocalPort()), 30_000);
                return true;
            });
            try (Socket accepted = listener.accept()) {
                socket.getOutputStream().write(42);
                assertThat(accepted.getInputStream().read()).isEqualTo(42);
                accepted.getOutputStream().write(43);
                assertThat(socket.getInputStream().read()).isEqualTo(43);
            }
        }
    }

    @Test
    void guestsMakeTheAddressesThatTheControllerKnowsAndSpeakFromNoOthers() throws Exception {
        String web1 = address("web1");
        String web2 = address("web2");
        assertThat(web1).startsWith("fd00:1::");

        await().atMost(PATIENCE).until(() -> reaches("g1", web2) && reaches("g2", web1));

        assertThat(in("g1").call(() -> run("ip", "-6", "addr", "show", "dev", "eth0")))
                .contains(web1 + "/64")
                .contains("dynamic");
        assertThat(in("g1").call(() -> run("ip", "-6", "route"))).contains("default via fe80::");
        speaks("g1", "g2", web2);
        speaks("g2", "g1", web1);

        in("g1").ip("addr", "add", "fd00:1::bad/64", "dev", "eth0", "nodad");
        assertThat(in("g1").call(() -> run("ping", "-6", "-c", "2", "-W", "1", "-I", "fd00:1::bad", web2)))
                .contains("100% packet loss");
        assertThat(in("g1").call(() -> run("ping", "-6", "-c", "2", "-W", "1", "-I", web1, web2)))
                .contains(" 0% packet loss");
    }

    @Test
    void clientsOutsideReachGuestsOnBothHosts() throws Exception {
        for (String vnic : List.of("web1", "web2")) {
            String ip = address(vnic);
            await().atMost(PATIENCE).until(() -> reaches("out", ip));
        }
        speaks("out", "g1", address("web1"));
        speaks("out", "g2", address("web2"));

        post(
                "services",
                "{\"name\":\"web\",\"network\":\"blue\",\"vip\":\"[fd00:1::100]:80\",\"check\":\"tcp\","
                        + "\"backends\":[\"web1:8080\",\"web2:8080\"]}");
        try (ServerSocket web1 = greets("g1", 1);
                ServerSocket web2 = greets("g2", 2)) {
            Set<Integer> greeted = new HashSet<>();
            await().atMost(PATIENCE).until(() -> {
                greeted.add(greeting());
                return greeted.containsAll(Set.of(1, 2));
            });
        }
        assertThat(reaches("out", "fd00:1::100")).isTrue();
    }

    /** A server that says its number to whoever connects, until it is closed. */
    private ServerSocket greets(String guest, int number) throws IOException {
        ServerSocket listener = in(guest).call(() -> new ServerSocket(8080, 50, InetAddress.getByName("::")));
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try (Socket accepted = listener.accept()) {
                    accepted.getOutputStream().write(number);
                } catch (IOException e) {
                    // A health check that left at once, or the end.
                }
            }
        });
        return listener;
    }

    /** Which server the service gives a client outside; 0 while there is none. */
    private int greeting() {
        try (Socket socket = new Socket()) {
            in("out").call(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getByName("fd00:1::100"), 80), 1_000);
                return true;
            });
            socket.setSoTimeout(1_000);
            return Math.max(0, socket.getInputStream().read());
        } catch (IOException e) {
            return 0;
        }
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
