package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.controller.Controller;
import io.hopline.controller.ControllerOptions;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.packet.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A controller and two nodes in namespaces of their own, with guests of network blue (10.0.1.0/24, fd00:1::/64) and a client outside: a
 * whole small data centre, without services.
 */
final class HostPair implements AutoCloseable {
    private final String prefix = "hlt" + ProcessHandle.current().pid() + "p"
            + ThreadLocalRandom.current().nextInt(1000);
    private final Map<String, NetNs> namespaces = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private final Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private String rest = "";

    private HostPair(Path folder) {
        this.folder = folder;
    }

    /** Skips the test where there is no right to make namespaces; what was made until something failed goes again. */
    static HostPair start(Path folder) throws Exception {
        HostPair pair = new HostPair(folder);
        try {
            pair.begin();
            return pair;
        } catch (Exception | Error e) {
            pair.close();
            throw e;
        }
    }

    private void begin() throws Exception {
        running.push(http);
        for (String name : List.of("a", "b", "out")) {
            make(name);
        }
        wire("a", "under", "192.0.2.1/24", "b", "under", "192.0.2.2/24");
        wire("a", "outer", "198.51.100.1/24", "out", "eth0", "198.51.100.2/24");
        in("out").ip("route", "add", "10.0.1.0/24", "dev", "eth0");
        in("out").ip("addr", "add", "fd00:9::2/64", "dev", "eth0", "nodad");
        in("out").ip("route", "add", "fd00:1::/64", "dev", "eth0");
        Controller controller = Controller.start(new ControllerOptions(
                "127.0.0.1:0", List.of("ptcp:0:127.0.0.1"), "embedded:" + folder.resolve("store")));
        running.push(controller);
        rest = "http://" + controller.restAddress() + "/api/v1/";
        int openFlow = ((InetSocketAddress) controller.openFlowAddresses().getFirst()).getPort();
        running.push(node("a", "192.0.2.1", Optional.of("outer"), openFlow));
        running.push(node("b", "192.0.2.2", Optional.empty(), openFlow));
        post("networks", "{\"name\":\"blue\",\"subnet\":\"10.0.1.0/24\",\"subnet6\":\"fd00:1::/64\",\"vni\":100}");
    }

    private void make(String name) {
        try {
            namespaces.put(name, NetNs.create(prefix + name));
            names.add(prefix + name);
        } catch (LinuxException e) {
            assumeTrue(false, "needs root for network namespaces: " + e.getMessage());
        }
        in(name).ip("link", "set", "lo", "up");
    }

    NetNs in(String name) {
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

    JsonNode get(String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(rest + path)));
    }

    JsonNode post(String path, String body) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(rest + path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    JsonNode patch(String path, String body) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(rest + path))
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body)));
    }

    private JsonNode send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return JsonMapper.shared().readTree(response.body());
    }

    /** A guest of the vNIC's name, with its address, on a node. */
    NetNs guest(String vnic, String node) throws Exception {
        make(vnic);
        JsonNode made = post("vnics", "{\"name\":\"" + vnic + "\",\"network\":\"blue\"}");
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve(node + ".ctl")));
                PrintWriter out = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
                BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            out.print("""
                    {"cmd":"attach","name":"%s","netns":"%s","mac":"%s","mtu":1450}
                    """.formatted(vnic, prefix + vnic, made.path("mac").asString()));
            out.flush();
            assertThat(in.readLine()).contains("\"ok\":true");
        }
        NetNs guest = in(vnic);
        guest.ip("addr", "add", made.path("ip").asString() + "/24", "dev", "eth0");
        guest.ip("route", "add", "default", "via", "10.0.1.1");
        return guest;
    }

    @Override
    public void close() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
        namespaces.values().forEach(NetNs::close);
        names.forEach(NetNs::delete);
    }
}
