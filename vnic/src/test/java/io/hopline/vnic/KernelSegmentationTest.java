package io.hopline.vnic;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.linux.NetNs;
import io.hopline.packet.Batch;
import io.hopline.packet.Checksum;
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
import org.junit.jupiter.params.provider.CsvSource;

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
        in(netns, "ip", "link", "set", "near", "up");
        in(netns, "ip", "link", "set", "far", "up");
        in(netns, "tc", "qdisc", "add", "dev", "tap0", "clsact");
        String redirect =
                "filter add dev tap0 ingress protocol all u32 match u32 0 0 action mirred egress redirect dev near";
        in(netns, ("tc " + redirect).split(" "));
        far = open(PacketPort.open(netns, "far", "far", Port.Kind.UPLINK));
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

    @ParameterizedTest
    @CsvSource({
        // seed, IPv6, TCP, VLAN tag, GSO size, payload
        "1, false, true, false, 1448, 60000",
        "2, true, true, false, 1428, 60000",
        "3, false, false, false, 1200, 40000",
        "4, true, false, false, 1200, 40000",
        "5, false, true, false, 1000, 1001",
        "6, true, true, false, 537, 8191",
        "7, false, true, true, 1400, 9000",
        "8, true, true, true, 1400, 9000",
        "9, false, false, true, 333, 9001",
        "10, false, true, false, 100, 4567",
    })
    void cutsAsTheKernelDoes(long seed, boolean six, boolean tcp, boolean tagged, int sizeBytes, int payloadBytes) {
        Frame gso = partial(new Random(seed), six, tcp, tagged, payloadBytes);
        MemorySegment memory = gso.memory();
        int type = !tcp ? VnetHeader.GSO_UDP_L4 : six ? VnetHeader.GSO_TCPV6 : VnetHeader.GSO_TCPV4;
        boolean cwr = tcp && (Tcp.flags(memory, transport(gso)) & Tcp.CWR) != 0;
        VnetHeader.gsoType(memory, gso.vnet(), cwr ? type | VnetHeader.GSO_ECN : type);
        VnetHeader.gsoSize(memory, gso.vnet(), sizeBytes);
        VnetHeader.headerLength(memory, gso.vnet(), gso.length() - payloadBytes);
        List<byte[]> ours = new ArrayList<>();
        Segmenter segmenter = new Segmenter();
        int segments = segmenter.begin(gso);
        for (int i = 0; i < segments; i++) {
            byte[] segment = new byte[segmenter.frameBytes(i)];
            segmenter.emit(i, MemorySegment.ofArray(segment), 0);
            ours.add(segment);
        }

        List<byte[]> kernels = through(gso, segments);

        assertThat(segments).isEqualTo((payloadBytes + sizeBytes - 1) / sizeBytes);
        assertThat(kernels).hasSameSizeAs(ours);
        for (int i = 0; i < segments; i++) {
            assertThat(ours.get(i)).as("segment " + i).isEqualTo(kernels.get(i));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, false, true, 700", "2, true, true, 701", "3, false, false, 1", "4, true, false, 0"})
    void completesChecksumsAsTheKernelDoes(long seed, boolean six, boolean tcp, int payloadBytes) {
        Frame partial = partial(new Random(seed), six, tcp, false, payloadBytes);
        Frame ours = Objects.requireNonNull(pool.copy(partial));

        List<byte[]> kernels = through(partial, 1);

        assertThat(Checksum.complete(ours)).isTrue();
        assertThat(bytes(ours)).isEqualTo(kernels.get(0));
        ours.release();
    }

    /** Sends the frame, which is gone then, and returns what arrives of it at the far end. */
    private List<byte[]> through(Frame frame, int expected) {
        tap.transmit(frame);
        tap.flush();
        List<byte[]> arrived = new ArrayList<>();
        Batch batch = new Batch();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
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
    private Frame partial(Random random, boolean six, boolean tcp, boolean tagged, int payloadBytes) {
        Frame frame = Objects.requireNonNull(pool.acquire());
        MemorySegment memory = frame.memory();
        int ipHeaderBytes = six ? Ipv6.BYTES : Ipv4.MIN_BYTES;
        int transportHeaderBytes = tcp ? 32 : Udp.BYTES;
        frame.length(Ethernet.BYTES + ipHeaderBytes + transportHeaderBytes + payloadBytes);
        byte[] noise = new byte[frame.length()];
        random.nextBytes(noise);
        MemorySegment.copy(MemorySegment.ofArray(noise), 0, memory, frame.offset(), noise.length);
        Ethernet.destination(memory, frame.offset(), DESTINATION);
        Ethernet.source(memory, frame.offset(), SOURCE);
        Ethernet.type(memory, frame.offset(), six ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
        long ip = frame.offset() + Ethernet.BYTES;
        int transportBytes = transportHeaderBytes + payloadBytes;
        int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
        int pseudo = six ? ipv6(memory, ip, protocol, transportBytes) : ipv4(memory, ip, protocol, transportBytes);
        long transport = ip + ipHeaderBytes;
        if (tcp) {
            Tcp.headerBytes(memory, transport, transportHeaderBytes);
            Tcp.checksum(memory, transport, pseudo);
        } else {
            Udp.totalBytes(memory, transport, transportBytes);
            Udp.checksum(memory, transport, pseudo);
        }
        VnetHeader.flags(memory, frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.checksumStart(memory, frame.vnet(), Ethernet.BYTES + ipHeaderBytes);
        VnetHeader.checksumOffset(memory, frame.vnet(), tcp ? 16 : 6);
        if (tagged) {
            Vlan.push(frame, Ethernet.TYPE_VLAN, 0x2005);
        }
        return frame;
    }

    private static int ipv4(MemorySegment memory, long ip, int protocol, int transportBytes) {
        Ipv4.headerBytes(memory, ip, Ipv4.MIN_BYTES);
        Ipv4.totalBytes(memory, ip, Ipv4.MIN_BYTES + transportBytes);
        Ipv4.fragment(memory, ip, Ipv4.DONT_FRAGMENT);
        Ipv4.protocol(memory, ip, protocol);
        Ipv4.updateChecksum(memory, ip);
        return Checksum.pseudoIpv4(memory, ip, protocol, transportBytes);
    }

    private static int ipv6(MemorySegment memory, long ip, int protocol, int transportBytes) {
        Wire.u8(memory, ip, 0x60 | Wire.u8(memory, ip) & 0x0f);
        Ipv6.payloadBytes(memory, ip, transportBytes);
        Ipv6.nextHeader(memory, ip, protocol);
        return Checksum.pseudoIpv6(memory, ip, protocol, transportBytes);
    }
}
