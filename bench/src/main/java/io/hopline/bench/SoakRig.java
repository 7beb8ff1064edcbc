package io.hopline.bench;

import io.hopline.linux.NetNs;
import io.hopline.node.Node;
import io.hopline.node.NodeOptions;
import io.hopline.openflow.Action;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
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
import java.util.Optional;

/**
 * Two hosts and three guests in network namespaces: on the first host one behind a TAP of the node's own and one behind a
 * veth that the node reaches by AF_PACKET; on the second one behind a TAP; VXLAN between them. Both nodes run in this
 * process. All guests have the MTU that the tunnel leaves, so that no switch has to fragment.
 */
final class SoakRig implements AutoCloseable {
    static final String UNDERLAY = "under0";

    private static final int GUEST_MTU = 1450;
    private static final int TUNNEL_PORT = 1;
    private static final int VETH_PORT = 2;
    private static final int TAP_PORT = 3;
    private static final String VETH = "veth-g2";

    /**
     * A host.
     *
     * @param metrics the URL of its node's metrics
     */
    record Host(int index, NetNs ns, SoakFlows flows, String metrics) {}

    private final String prefix;
    private final Path directory;
    private final int workers;
    private final SoakCounts counts;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final List<Host> hosts = new ArrayList<>();
    private final List<SoakGuest> guests = new ArrayList<>();

    private SoakRig(String prefix, Path directory, int workers, SoakCounts counts) {
        this.prefix = prefix;
        this.directory = directory;
        this.workers = workers;
        this.counts = counts;
    }

    /**
     * Builds everything; needs root.
     *
     * @param prefix of the namespaces' names
     * @param directory for sockets; short, because their paths are limited
     * @param workers of each node
     */
    static SoakRig build(String prefix, Path directory, int workers, SoakCounts counts) throws IOException {
        SoakRig rig = new SoakRig(prefix, directory, workers, counts);
        try {
            rig.wire();
            return rig;
        } catch (IOException | RuntimeException e) {
            rig.close();
            throw e;
        }
    }

    List<Host> hosts() {
        return hosts;
    }

    List<SoakGuest> guests() {
        return guests;
    }

    private void wire() throws IOException {
        NetNs a = namespace("a");
        NetNs b = namespace("b");
        a.ip("link", "add", UNDERLAY, "type", "veth", "peer", "name", UNDERLAY, "netns", b.path());
        a.ip("addr", "add", vtep(0) + "/24", "dev", UNDERLAY);
        b.ip("addr", "add", vtep(1) + "/24", "dev", UNDERLAY);
        a.ip("link", "set", UNDERLAY, "up");
        b.ip("link", "set", UNDERLAY, "up");
        guests.add(new SoakGuest(prefix + "g1", namespace("g1"), 0, TAP_PORT, 1));
        guests.add(new SoakGuest(prefix + "g2", namespace("g2"), 0, VETH_PORT, 2));
        guests.add(new SoakGuest(prefix + "g3", namespace("g3"), 1, TAP_PORT, 3));
        SoakGuest onVeth = guests.get(1);
        a.ip(
                "link",
                "add",
                VETH,
                "type",
                "veth",
                "peer",
                "name",
                SoakGuest.DEVICE,
                "netns",
                onVeth.ns().path());
        a.ip("link", "set", VETH, "mtu", String.valueOf(GUEST_MTU), "up");
        onVeth.ns()
                .ip(
                        "link",
                        "set",
                        SoakGuest.DEVICE,
                        "mtu",
                        String.valueOf(GUEST_MTU),
                        "address",
                        onVeth.mac().toString());
        startNode(0, a, List.of(new NodeOptions.NetdevPort(Optional.of(VETH_PORT), VETH)));
        startNode(1, b, List.of());
        guests.forEach(SoakGuest::configure);
        hosts.get(0).flows.program(floods(0, List.of(TAP_PORT, VETH_PORT)));
        hosts.get(1).flows.program(floods(1, List.of(TAP_PORT)));
    }

    private NetNs namespace(String name) {
        NetNs ns = NetNs.create(prefix + name);
        resources.push(() -> NetNs.delete(prefix + name));
        resources.push(ns);
        return ns;
    }

    private static Ipv4Address vtep(int host) {
        return Ipv4Address.parse("198.51.100." + (1 + host));
    }

    private void startNode(int index, NetNs ns, List<NodeOptions.NetdevPort> ports) throws IOException {
        String name = prefix + (index == 0 ? "a" : "b");
        Path management = directory.resolve(index + ".mgmt");
        Path control = directory.resolve(index + ".ctl");
        Node node = Node.start(new NodeOptions(
                index == 0 ? "a" : "b",
                index + 1L,
                List.of(),
                List.of("punix:" + management),
                Optional.empty(),
                Optional.of(vtep(index)),
                Optional.empty(),
                ports,
                Optional.of("punix:" + control),
                Optional.of(name),
                Optional.of("127.0.0.1:0"),
                NodeOptions.DEFAULT_BUSY_POLL_NS,
                workers,
                NodeOptions.DEFAULT_STAMP_PORT));
        resources.push(node);
        SoakGuest onTap = guests.stream()
                .filter(g -> g.host() == index && g.port() == TAP_PORT)
                .findFirst()
                .orElseThrow();
        attach(control, onTap);
        SoakFlows flows = new SoakFlows("unix:" + management, ways(index), counts);
        resources.push(flows);
        hosts.add(new Host(index, ns, flows, node.metricsUrl().orElseThrow()));
    }

    private static void attach(Path control, SoakGuest guest) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(control));
                PrintWriter out = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
                BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            out.print("""
                    {"cmd":"attach","name":"g%d","netns":"%s","mac":"%s","mtu":%d,"ofport":%d}
                    """.formatted(guest.number(), guest.name(), guest.mac(), GUEST_MTU, guest.port()));
            out.flush();
            String answer = in.readLine();
            if (answer == null || !answer.contains("\"ok\":true")) {
                throw new IOException("the node does not attach guest " + guest.number() + ": " + answer);
            }
        }
    }

    private Map<MacAddress, List<Action>> ways(int host) {
        Map<MacAddress, List<Action>> ways = new HashMap<>();
        for (SoakGuest guest : guests) {
            ways.put(
                    guest.mac(),
                    guest.host() == host
                            ? List.of(Action.output(guest.port()))
                            : SoakFlows.tunnel(TUNNEL_PORT, vtep(guest.host())));
        }
        return ways;
    }

    /** From a guest to all others and into the tunnel, from the tunnel to all guests. */
    private static Map<Integer, List<List<Action>>> floods(int host, List<Integer> guestPorts) {
        Map<Integer, List<List<Action>>> floods = new HashMap<>();
        for (int in : guestPorts) {
            List<List<Action>> out = new ArrayList<>();
            guestPorts.stream().filter(port -> port != in).forEach(port -> out.add(List.of(Action.output(port))));
            out.add(SoakFlows.tunnel(TUNNEL_PORT, vtep(1 - host)));
            floods.put(in, out);
        }
        floods.put(
                TUNNEL_PORT,
                guestPorts.stream()
                        .map(port -> List.<Action>of(Action.output(port)))
                        .toList());
        return floods;
    }

    /** Gives everything back, the last made first. */
    @Override
    public void close() {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                counts.problem("closing: " + e);
            }
        }
    }
}
