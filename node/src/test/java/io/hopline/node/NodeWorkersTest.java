package io.hopline.node;

import static io.hopline.node.EchoStreams.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.packet.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes of two workers each: every byte of many connections, through tables, connection tracking, NAT and VXLAN. */
@Tag("netns")
@Tag("ovs")
class NodeWorkersTest {
    private static final int WORKERS = 2;
    private static final int CONNECTIONS = 16;
    private static final int BYTES = 2_000_000;

    private final String prefix = "hlt" + ProcessHandle.current().pid() + "w"
            + ThreadLocalRandom.current().nextInt(1000);
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final Map<String, Node> nodes = new HashMap<>();

    @TempDir
    Path folder;

    @BeforeEach
    void needsOvs() {
        assumeTrue(run("sh", "-c", "command -v ovs-ofctl || true").contains("ovs-ofctl"), "needs ovs-ofctl");
    }

    @AfterEach
    void stop() throws Exception {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
    }

    private NetNs namespace(String name) {
        try {
            NetNs ns = NetNs.create(prefix + name);
            resources.push(() -> NetNs.delete(prefix + name));
            resources.push(ns);
            return ns;
        } catch (LinuxException e) {
            assumeTrue(false, "needs root for network namespaces: " + e.getMessage());
            throw e;
        }
    }

    private void node(String name, Optional<String> netns, Optional<String> vtep, List<String> ports)
            throws IOException {
        Node node = Node.start(new NodeOptions(
                name,
                NodeOptions.datapathIdOf(name),
                List.of(),
                List.of("punix:" + folder.resolve(name + ".mgmt")),
                Optional.empty(),
                vtep.map(IpAddress::parse),
                Optional.empty(),
                ports.stream().map(NodeOptions.NetdevPort::parse).toList(),
                Optional.of("punix:" + folder.resolve(name + ".ctl")),
                netns.map(ns -> prefix + ns),
                Optional.of("127.0.0.1:0"),
                NodeOptions.DEFAULT_BUSY_POLL_NS,
                WORKERS,
                NodeOptions.DEFAULT_STAMP_PORT));
        resources.push(node);
        nodes.put(name, node);
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor())
                    .as(String.join(" ", command) + ": " + output)
                    .isZero();
            return output;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void flows(String node, String... flows) {
        for (String flow : flows) {
            run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", "unix:" + folder.resolve(node + ".mgmt"), flow);
        }
    }

