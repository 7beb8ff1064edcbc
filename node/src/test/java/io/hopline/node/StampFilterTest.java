package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.linux.StampSocket;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Icmp;
import io.hopline.packet.Ip;
import io.hopline.packet.IpAddress;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.Tcp;
import io.hopline.packet.Udp;
import io.hopline.packet.VnetHeader;
import io.hopline.sla.ConnectionSampler;
import io.hopline.vnic.TapPort;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel's filter and the sampler must pick the same connections, or hops go missing. */
@Tag("netns")
class StampFilterTest {
    private static final int CONNECTIONS = 200;

    @Test
    void kernelAndSamplerPickTheSameConnections() throws IOException {
        ConnectionSampler sampler = ConnectionSampler.oneIn(4);
        TimedConnections timed =
                TimedConnections.of(List.of(new NodeConfig.Measured("web", List.of("127.0.0.1:80"))), sampler);
        try (NetNs ns = namespace();
                StampSocket stamps = socket(ns, timed);
                ServerSocketChannel server = ns.call(ServerSocketChannel::open)) {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            server.bind(new InetSocketAddress(loopback, 80), CONNECTIONS);
            Set<Integer> expected = new TreeSet<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                try (SocketChannel client = ns.call(SocketChannel::open)) {
                    client.connect(server.getLocalAddress());
                    int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
                    if (sampler.sampled(0x7f00_0001, port)) {
                        expected.add(port);
                    }
                }
            }
            boolean serverSampled = sampler.sampled(0x7f00_0001, 80);
            assertThat(serverSampled)
                    .as("the server's own endpoint must not be picked")
                    .isFalse();
            assertThat(clientPorts(stamps)).isEqualTo(expected);
            assertThat(expected).isNotEmpty().hasSizeLessThan(CONNECTIONS);
        }
    }

    @Test
    void ofWhatTheClientSendsOnlyTheEndsOfRequestsPass() throws IOException {
        TimedConnections timed = TimedConnections.of(
                List.of(new NodeConfig.Measured("web", List.of("127.0.0.1:80"))), ConnectionSampler.oneIn(1));
        try (NetNs ns = namespace();
                StampSocket stamps = socket(ns, timed);
                ServerSocketChannel server = ns.call(ServerSocketChannel::open);
                SocketChannel client = ns.call(SocketChannel::open)) {
            server.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 80));
            client.connect(server.getLocalAddress());
            try (SocketChannel accepted = server.accept()) {
                client.write(ByteBuffer.wrap(new byte[200]));
                accepted.write(ByteBuffer.wrap(new byte[300]));
                ByteBuffer answer = ByteBuffer.allocate(300);
                while (answer.hasRemaining()) {
                    client.read(answer);
                }
            }
            int fromClient = 0;
            int fromServer = 0;
            while (stamps.next()) {
                long tcp = stamps.offset() + Ethernet.BYTES + Ipv4.MIN_BYTES;
                int flags = Tcp.flags(stamps.memory(), tcp);
                if (Tcp.sourcePort(stamps.memory(), tcp) == 80) {
                    fromServer++;
                } else {
                    fromClient++;
                    assertThat(flags & (Tcp.SYN | Tcp.PSH)).isNotZero();
                }
            }
            // On loopback each is seen twice: SYN and request; SYN/ACK, ACK of the request, response and FIN.
            assertThat(fromClient).isEqualTo(4);
            assertThat(fromServer).isGreaterThanOrEqualTo(6);
        }
    }

    @Test
    void nothingPassesThatIsNotMeasured() throws IOException {
        TimedConnections other = TimedConnections.of(
                List.of(new NodeConfig.Measured("web", List.of("127.0.0.1:8080"))), ConnectionSampler.oneIn(1));
        try (NetNs ns = namespace();
                StampSocket unmeasured = socket(ns, TimedConnections.NONE);
                StampSocket elsewhere = socket(ns, other);
                ServerSocketChannel server = ns.call(ServerSocketChannel::open);
                SocketChannel client = ns.call(SocketChannel::open)) {
            server.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 80));
            client.connect(server.getLocalAddress());
            assertThat(clientPorts(unmeasured)).isEmpty();
            assertThat(clientPorts(elsewhere)).isEmpty();
        }
    }

    @Test
    void datagramsPassOfTheSamePortsThatTheSamplerPicks() throws IOException {
        ConnectionSampler sampler = ConnectionSampler.oneIn(4);
        TimedConnections timed = TimedConnections.of(
                List.of(
                        new NodeConfig.Measured("web", "tcp", List.of("127.0.0.1:80")),
                        new NodeConfig.Measured("dns", "udp", List.of("127.0.0.1:53"))),
                sampler);
        try (NetNs ns = namespace();
                StampSocket stamps = socket(ns, timed)) {
            Set<Integer> expected = new TreeSet<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                // Nobody listens at either port, so that each is answered by ICMP; that must not pass.
                try (DatagramChannel client = ns.call(DatagramChannel::open)) {
                    client.bind(new InetSocketAddress(loopback(), 0));
                    ByteBuffer payload = ByteBuffer.wrap(new byte[20]);
                    client.send(payload, new InetSocketAddress(loopback(), 53));
                    client.send(payload.flip(), new InetSocketAddress(loopback(), 80));
                    int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
                    if (sampler.sampled(0x7f00_0001, port)) {
                        expected.add(port);
                    }
                }
            }
            Set<Integer> seen = new TreeSet<>();
            while (stamps.next()) {
                long udp = stamps.offset() + Ethernet.BYTES + Ipv4.MIN_BYTES;
                assertThat(Ipv4.protocol(stamps.memory(), stamps.offset() + Ethernet.BYTES))
                        .isEqualTo(IpProtocol.UDP);
                assertThat(Udp.destinationPort(stamps.memory(), udp)).isEqualTo(53);
                seen.add(Udp.sourcePort(stamps.memory(), udp));
            }
            assertThat(seen).isEqualTo(expected);
            assertThat(expected).isNotEmpty().hasSizeLessThan(CONNECTIONS);
        }
    }

    @Test
    void echoesPassByTheirIdentifier() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/ping")), "needs ping");
        ConnectionSampler sampler = ConnectionSampler.oneIn(4);
        TimedConnections timed = TimedConnections.of(
                List.of(new NodeConfig.Measured("icmp:echo", "icmp", List.of("127.0.0.1:0"))), sampler);
        try (NetNs ns = namespace();
                StampSocket stamps = socket(ns, timed)) {
            Set<Integer> expected = new TreeSet<>();
            for (int identifier = 1; identifier <= 24; identifier++) {
                int sent = identifier;
                ns.call(() -> ping(sent));
                if (sampler.sampled(0x7f00_0001, identifier)) {
                    expected.add(identifier);
                }
            }
            Set<Integer> seen = new TreeSet<>();
            int replies = 0;
            while (stamps.next()) {
                long icmp = stamps.offset() + Ethernet.BYTES + Ipv4.MIN_BYTES;
                seen.add(Icmp.identifier(stamps.memory(), icmp));
                replies += Icmp.type(stamps.memory(), icmp) == Icmp.ECHO_REPLY ? 1 : 0;
            }
            assertThat(seen).isEqualTo(expected);
            // On loopback each is seen twice.
            assertThat(replies).isEqualTo(2 * expected.size());
            assertThat(expected).isNotEmpty();
        }
    }

    @Test
    void ofIpv6TheSamePassAndNothingElse() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/ping")), "needs ping");
        ConnectionSampler sampler = ConnectionSampler.oneIn(4);
        TimedConnections timed = TimedConnections.of(
                List.of(
                        new NodeConfig.Measured("web", "tcp", List.of("[fd00::7]:80")),
                        new NodeConfig.Measured("dns", "udp", List.of("[fd00::7]:53")),
                        new NodeConfig.Measured("icmp:echo", "icmp", List.of("[fd00::7]:0"))),
                sampler);
        IpAddress ip = IpAddress.parse("fd00::7");
        int folded = ConnectionSampler.fold(ip.high(), ip.low());
        InetAddress address = InetAddress.getByAddress(ip.bytes());
        Set<String> expected = new TreeSet<>();
        try (NetNs ns = namespace()) {
            ns.ip("addr", "add", "fd00::7/128", "dev", "lo");
            try (StampSocket stamps = socket(ns, timed);
                    ServerSocketChannel server = ns.call(ServerSocketChannel::open)) {
                server.bind(new InetSocketAddress(address, 80), CONNECTIONS);
                for (int i = 0; i < 64; i++) {
                    try (SocketChannel tcp = ns.call(SocketChannel::open);
                            DatagramChannel udp = ns.call(DatagramChannel::open)) {
                        tcp.connect(server.getLocalAddress());
                        udp.bind(new InetSocketAddress(address, 0));
                        ByteBuffer payload = ByteBuffer.wrap(new byte[20]);
                        udp.send(payload, new InetSocketAddress(address, 53));
                        udp.send(payload.flip(), new InetSocketAddress(address, 80));
                        for (var local : List.of(tcp.getLocalAddress(), udp.getLocalAddress())) {
                            int port = ((InetSocketAddress) local).getPort();
                            if (sampler.sampled(folded, port)) {
                                expected.add((local.equals(tcp.getLocalAddress()) ? "tcp " : "udp ") + port);
                            }
                        }
                    }
                }
                for (int identifier = 1; identifier <= 12; identifier++) {
                    int sent = identifier;
                    ns.call(() -> ping(sent, "fd00::7"));
                    if (sampler.sampled(folded, identifier)) {
                        expected.add("icmp " + identifier);
                    }
                }
                assertThat(seen6(stamps)).isEqualTo(expected);
                assertThat(expected).anyMatch(s -> s.startsWith("icmp")).anyMatch(s -> s.startsWith("tcp"));
            }
        }
    }

    @Test
    void packetsPassBehindUpToFourExtensionHeaders() throws IOException {
        ConnectionSampler sampler = ConnectionSampler.oneIn(4);
        TimedConnections timed = TimedConnections.of(
                List.of(
                        new NodeConfig.Measured("web", "tcp", List.of("[fd00::7]:80")),
                        new NodeConfig.Measured("dns", "udp", List.of("[fd00::7]:53")),
                        new NodeConfig.Measured("icmp:echo", "icmp", List.of("[fd00::7]:0"))),
                sampler);
        ExtendedFrames.Ends ends = new ExtendedFrames.Ends(
                MacAddress.parse("02:00:00:00:00:01"),
                MacAddress.parse("02:00:00:00:00:02"),
                IpAddress.parse("fd00::9"),
                IpAddress.parse("fd00::7"));
        int folded = ConnectionSampler.fold(ends.source().high(), ends.source().low());
        int asked = ConnectionSampler.fold(
                ends.destination().high(), ends.destination().low());
        List<List<Integer>> pass = List.of(
                List.of(),
                List.of(IpProtocol.HOP_BY_HOP),
                List.of(IpProtocol.DESTINATION_OPTIONS, IpProtocol.ROUTING),
                List.of(IpProtocol.FRAGMENT),
                List.of(
                        IpProtocol.HOP_BY_HOP,
                        IpProtocol.ROUTING,
                        IpProtocol.FRAGMENT,
                        IpProtocol.DESTINATION_OPTIONS));
        List<List<Integer>> drop =
                List.of(Collections.nCopies(5, IpProtocol.DESTINATION_OPTIONS), List.of(IpProtocol.AUTHENTICATION));
        Set<String> expected = new TreeSet<>();
        try (NetNs ns = namespace();
                FramePool pool = FramePool.of(8);
                TapPort cable = TapPort.open(ns, "ext0", "ext0", ends.to(), 1500);
                StampSocket stamps = StampSocket.open(ns, "ext0")) {
            stamps.filter(StampFilter.of(timed));
            int port = 20_000;
            for (List<Integer> chain :
                    Stream.concat(pass.stream(), drop.stream()).toList()) {
                int[] kinds = chain.stream().mapToInt(Integer::intValue).toArray();
                for (int i = 0; i < 16; i++, port++) {
                    send(cable, pool, ExtendedFrames.syn(ends, port, 80, kinds));
                    send(cable, pool, ExtendedFrames.udp(ends, port, 53, new byte[20], kinds));
                    send(cable, pool, ExtendedFrames.udp(ends, port, 54, new byte[20], kinds));
                    send(cable, pool, ExtendedFrames.echo(ends, port, kinds));
                    boolean picked = pass.contains(chain) && sampler.sampled(folded, port);
                    expected.addAll(picked ? List.of("tcp " + port, "udp " + port) : List.of());
                    // Of an echo either end could be the client, by the same identifier.
                    boolean other = pass.contains(chain) && sampler.sampled(asked, port);
                    expected.addAll(picked || other ? List.of("icmp " + port) : List.of());
                }
            }
            byte[] later = ExtendedFrames.udp(ends, port, 53, new byte[20], IpProtocol.FRAGMENT);
            later[14 + 40 + 3] = 8;
            send(cable, pool, later);
            Set<String> seen = new TreeSet<>();
            Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                seen.addAll(seen6(stamps));
                assertThat(seen).isEqualTo(expected);
            });
            assertThat(expected).hasSizeGreaterThan(3 * pass.size());
        }
    }

    static void send(Port cable, FramePool pool, byte[] bytes) {
        Frame frame = Objects.requireNonNull(pool.acquire());
        VnetHeader.clear(frame.memory(), frame.vnet());
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        frame.length(bytes.length);
        cable.transmit(frame);
        cable.flush();
    }

    /** Protocol and client's port of all that passed. */
    private static Set<String> seen6(StampSocket stamps) {
        Set<String> seen = new TreeSet<>();
        while (stamps.next()) {
            MemorySegment memory = stamps.memory();
            long ip = stamps.offset() + Ethernet.BYTES;
            int next = Ip.next(memory, ip, stamps.length() - Ethernet.BYTES);
            long l4 = ip + Ip.headerBytes(next);
            int source = Udp.sourcePort(memory, l4);
            int client = source == 80 ? Udp.destinationPort(memory, l4) : source;
            seen.add(
                    switch (Ip.protocol(next)) {
                        case IpProtocol.TCP -> "tcp " + client;
                        case IpProtocol.UDP -> "udp " + client;
                        default -> "icmp " + Icmp.identifier(memory, l4);
                    });
        }
        return seen;
    }

    private static int ping(int identifier) throws IOException {
        return ping(identifier, "127.0.0.1");
    }

    private static int ping(int identifier, String address) throws IOException {
        Process ping = new ProcessBuilder("ping", "-q", "-c", "1", "-e", String.valueOf(identifier), address)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(ping.onExit().join().exitValue()).isZero();
        return identifier;
    }

    private static InetAddress loopback() throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    /** On loopback a frame is at the socket before its sender's call returns, so nothing has to be waited for. */
    private static Set<Integer> clientPorts(StampSocket socket) {
        Set<Integer> ports = new TreeSet<>();
        while (socket.next()) {
            long ip = socket.offset() + Ethernet.BYTES;
            long tcp = ip + Ipv4.headerBytes(socket.memory(), ip);
            int source = Tcp.sourcePort(socket.memory(), tcp);
            ports.add(source == 80 ? Tcp.destinationPort(socket.memory(), tcp) : source);
        }
        return ports;
    }

    private static StampSocket socket(NetNs ns, TimedConnections timed) {
        StampSocket socket = StampSocket.open(ns, "lo");
        socket.filter(StampFilter.of(timed));
        return socket;
    }

    private static NetNs namespace() {
        try {
            return NetNs.anonymous();
        } catch (LinuxException e) {
            assumeTrue(false, "needs root for network namespaces: " + e.getMessage());
            throw e;
        }
    }
}
