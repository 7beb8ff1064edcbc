package io.hopline.vnic;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.linux.NetNs;
import io.hopline.packet.Batch;
import io.hopline.packet.Checksum;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.Segmenter;
import io.hopline.packet.Tcp;
import io.hopline.packet.Udp;
import io.hopline.packet.Vlan;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Wire;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel's own segmentation as the second opinion: a super-frame goes into a TAP, is redirected to a veth whose
 * offloads are off, so the kernel cuts it, and what leaves the veth's other end is compared with {@link Segmenter}'s
 * segments byte by byte. Frames with a partial checksum take the same way against {@link Checksum#complete}.
 */
@Tag("netns")
class KernelSegmentationTest {
    private static final long DESTINATION = 0x0200_0000_0002L;
    private static final long SOURCE = 0x0200_0000_0001L;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private FramePool pool;
    private Port tap;
    private Port far;

    @BeforeEach
    void wire() throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make network namespaces");
        Assumptions.assumeTrue(runs("tc", "-V") && runs("ethtool", "--version"), "needs tc (iproute2) and ethtool");
        pool = open(FramePool.of(512));
        NetNs netns = open(NetNs.anonymous());
        tap = open(TapPort.open(netns, "near", "tap0", new MacAddress(0x0200_0000_0009L), 1500));
        in(netns, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
        in(netns, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far");
        in(netns, "ethtool", "-K", "near", "tx", "off", "tso", "off", "tx-udp-segmentation", "off");
        in(netns, "ip", "link", "set", "near", "mtu", "65535", "up");
        in(netns, "ip", "link", "set", "far", "mtu", "65535", "up");
        in(netns, "tc", "qdisc", "add", "dev", "tap0", "clsact");
        String redirect =
                "filter add dev tap0 ingress protocol all u32 match u32 0 0 action mirred egress redirect dev near";
        in(netns, ("tc " + redirect).split(" "));
        far = open(PacketPort.open(netns, "far", "far", Port.Kind.UPLINK));
        awaitPath();
    }

    /** A veth drops what comes before the kernel has noticed its carrier: probes until one gets through. */
    private void awaitPath() {
        Batch batch = new Batch();
        Awaitility.await().pollInterval(Duration.ofMillis(5)).until(() -> {
            tap.transmit(TapPortTest.broadcast(pool));
            tap.flush();
            return far.receive(pool, batch) > 0;
        });
        take(batch, new ArrayList<>());
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.push(resource);
        return resource;
    }

    @AfterEach
    void close() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    private static void in(NetNs netns, String... command) throws Exception {
        Process process = netns.call(
                () -> new ProcessBuilder(command).redirectErrorStream(true).start());
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ": " + output)
                .isZero();
    }

    /**
     * What one random frame is made of.
     *
     * @param ipExtraBytes IPv4 options, or IPv6 hop-by-hop and destination options, 0 for none
     * @param sizeBytes GSO size, 0 for a frame that only lacks its checksum
     */
    private record Shape(
            boolean six, boolean tcp, int tags, int ipExtraBytes, int tcpOptionBytes, int sizeBytes, int payloadBytes) {
        static Shape random(Random random) {
            boolean six = random.nextBoolean();
            boolean tcp = random.nextBoolean();
            int tags = Math.max(0, random.nextInt(5) - 2);
            int ipExtraBytes = random.nextInt(3) > 0 ? 0 : six ? 8 * (1 + random.nextInt(6)) : 4 * random.nextInt(11);
            int tcpOptionBytes = tcp ? 4 * random.nextInt(11) : 0;
            int room = 65_535 - (six ? Ipv6.BYTES : Ipv4.MIN_BYTES) - ipExtraBytes - 20 - tcpOptionBytes;
            int payload = switch (random.nextInt(4)) {
                case 0 -> 1 + random.nextInt(100);
                case 1 -> 1 + random.nextInt(9_000);
                case 2 -> room - random.nextInt(3);
                default -> 1 + random.nextInt(room);
            };
            // At most 128 datagrams a train (linux/udp.h, UDP_MAX_SEGMENTS).
            int smallest = Math.max(8, payload / (tcp ? 200 : 120));
            int size = switch (random.nextInt(5)) {
                case 0 -> 0;
                case 1 -> smallest;
                case 2 -> smallest + random.nextInt(payload + 1);
                default -> Math.max(smallest, Math.min(payload, 500 + random.nextInt(8_500)));
            };
            // The kernel takes no train of one datagram (udp_offload.c, __udp_gso_segment).
            boolean train = tcp ? payload > size : payload >= size + 1;
            return new Shape(six, tcp, tags, ipExtraBytes, tcpOptionBytes, train ? size : 0, payload);
        }

        int ipHeaderBytes() {
            return (six ? Ipv6.BYTES : Ipv4.MIN_BYTES) + ipExtraBytes;
        }

        int transportHeaderBytes() {
            return tcp ? 20 + tcpOptionBytes : Udp.BYTES;
        }
    }

    /** Lengths from 1 byte to a full IP packet, every flag, options, extension headers, tags, TCP and UDP, IPv4 and IPv6. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void doesAsTheKernelDoesWhateverTheFrame(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            Shape shape = Shape.random(random);
            Frame frame = partial(random, shape);
            if (shape.sizeBytes() > 0) {
                compareSegments(random, shape, frame);
            } else {
                compareChecksum(shape, frame);
            }
        }
    }

    private void compareSegments(Random random, Shape shape, Frame gso) {
        MemorySegment memory = gso.memory();
        int type = !shape.tcp() ? VnetHeader.GSO_UDP_L4 : shape.six() ? VnetHeader.GSO_TCPV6 : VnetHeader.GSO_TCPV4;
        boolean cwr = shape.tcp() && (Tcp.flags(memory, transport(gso)) & Tcp.CWR) != 0;
        VnetHeader.gsoType(memory, gso.vnet(), cwr && random.nextBoolean() ? type | VnetHeader.GSO_ECN : type);
        VnetHeader.gsoSize(memory, gso.vnet(), shape.sizeBytes());
        VnetHeader.headerLength(memory, gso.vnet(), gso.length() - shape.payloadBytes());
        List<byte[]> ours = new ArrayList<>();
        Segmenter segmenter = new Segmenter();
        int segments = segmenter.begin(gso);
        for (int i = 0; i < segments; i++) {
            byte[] segment = new byte[segmenter.frameBytes(i)];
            segmenter.emit(i, MemorySegment.ofArray(segment), 0);
            ours.add(segment);
        }
        assertThat(segments).as("%s", shape).isEqualTo(Math.ceilDiv(shape.payloadBytes(), shape.sizeBytes()));

        List<byte[]> kernels = through(gso, segments, shape);

        assertThat(kernels).as("%s", shape).hasSameSizeAs(ours);
        for (int i = 0; i < segments; i++) {
            assertThat(ours.get(i)).as("segment %d of %s", i, shape).isEqualTo(kernels.get(i));
        }
    }

    private void compareChecksum(Shape shape, Frame partial) {
        Frame ours = Objects.requireNonNull(pool.copy(partial));

        List<byte[]> kernels = through(partial, 1, shape);

        assertThat(Checksum.complete(ours)).as("%s", shape).isTrue();
        assertThat(bytes(ours)).as("%s", shape).isEqualTo(kernels.get(0));
        ours.release();
    }

    /** Sends the frame, which is gone then, and returns what arrives of it at the far end. */
    private List<byte[]> through(Frame frame, int expected, Shape shape) {
        tap.transmit(frame);
        tap.flush();
        List<byte[]> arrived = new ArrayList<>();
        Batch batch = new Batch();
        assertThat(tap.counters().drops(DropReason.MALFORMED)).as("%s", shape).isZero();
        Awaitility.await(shape.toString())
                .atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    while (far.receive(pool, batch) > 0) {
                        take(batch, arrived);
                    }
                    return arrived.size() >= expected;
                });
        return arrived;
    }

    private static void take(Batch batch, List<byte[]> arrived) {
        for (int i = 0; i < batch.size(); i++) {
            Frame frame = batch.frame(i);
            if (Ethernet.source(frame.memory(), frame.offset()) == SOURCE) {
                assertThat(VnetHeader.isGso(frame.memory(), frame.vnet())).isFalse();
                assertThat(VnetHeader.needsChecksum(frame.memory(), frame.vnet()))
                        .isFalse();
                arrived.add(bytes(frame));
            }
            frame.release();
        }
        batch.clear();
    }

    private static byte[] bytes(Frame frame) {
        byte[] bytes = new byte[frame.length()];
        MemorySegment.copy(frame.memory(), frame.offset(), MemorySegment.ofArray(bytes), 0, bytes.length);
        return bytes;
    }

    private static long transport(Frame frame) {
        return frame.offset() + VnetHeader.checksumStart(frame.memory(), frame.vnet());
    }

    /** A frame of random content whose checksum is partial. */
    private Frame partial(Random random, Shape shape) {
        Frame frame = Objects.requireNonNull(pool.acquire());
        MemorySegment memory = frame.memory();
        int transportBytes = shape.transportHeaderBytes() + shape.payloadBytes();
        frame.length(Ethernet.BYTES + shape.ipHeaderBytes() + transportBytes);
        byte[] noise = new byte[frame.length()];
        random.nextBytes(noise);
        MemorySegment.copy(MemorySegment.ofArray(noise), 0, memory, frame.offset(), noise.length);
        Ethernet.destination(memory, frame.offset(), DESTINATION);
        Ethernet.source(memory, frame.offset(), SOURCE);
        Ethernet.type(memory, frame.offset(), shape.six() ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
        long ip = frame.offset() + Ethernet.BYTES;
        int protocol = shape.tcp() ? IpProtocol.TCP : IpProtocol.UDP;
        int pseudo = shape.six()
                ? ipv6(random, memory, ip, shape, protocol, transportBytes)
                : ipv4(random, memory, ip, shape, protocol, transportBytes);
        long transport = ip + shape.ipHeaderBytes();
        if (shape.tcp()) {
            Tcp.headerBytes(memory, transport, shape.transportHeaderBytes());
            Tcp.checksum(memory, transport, pseudo);
        } else {
            Udp.totalBytes(memory, transport, transportBytes);
            Udp.checksum(memory, transport, pseudo);
        }
        VnetHeader.flags(memory, frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.checksumStart(memory, frame.vnet(), Ethernet.BYTES + shape.ipHeaderBytes());
        VnetHeader.checksumOffset(memory, frame.vnet(), shape.tcp() ? 16 : 6);
        for (int tag = 0; tag < shape.tags(); tag++) {
            Vlan.push(frame, tag == 0 ? Ethernet.TYPE_VLAN : Ethernet.TYPE_SERVICE_VLAN, 0x2005 + tag);
        }
        return frame;
    }

    private static int ipv4(
            Random random, MemorySegment memory, long ip, Shape shape, int protocol, int transportBytes) {
        Ipv4.headerBytes(memory, ip, shape.ipHeaderBytes());
        Ipv4.totalBytes(memory, ip, shape.ipHeaderBytes() + transportBytes);
        Ipv4.fragment(memory, ip, random.nextBoolean() ? Ipv4.DONT_FRAGMENT : 0);
        Ipv4.protocol(memory, ip, protocol);
        for (int i = 0; i < shape.ipExtraBytes(); i++) {
            Wire.u8(memory, ip + Ipv4.MIN_BYTES + i, 1); // no operation
        }
        Ipv4.updateChecksum(memory, ip);
        return Checksum.pseudoIpv4(memory, ip, protocol, transportBytes);
    }

    private static int ipv6(
            Random random, MemorySegment memory, long ip, Shape shape, int protocol, int transportBytes) {
        Wire.u8(memory, ip, 0x60 | Wire.u8(memory, ip) & 0x0f);
        Ipv6.payloadBytes(memory, ip, shape.ipExtraBytes() + transportBytes);
        Ipv6.nextHeader(memory, ip, protocol);
        int pseudo = Checksum.pseudoIpv6(memory, ip, protocol, transportBytes);
        int left = shape.ipExtraBytes();
        if (left > 0) {
            Ipv6.nextHeader(memory, ip, random.nextBoolean() ? IpProtocol.HOP_BY_HOP : IpProtocol.DESTINATION_OPTIONS);
        }
        long at = ip + Ipv6.BYTES;
        while (left > 0) {
            int bytes = 8 * (1 + random.nextInt(left / 8));
            left -= bytes;
            Wire.u8(memory, at, left > 0 ? IpProtocol.DESTINATION_OPTIONS : protocol);
            Wire.u8(memory, at + 1, bytes / 8 - 1);
            Wire.u8(memory, at + 2, 1); // PadN
            Wire.u8(memory, at + 3, bytes - 4);
            at += bytes;
        }
        return pseudo;
    }
}