    private String control(String node, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve(node + ".ctl")));
                PrintWriter out = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
                BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            out.print(request + "\n");
            out.flush();
            return in.readLine();
        }
    }

    /** A guest with the address 10.9.0.{@code number}, which is also its OpenFlow port. */
    private NetNs guest(String node, int number) throws IOException {
        NetNs ns = namespace("g" + number);
        assertThat(attach(node, number)).contains("\"ok\":true");
        configure(ns, number);
        return ns;
    }

    private String attach(String node, int number) throws IOException {
        return control(node, """
                {"cmd":"attach","name":"g%d","netns":"%s","mac":"%s","mtu":1400,"ofport":%d}""".formatted(number, prefix + "g" + number, mac(number), number));
    }

    private static String mac(int number) {
        return "02:00:00:00:00:%02x".formatted(number);
    }

    private static String ip(int number) {
        return "10.9.0." + number;
    }

    /** Neighbours are told, so that nothing is to be flooded. */
    private static void configure(NetNs ns, int number) {
        ns.ip("addr", "add", ip(number) + "/24", "dev", "eth0");
        for (int other = 1; other <= 3; other++) {
            if (other != number) {
                ns.ip("neigh", "replace", ip(other), "lladdr", mac(other), "dev", "eth0");
            }
        }
    }

    private static void echo(NetNs client, NetNs server, int number) throws IOException {
        InetSocketAddress address = at(ip(number), 7);
        EchoStreams.run(client, server, address, address, CONNECTIONS, BYTES);
    }

    private List<Double> metric(String node, String name) throws IOException {
        String url = Objects.requireNonNull(nodes.get(node)).metricsUrl().orElseThrow();
        List<Double> values = new ArrayList<>();
        try (InputStream in = URI.create(url).toURL().openStream()) {
            Matcher line = Pattern.compile("(?m)^" + name + "\\{[^}]*} (\\S+)$")
                    .matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            while (line.find()) {
                values.add(Double.parseDouble(line.group(1)));
            }
        }
        return values;
    }

    @Test
    void connectionsBetweenTapsSpreadOverTheWorkersAndArriveWhole() throws IOException {
        node("t", Optional.empty(), Optional.empty(), List.of());
        NetNs one = guest("t", 1);
        NetNs two = guest("t", 2);
        flows("t", "in_port=1,actions=output:2", "in_port=2,actions=output:1");
        echo(one, two, 2);
        echo(two, one, 1);
        assertThat(metric("t", "hopline_switch_lookups_total"))
                .hasSize(WORKERS)
                .allSatisfy(lookups -> assertThat(lookups).isGreaterThan(100));
        assertThat(metric("t", "hopline_port_rx_bytes_total"))
                .hasSize(2)
                .allSatisfy(bytes -> assertThat(bytes).isGreaterThan(2.0 * CONNECTIONS * BYTES));
    }

    @Test
    void aSecurityGroupLetsAnswersInWhicheverWorkerTheyMeet() throws IOException {
        NetNs host = namespace("h");
        NetNs two = namespace("g2");
        host.ip("link", "add", "veth2", "type", "veth", "peer", "name", "eth0", "netns", two.path());
        host.ip("link", "set", "veth2", "up");
        two.ip("link", "set", "eth0", "address", mac(2), "up");
        node("t", Optional.of("h"), Optional.empty(), List.of("2=veth2"));
        NetNs one = guest("t", 1);
        configure(two, 2);
        flows(
                "t",
                "table=0,priority=10,ip,actions=ct(zone=3,table=1)",
                "table=1,priority=10,ct_state=+est+trk,ip,in_port=1,actions=output:2",
                "table=1,priority=10,ct_state=+est+trk,ip,in_port=2,actions=output:1",
                "table=1,priority=5,ct_state=+new+trk,ip,in_port=1,actions=ct(commit,zone=3),output:2");
        echo(one, two, 2);
        assertThat(two.call(() -> InetAddress.getByName(ip(1)).isReachable(500)))
                .isFalse();
        assertThat(one.call(() -> InetAddress.getByName(ip(2)).isReachable(5_000)))
                .isTrue();
    }

    @Test
    void aServicesAddressIsTranslatedBothWays() throws IOException {
        node("t", Optional.empty(), Optional.empty(), List.of());
        NetNs one = guest("t", 1);
        NetNs two = guest("t", 2);
        one.ip("neigh", "replace", "10.9.0.100", "lladdr", mac(2), "dev", "eth0");
        flows(
                "t",
                "table=0,priority=10,tcp,in_port=1,nw_dst=10.9.0.100,tp_dst=80,"
                        + "actions=ct(commit,zone=4,table=1,nat(dst=10.9.0.2:8080))",
                "table=0,priority=10,tcp,in_port=2,actions=ct(zone=4,table=1,nat)",
                "table=1,in_port=1,actions=output:2",
                "table=1,in_port=2,actions=output:1");
        EchoStreams.run(one, two, at(ip(2), 8080), at("10.9.0.100", 80), CONNECTIONS, BYTES);
        assertThat(metric("t", "hopline_switch_lookups_total"))
                .allSatisfy(lookups -> assertThat(lookups).isGreaterThan(100));
    }

    @Test
    void theTunnelHasAQueuePerWorkerOnBothHosts() throws IOException {
        NetNs a = namespace("a");
        NetNs b = namespace("b");
        a.ip("link", "add", "under0", "type", "veth", "peer", "name", "under0", "netns", b.path());
        a.ip("addr", "add", "198.51.100.1/24", "dev", "under0");
        b.ip("addr", "add", "198.51.100.2/24", "dev", "under0");
        a.ip("link", "set", "under0", "up");
        b.ip("link", "set", "under0", "up");
        node("a", Optional.of("a"), Optional.of("198.51.100.1"), List.of());
        node("b", Optional.of("b"), Optional.of("198.51.100.2"), List.of());
        // The tunnel, plugged first, has number 1.
        NetNs two = guest("a", 2);
        NetNs three = guest("b", 3);
        flows(
                "a",
                "in_port=2,actions=set_field:100->tun_id,set_field:198.51.100.2->tun_dst,output:1",
                "in_port=1,tun_id=100,actions=output:2");
        flows(
                "b",
                "in_port=3,actions=set_field:100->tun_id,set_field:198.51.100.1->tun_dst,output:1",
                "in_port=1,tun_id=100,actions=output:3");
        echo(two, three, 3);
        echo(three, two, 2);
        for (String node : List.of("a", "b")) {
            assertThat(metric(node, "hopline_switch_lookups_total"))
                    .hasSize(WORKERS)
                    .allSatisfy(lookups -> assertThat(lookups).isGreaterThan(100));
        }
        assertThatThrownBy(() -> node("c", Optional.of("a"), Optional.of("198.51.100.1"), List.of()))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("198.51.100.1:4789");
    }

    /** More ports than poll(2) looks at when they are quiet: the two that were have to be heard again. */
    @Test
    void guestsAmongManyAreHeardAfterTheyWereQuiet() throws IOException, InterruptedException {
        node("t", Optional.empty(), Optional.empty(), List.of());
        NetNs one = guest("t", 1);
        NetNs two = guest("t", 2);
        namespace("many");
        for (int number = 10; number < 10 + 2 * PortWatch.ALWAYS_BUSY; number++) {
            assertThat(control("t", """
                    {"cmd":"attach","name":"g%d","netns":"%smany","ifname":"tap%d","mac":"%s","ofport":%d}""".formatted(number, prefix, number, mac(number), number)))
                    .contains("\"ok\":true");
        }
        flows("t", "in_port=1,actions=output:2", "in_port=2,actions=output:1");
        for (int i = 0; i < 3; i++) {
            echo(one, two, 2);
            // Long enough that a worker with nothing to do puts them aside.
            Thread.sleep(400);
        }
    }

    @Test
    void aPortMayGoAndComeBackUnderTraffic() throws IOException {
        node("t", Optional.empty(), Optional.empty(), List.of());
        NetNs one = guest("t", 1);
        NetNs two = guest("t", 2);
        guest("t", 3);
        flows("t", "in_port=1,actions=output:2,output:3", "in_port=2,actions=output:1,output:3");
        CompletableFuture<Void> traffic = CompletableFuture.runAsync(() -> {
            try {
                echo(one, two, 2);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        do {
            assertThat(control("t", "{\"cmd\":\"detach\",\"name\":\"g3\"}")).contains("\"ok\":true");
            assertThat(attach("t", 3)).contains("\"ok\":true");
        } while (!traffic.isDone());
        traffic.join();
        assertThat(control("t", "{\"cmd\":\"detach\",\"name\":\"g2\"}")).contains("\"ok\":true");
        assertThat(one.ip("link", "show")).contains("eth0");
        assertThat(two.ip("link", "show"))
                .as("the device goes with its last queue")
                .doesNotContain("eth0");
        double slots =
                metric("t", "hopline_pool_frames").stream().mapToDouble(n -> n).sum();
        org.awaitility.Awaitility.await()
                .untilAsserted(() -> assertThat(metric("t", "hopline_pool_free_frames").stream()
                                .mapToDouble(n -> n)
                                .sum())
                        .isEqualTo(slots));
    }
}
