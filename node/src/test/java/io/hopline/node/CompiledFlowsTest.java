package io.hopline.node;

import static io.hopline.node.WalkFrames.ACK;
import static io.hopline.node.WalkFrames.SYN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.controller.Controller;
import io.hopline.controller.ControllerOptions;
import io.hopline.packet.MacAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Walks packets through what a real controller compiles and sends, over real OpenFlow, to the real switches of two hosts:
 * a has the uplink, guests web1 and client and the service port, b has guest web2.
 */
class CompiledFlowsTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final MacAddress UPLINK = MacAddress.parse("02:00:00:00:aa:01");
    private static final MacAddress OUTSIDE = MacAddress.parse("02:00:00:00:cc:01");
    private static final MacAddress GATEWAY = MacAddress.parse("02:00:00:64:01:01");
    private static final MacAddress WEB1 = MacAddress.parse("02:00:00:64:01:0b");
    private static final MacAddress WEB2 = MacAddress.parse("02:00:00:64:01:0c");
    private static final MacAddress CLIENT = MacAddress.parse("02:00:00:64:01:14");
    private static final MacAddress SERVICE_PORT = MacAddress.parse("02:00:00:64:01:fe");
    private static final String OUTSIDE_IP = "198.51.100.2";
    private static final String VIP = "10.0.1.100";

    @TempDir
    Path directory;

    private HttpClient http;
    private Controller controller;
    private WalkHost a;
    private WalkHost b;

    @BeforeEach
    void start() {
        start("ipv4", "192.0.2.1", "192.0.2.2");
    }

    private void start(String store, String vtepA, String vtepB) {
        http = HttpClient.newHttpClient();
        controller = Controller.start(new ControllerOptions(
                "127.0.0.1:0", List.of("ptcp:0:127.0.0.1"), "embedded:" + directory.resolve(store)));
        a = new WalkHost("a", 0xa, vtepA)
                .port("eth0", 1)
                .port("vxlan0", 2)
                .port("web1", 3)
                .port("client", 4)
                .port("svc-blue", 5);
        b = new WalkHost("b", 0xb, vtepB).port("vxlan0", 1).port("web2", 2);
        put(
                "nodes/a",
                "{\"dpid\":\"a\",\"vtep\":\"" + vtepA + "\",\"uplink\":\"eth0\",\"uplinkMac\":\"" + UPLINK + "\"}");
        put("nodes/b", "{\"dpid\":\"b\",\"vtep\":\"" + vtepB + "\"}");
        post("networks", "{\"name\":\"blue\",\"subnet\":\"10.0.1.0/24\",\"vni\":100}");
        post("vnics", "{\"name\":\"web1\",\"network\":\"blue\",\"ip\":\"10.0.1.11\"}");
        post("vnics", "{\"name\":\"web2\",\"network\":\"blue\",\"ip\":\"10.0.1.12\"}");
        post("vnics", "{\"name\":\"client\",\"network\":\"blue\",\"ip\":\"10.0.1.20\"}");
    }

    private void connect() {
        int port = ((InetSocketAddress) controller.openFlowAddresses().getFirst()).getPort();
        a.agent.connect("tcp:127.0.0.1:" + port);
        b.agent.connect("tcp:127.0.0.1:" + port);
        awaitApplied();
    }

    private void l4() {
        service("l4");
        connect();
    }

    private void service(String mode) {
        post(
                "services",
                "{\"name\":\"web\",\"network\":\"blue\",\"vip\":\"10.0.1.100:80\",\"mode\":\"" + mode
                        + "\",\"backends\":[\"web1:8080\",\"web2:8080\"],\"check\":\"http:/\"}");
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        controller.close();
        http.close();
    }

    private void put(String path, String body) {
        send("PUT", path, body);
    }

    private void post(String path, String body) {
        send("POST", path, body);
    }

    private String send(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + controller.restAddress() + "/api/v1/" + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
            return response.body();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Waits until both switches confirmed the state's version; they apply it meanwhile. */
    private void awaitApplied() {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    a.poll();
                    b.poll();
                    JsonNode nodes = MAPPER.readTree(send("GET", "nodes", ""));
                    for (JsonNode node : nodes) {
                        assertThat(node.path("error").stringValue()).isEmpty();
                        if (node.path("applied").longValue() != controller.version()) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    /** Lets a frame into a host and carries what it becomes until it left; frames by "host/port". */
    private Map<String, List<byte[]>> walk(WalkHost host, String port, byte[] frame) {
        host.receive(port, frame);
        List<WalkHost> hosts = List.of(a, b);
        int turns = 0;
        while (a.carryTo(hosts) | b.carryTo(hosts)) {
            assertThat(turns++).as("turns between the hosts").isLessThan(4);
        }
        Map<String, List<byte[]>> arrived = new HashMap<>();
        for (WalkHost at : hosts) {
            for (String name : at.portNames()) {
                List<byte[]> frames = at.sent(name);
                if (!frames.isEmpty()) {
                    arrived.put(at.name + "/" + name, frames);
                }
            }
        }
        return arrived;
    }

    private byte[] walkTo(String destination, WalkHost host, String port, byte[] frame) {
        Map<String, List<byte[]>> arrived = walk(host, port, frame);
        assertThat(arrived).containsOnlyKeys(destination);
        assertThat(arrived.get(destination)).hasSize(1);
        return arrived.getOrDefault(destination, List.of()).getFirst();
    }

    private void walkNowhere(WalkHost host, String port, byte[] frame) {
        assertThat(walk(host, port, frame)).isEmpty();
    }

    @Test
    void guestsReachEachOtherOnOneHostAndAcross() {
        l4();
        byte[] near = WalkFrames.tcp(CLIENT, WEB1, "10.0.1.20", 5000, "10.0.1.11", 22, SYN);
        assertThat(walkTo("a/web1", a, "client", near)).isEqualTo(near);
        byte[] far = WalkFrames.tcp(CLIENT, WEB2, "10.0.1.20", 5000, "10.0.1.12", 22, SYN);
        assertThat(walkTo("b/web2", a, "client", far)).isEqualTo(far);
        byte[] back = WalkFrames.tcp(WEB2, CLIENT, "10.0.1.12", 22, "10.0.1.20", 5000, SYN | ACK);
        assertThat(walkTo("a/client", b, "web2", back)).isEqualTo(back);
    }

    @Test
    void guestsReachEachOtherOverAnIpv6Underlay() {
        stop();
        start("ipv6", "2001:db8::1", "2001:db8::2");
        l4();
        byte[] far = WalkFrames.tcp(CLIENT, WEB2, "10.0.1.20", 5000, "10.0.1.12", 22, SYN);
        assertThat(walkTo("b/web2", a, "client", far)).isEqualTo(far);
        byte[] broadcast = WalkFrames.udp(WEB2, WalkFrames.BROADCAST, "10.0.1.12", 5000, "10.0.1.255", 9);
        assertThat(walk(b, "web2", broadcast)).containsOnlyKeys("a/web1", "a/client", "a/svc-blue");
        arp(a, "eth0", OUTSIDE, OUTSIDE_IP, "10.0.1.12", UPLINK);
    }

    @Test
    void whoeverSpeaksWithSomebodyElsesAddressIsNotHeard() {
        l4();
        walkNowhere(a, "client", WalkFrames.tcp(WEB1, WEB2, "10.0.1.20", 5000, "10.0.1.12", 22, SYN));
        walkNowhere(a, "client", WalkFrames.tcp(CLIENT, WEB2, "10.0.1.11", 5000, "10.0.1.12", 22, SYN));
        walkNowhere(a, "client", WalkFrames.arpRequest(CLIENT, "10.0.1.11", "10.0.1.12"));
    }

    @Test
    void arpIsAnsweredWhereItIsAsked() {
        l4();
        arp(b, "web2", WEB2, "10.0.1.12", "10.0.1.1", GATEWAY);
        arp(b, "web2", WEB2, "10.0.1.12", "10.0.1.11", WEB1);
        arp(a, "client", CLIENT, "10.0.1.20", VIP, GATEWAY);
        arp(a, "client", CLIENT, "10.0.1.20", "10.0.1.254", SERVICE_PORT);
        arp(a, "eth0", OUTSIDE, OUTSIDE_IP, VIP, UPLINK);
        arp(a, "eth0", OUTSIDE, OUTSIDE_IP, "10.0.1.12", UPLINK);
        walkNowhere(a, "client", WalkFrames.arpRequest(CLIENT, "10.0.1.20", "10.0.1.99"));
        walkNowhere(a, "client", WalkFrames.arpRequest(CLIENT, "0.0.0.0", "10.0.1.20"));
        walkNowhere(a, "eth0", WalkFrames.arpRequest(OUTSIDE, OUTSIDE_IP, "198.51.100.1"));
    }

    private void arp(WalkHost host, String port, MacAddress asker, String askerIp, String target, MacAddress answer) {
        byte[] reply = walkTo(host.name + "/" + port, host, port, WalkFrames.arpRequest(asker, askerIp, target));
        assertThat(WalkFrames.destination(reply)).isEqualTo(asker);
        assertThat(WalkFrames.source(reply)).isEqualTo(answer);
        assertThat(WalkFrames.u16(reply, 20)).isEqualTo(2);
        assertThat(WalkFrames.mac(reply, 22)).isEqualTo(answer);
        assertThat(WalkFrames.ipAt(reply, 28)).isEqualTo(target);
        assertThat(WalkFrames.mac(reply, 32)).isEqualTo(asker);
        assertThat(WalkFrames.ipAt(reply, 38)).isEqualTo(askerIp);
    }

    @Test
    void dhcpGoesToTheNode() {
        l4();
        byte[] discover = WalkFrames.udp(WEB2, WalkFrames.BROADCAST, "0.0.0.0", 68, "255.255.255.255", 67);
        walkNowhere(b, "web2", discover);
        await().until(() -> b.local.size() == 1);
        assertThat(b.local.getFirst()).isEqualTo(discover);
    }

    @Test
    void theGatewayAndTheVipAnswerPings() {
        l4();
        ping(b, "web2", WEB2, "10.0.1.12", GATEWAY, "10.0.1.1");
        ping(a, "client", CLIENT, "10.0.1.20", GATEWAY, VIP);
        ping(a, "eth0", OUTSIDE, OUTSIDE_IP, UPLINK, VIP);
    }

    private void ping(WalkHost host, String port, MacAddress from, String ip, MacAddress to, String target) {
        byte[] reply = walkTo(host.name + "/" + port, host, port, WalkFrames.echo(from, to, ip, target));
        assertThat(WalkFrames.destination(reply)).isEqualTo(from);
        assertThat(WalkFrames.source(reply)).isEqualTo(to);
        assertThat(WalkFrames.ipAt(reply, 26)).isEqualTo(target);
        assertThat(WalkFrames.ipAt(reply, 30)).isEqualTo(ip);
        assertThat(reply[34]).isZero();
        assertThat(WalkFrames.intact(reply)).isTrue();
    }

    /** One connection from outside: SYN in, SYN/ACK back; returns the backend it went to, {@code a/web1} or {@code b/web2}. */
    private String connectFromOutside(int port) {
        byte[] syn = WalkFrames.tcp(OUTSIDE, UPLINK, OUTSIDE_IP, port, VIP, 80, SYN);
        String backend = open(a, "eth0", syn, OUTSIDE_IP, port);
        boolean isWeb1 = backend.equals("a/web1");
        byte[] reply = WalkFrames.tcp(
                isWeb1 ? WEB1 : WEB2, GATEWAY, isWeb1 ? "10.0.1.11" : "10.0.1.12", 8080, OUTSIDE_IP, port, SYN | ACK);
        byte[] answer = walkTo("a/eth0", isWeb1 ? a : b, isWeb1 ? "web1" : "web2", reply);
        assertThat(WalkFrames.ends(answer)).isEqualTo(VIP + ":80 > " + OUTSIDE_IP + ":" + port);
        assertThat(WalkFrames.destination(answer)).isEqualTo(OUTSIDE);
        assertThat(WalkFrames.source(answer)).isEqualTo(UPLINK);
        assertThat(WalkFrames.ttl(answer)).isEqualTo(63);
        assertThat(WalkFrames.intact(answer)).isTrue();
        return backend;
    }

    private String open(WalkHost host, String port, byte[] syn, String clientIp, int clientPort) {
        Map<String, List<byte[]>> arrived = walk(host, port, syn);
        assertThat(arrived).hasSize(1);
        String backend = arrived.keySet().iterator().next();
        byte[] frame = arrived.getOrDefault(backend, List.of()).getFirst();
        boolean isWeb1 = backend.equals("a/web1");
        assertThat(WalkFrames.ends(frame))
                .isEqualTo(clientIp + ":" + clientPort + " > " + (isWeb1 ? "10.0.1.11" : "10.0.1.12") + ":8080");
        assertThat(WalkFrames.destination(frame)).isEqualTo(isWeb1 ? WEB1 : WEB2);
        assertThat(WalkFrames.source(frame)).isEqualTo(GATEWAY);
        assertThat(WalkFrames.ttl(frame)).isEqualTo(63);
        assertThat(WalkFrames.intact(frame)).isTrue();
        return backend;
    }

    @Test
    void aClientOutsideReachesBothBackendsThroughTheVip() {
        l4();
        Set<String> backends = new HashSet<>();
        for (int port = 4000; port < 4032; port++) {
            String backend = connectFromOutside(port);
            backends.add(backend);
            byte[] data = WalkFrames.tcp(OUTSIDE, UPLINK, OUTSIDE_IP, port, VIP, 80, ACK);
            assertThat(open(a, "eth0", data, OUTSIDE_IP, port))
                    .as("the same backend")
                    .isEqualTo(backend);
        }
        assertThat(backends).containsExactlyInAnyOrder("a/web1", "b/web2");
    }

    @Test
    void aGuestReachesTheVipFromItsOwnHost() {
        l4();
        Set<String> backends = new HashSet<>();
        for (int port = 4000; port < 4032; port++) {
            byte[] syn = WalkFrames.tcp(CLIENT, GATEWAY, "10.0.1.20", port, VIP, 80, SYN);
            String backend = open(a, "client", syn, "10.0.1.20", port);
            backends.add(backend);
            boolean isWeb1 = backend.equals("a/web1");
            byte[] reply = WalkFrames.tcp(
                    isWeb1 ? WEB1 : WEB2,
                    CLIENT,
                    isWeb1 ? "10.0.1.11" : "10.0.1.12",
                    8080,
                    "10.0.1.20",
                    port,
                    SYN | ACK);
            byte[] answer = walkTo("a/client", isWeb1 ? a : b, isWeb1 ? "web1" : "web2", reply);
            assertThat(WalkFrames.ends(answer)).isEqualTo(VIP + ":80 > 10.0.1.20:" + port);
            assertThat(WalkFrames.destination(answer)).isEqualTo(CLIENT);
            assertThat(WalkFrames.intact(answer)).isTrue();
        }
        assertThat(backends).containsExactlyInAnyOrder("a/web1", "b/web2");
    }

    @Test
    void aGuestOnAHostWithoutUplinkReachesTheVipToo() {
        l4();
        for (int port = 4000; port < 4032; port++) {
            byte[] syn = WalkFrames.tcp(WEB2, GATEWAY, "10.0.1.12", port, VIP, 80, SYN);
            Map<String, List<byte[]>> arrived = walk(b, "web2", syn);
            if (arrived.containsKey("a/web1")) {
                byte[] reply = WalkFrames.tcp(WEB1, WEB2, "10.0.1.11", 8080, "10.0.1.12", port, SYN | ACK);
                byte[] answer = walkTo("b/web2", a, "web1", reply);
                assertThat(WalkFrames.ends(answer)).isEqualTo(VIP + ":80 > 10.0.1.12:" + port);
                return;
            }
        }
        throw new AssertionError("32 connections never chose web1");
    }

    @Test
    void aClientOutsideReachesAGuestItself() {
        l4();
        byte[] syn = WalkFrames.tcp(OUTSIDE, UPLINK, OUTSIDE_IP, 4000, "10.0.1.12", 22, SYN);
        byte[] arrived = walkTo("b/web2", a, "eth0", syn);
        assertThat(WalkFrames.ends(arrived)).isEqualTo(OUTSIDE_IP + ":4000 > 10.0.1.12:22");
        byte[] reply = WalkFrames.tcp(WEB2, GATEWAY, "10.0.1.12", 22, OUTSIDE_IP, 4000, SYN | ACK);
        byte[] answer = walkTo("a/eth0", b, "web2", reply);
        assertThat(WalkFrames.ends(answer)).isEqualTo("10.0.1.12:22 > " + OUTSIDE_IP + ":4000");
        assertThat(WalkFrames.destination(answer)).isEqualTo(OUTSIDE);
        assertThat(WalkFrames.source(answer)).isEqualTo(UPLINK);
        byte[] ping = WalkFrames.echo(OUTSIDE, UPLINK, OUTSIDE_IP, "10.0.1.11");
        assertThat(WalkFrames.destination(walkTo("a/web1", a, "eth0", ping))).isEqualTo(WEB1);
    }

    @Test
    void guestsDoNotLeaveUnasked() {
        l4();
        walkNowhere(b, "web2", WalkFrames.tcp(WEB2, GATEWAY, "10.0.1.12", 4000, OUTSIDE_IP, 80, SYN));
        walkNowhere(a, "web1", WalkFrames.tcp(WEB1, GATEWAY, "10.0.1.11", 4000, "10.0.1.99", 80, SYN));
    }

    @Test
    void broadcastsReachEveryStationOnce() {
        l4();
        byte[] hello = WalkFrames.udp(CLIENT, WalkFrames.BROADCAST, "10.0.1.20", 9, "10.0.1.255", 9);
        Map<String, List<byte[]>> arrived = walk(a, "client", hello);
        assertThat(arrived).containsOnlyKeys("a/web1", "a/svc-blue", "b/web2");
        assertThat(arrived.values()).allSatisfy(frames -> assertThat(frames).hasSize(1));
        byte[] back = WalkFrames.udp(WEB2, WalkFrames.BROADCAST, "10.0.1.12", 9, "10.0.1.255", 9);
        assertThat(walk(b, "web2", back)).containsOnlyKeys("a/web1", "a/svc-blue", "a/client");
    }

    @Test
    void icmpErrorsFindTheBackendBehindTheVip() {
        l4();
        List<String> seen = new ArrayList<>();
        for (int port = 4000; port < 4016; port++) {
            String backend = connectFromOutside(port);
            seen.add(backend);
            byte[] asClientSawIt = WalkFrames.tcp(UPLINK, OUTSIDE, VIP, 80, OUTSIDE_IP, port, ACK);
            byte[] error = WalkFrames.tooBig(OUTSIDE, UPLINK, "198.51.100.9", VIP, asClientSawIt);
            byte[] arrived = walkTo(backend, a, "eth0", error);
            String backendIp = backend.equals("a/web1") ? "10.0.1.11" : "10.0.1.12";
            assertThat(WalkFrames.ipAt(arrived, 30)).isEqualTo(backendIp);
            assertThat(WalkFrames.ipAt(arrived, 14 + 20 + 8 + 12))
                    .as("inner source")
                    .isEqualTo(backendIp);
            assertThat(WalkFrames.u16(arrived, 14 + 20 + 8 + 20))
                    .as("inner port")
                    .isEqualTo(8080);
            assertThat(WalkFrames.intact(arrived)).isTrue();
        }
        assertThat(seen).contains("a/web1", "b/web2");
    }

    @Test
    void icmpErrorsOfBackendsReachTheClientAsTheVips() {
        l4();
        for (int port = 4000; port < 4016; port++) {
            String backend = connectFromOutside(port);
            boolean isWeb1 = backend.equals("a/web1");
            String ip = isWeb1 ? "10.0.1.11" : "10.0.1.12";
            MacAddress mac = isWeb1 ? WEB1 : WEB2;
            byte[] asBackendSawIt = WalkFrames.tcp(GATEWAY, mac, OUTSIDE_IP, port, ip, 8080, ACK);
            byte[] error = WalkFrames.tooBig(mac, GATEWAY, ip, OUTSIDE_IP, asBackendSawIt);
            byte[] arrived = walkTo("a/eth0", isWeb1 ? a : b, isWeb1 ? "web1" : "web2", error);
            assertThat(WalkFrames.ipAt(arrived, 26)).isEqualTo(VIP);
            assertThat(WalkFrames.ipAt(arrived, 14 + 20 + 8 + 16))
                    .as("inner destination")
                    .isEqualTo(VIP);
            assertThat(WalkFrames.u16(arrived, 14 + 20 + 8 + 22))
                    .as("inner port")
                    .isEqualTo(80);
            assertThat(WalkFrames.destination(arrived)).isEqualTo(OUTSIDE);
            assertThat(WalkFrames.intact(arrived)).isTrue();
        }
    }

    @Test
    void aSickBackendGetsNoNewConnectionsAndKeepsItsOld() {
        l4();
        int port = 4000;
        while (!connectFromOutside(port).equals("b/web2")) {
            port++;
        }
        post("nodes/a/health", "{\"service\":\"web\",\"backend\":\"web2\",\"healthy\":false}");
        awaitApplied();
        byte[] data = WalkFrames.tcp(OUTSIDE, UPLINK, OUTSIDE_IP, port, VIP, 80, ACK);
        assertThat(open(a, "eth0", data, OUTSIDE_IP, port)).isEqualTo("b/web2");
        for (int fresh = 5000; fresh < 5032; fresh++) {
            assertThat(connectFromOutside(fresh)).isEqualTo("a/web1");
        }
        post("services/web/backends/web1/drain", "");
        awaitApplied();
        walkNowhere(a, "eth0", WalkFrames.tcp(OUTSIDE, UPLINK, OUTSIDE_IP, 6000, VIP, 80, SYN));
        assertThat(send("GET", "services/web", "")).contains("no healthy backend");
        byte[] old = WalkFrames.tcp(OUTSIDE, UPLINK, OUTSIDE_IP, 5000, VIP, 80, ACK);
        assertThat(open(a, "eth0", old, OUTSIDE_IP, 5000)).isEqualTo("a/web1");
    }

    @Test
    void healthChecksComeAndGoUntranslated() {
        l4();
        byte[] syn = WalkFrames.tcp(SERVICE_PORT, WEB2, "10.0.1.254", 4000, "10.0.1.12", 8080, SYN);
        assertThat(walkTo("b/web2", a, "svc-blue", syn)).isEqualTo(syn);
        byte[] reply = WalkFrames.tcp(WEB2, SERVICE_PORT, "10.0.1.12", 8080, "10.0.1.254", 4000, SYN | ACK);
        assertThat(walkTo("a/svc-blue", b, "web2", reply)).isEqualTo(reply);
    }

    @Test
    void anL7VipIsBehindTheServicePort() {
        service("l7");
        connect();
        arp(a, "client", CLIENT, "10.0.1.20", VIP, SERVICE_PORT);
        arp(b, "web2", WEB2, "10.0.1.12", VIP, SERVICE_PORT);
        arp(a, "eth0", OUTSIDE, OUTSIDE_IP, VIP, UPLINK);
        byte[] syn = WalkFrames.tcp(OUTSIDE, UPLINK, OUTSIDE_IP, 4000, VIP, 80, SYN);
        byte[] arrived = walkTo("a/svc-blue", a, "eth0", syn);
        assertThat(WalkFrames.destination(arrived)).isEqualTo(SERVICE_PORT);
        assertThat(WalkFrames.ends(arrived)).isEqualTo(OUTSIDE_IP + ":4000 > " + VIP + ":80");
        byte[] reply = WalkFrames.tcp(SERVICE_PORT, GATEWAY, VIP, 80, OUTSIDE_IP, 4000, SYN | ACK);
        byte[] answer = walkTo("a/eth0", a, "svc-blue", reply);
        assertThat(WalkFrames.ends(answer)).isEqualTo(VIP + ":80 > " + OUTSIDE_IP + ":4000");
        assertThat(WalkFrames.destination(answer)).isEqualTo(OUTSIDE);
        byte[] inside = WalkFrames.tcp(WEB2, SERVICE_PORT, "10.0.1.12", 4000, VIP, 80, SYN);
        assertThat(walkTo("a/svc-blue", b, "web2", inside)).isEqualTo(inside);
        byte[] back = WalkFrames.tcp(SERVICE_PORT, WEB2, VIP, 80, "10.0.1.12", 4000, SYN | ACK);
        assertThat(walkTo("b/web2", a, "svc-blue", back)).isEqualTo(back);
    }

    @Test
    void aGuestThatMovesIsFollowed() {
        l4();
        b.removePort("web2");
        a.port("web2", 6);
        await().pollInterval(Duration.ofMillis(5)).until(() -> {
            a.poll();
            b.poll();
            return send("GET", "vnics/web2", "").contains("\"node\":\"a\"");
        });
        awaitApplied();
        byte[] frame = WalkFrames.tcp(CLIENT, WEB2, "10.0.1.20", 5000, "10.0.1.12", 22, SYN);
        assertThat(walkTo("a/web2", a, "client", frame)).isEqualTo(frame);
    }
}
