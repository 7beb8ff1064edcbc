package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.linux.MessageBatch;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.linux.UdpSocket;
import io.hopline.packet.Batch;
import io.hopline.packet.Checksum;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpAddress;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.Port;
import io.hopline.packet.Udp;
import io.hopline.packet.Vxlan;
import io.hopline.vnic.PacketPort;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands around our frames on the wire, and what we make of what stands around others'. */
@Tag("netns")
class OuterHeadersTest {
    private static final int DSCP = 0xb8;

    private final Guests guests = new Guests();
    private final FramePool pool = FramePool.of(64);
    private final Batch batch = new Batch();
    private NetNs host = NetNs.current();
    private NetNs peer = NetNs.current();

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
        host = guests.create();
        peer = guests.create();
    }

    @AfterEach
    void close() {
        guests.close();
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
    }

    private VxlanPort connect(String network) {
        String there = "hlo" + ThreadLocalRandom.current().nextInt(1_000_000);
        host.ip("link", "add", "under0", "type", "veth", "peer", "name", there);
        host.run(() -> peer.adopt(there, "under0"));
        host.run(() -> {
            try (NetDevice device = NetDevice.open("under0")) {
                device.finishesPackets(false);
            }
        });
        String length = network.contains(":") ? "/64" : "/24";
        host.ip("link", "set", "under0", "up");
        peer.ip("link", "set", "under0", "up");
        host.ip("addr", "add", network + 1 + length, "dev", "under0", "nodad");
        peer.ip("addr", "add", network + 2 + length, "dev", "under0", "nodad");
        VxlanPort port = VxlanPort.open(host, IpAddress.parse(network + 1), "vxlan0");
        Awaitility.await().until(port::isUp);
        return port;
    }

    private Frame inner(int trafficClass, IpAddress vtep) {
        byte[] packet = EcnTest.packet(false, 0, trafficClass);
        Frame frame = Objects.requireNonNull(pool.acquire());
        frame.length(packet.length);
        MemorySegment.copy(packet, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), packet.length);
        switch (vtep) {
            case Ipv4Address ipv4 -> frame.tunnelDestination(ipv4.bits());
            case Ipv6Address ipv6 -> frame.tunnelDestination(ipv6.high(), ipv6.low());
        }
        return frame;
    }

    /** Frames of all four markings in one flush, so that a train of several would show. */
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.", "2001:db8::"})
    void sendsWithChecksumUnfragmentedWithTheInnerEcnAndNoDscp(String network) {
        IpAddress vtep = IpAddress.parse(network + 2);
        try (VxlanPort port = connect(network);
                PacketPort wire = PacketPort.open(peer, "under0", "wire", Port.Kind.UPLINK)) {
            List<Integer> expected = List.of(0, 0, 1, 1, 2, 2, 3, 3, 0);
            for (int ecn : expected) {
                port.transmit(inner(DSCP | ecn, vtep));
            }
            port.flush();
            List<Integer> seen = new ArrayList<>();
            FrameHeaders headers = new FrameHeaders();
            Awaitility.await().until(() -> {
                wire.receive(pool, batch);
                for (int i = 0; i < batch.size(); i++) {
                    Frame frame = batch.frame(i);
                    headers.parse(frame);
                    if (headers.isUdp() && headers.destinationPort() == Vxlan.UDP_PORT) {
                        seen.add(outerTrafficClass(frame, headers));
                    }
                    frame.release();
                }
                batch.clear();
                return seen.size() == expected.size();
            });
            // They are of several flows, which leave by several sockets.
            assertThat(seen).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private static int outerTrafficClass(Frame frame, FrameHeaders headers) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + headers.l3Offset();
        long udp = frame.offset() + headers.l4Offset();
        int bytes = headers.ipBytes() - headers.ipHeaderBytes();
        boolean ipv4 = headers.ipVersion() == 4;
        int pseudo = ipv4
                ? Checksum.pseudoIpv4(memory, ip, IpProtocol.UDP, bytes)
                : Checksum.pseudoIpv6(memory, ip, IpProtocol.UDP, bytes);
        assertThat(Udp.checksum(memory, udp)).isNotZero();
        assertThat(Checksum.add(pseudo, Checksum.sum(memory, udp, bytes))).isEqualTo(0xffff);
        if (ipv4) {
            assertThat(Ipv4.fragment(memory, ip)).isEqualTo(Ipv4.DONT_FRAGMENT);
        }
        return ipv4 ? Ipv4.trafficClass(memory, ip) : Ipv6.trafficClass(memory, ip);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.", "2001:db8::"})
    void congestionMarkedOutsideIsMarkedInsideOrDrops(String network) {
        try (VxlanPort port = connect(network);
                UdpSocket sender = peer.call(
                        () -> UdpSocket.open(IpAddress.parse(network + 2).bytes(), 0))) {
            send(sender, IpAddress.parse(network + 1), DSCP | Ecn.CAPABLE_0, Ecn.CONGESTED);
            send(sender, IpAddress.parse(network + 1), DSCP, Ecn.CONGESTED);
            send(sender, IpAddress.parse(network + 1), DSCP | Ecn.CAPABLE_0, DSCP);
            List<Integer> seen = new ArrayList<>();
            Awaitility.await().until(() -> {
                port.receive(pool, batch);
                for (int i = 0; i < batch.size(); i++) {
                    Frame frame = batch.frame(i);
                    long ip = frame.offset() + 14;
                    if (frame.tunnelId() == 5) {
                        assertThat(Checksum.sum(frame.memory(), ip, Ipv4.MIN_BYTES))
                                .isEqualTo(0xffff);
                        seen.add(Ipv4.trafficClass(frame.memory(), ip));
                    }
                    frame.release();
                }
                batch.clear();
                return seen.size() == 2;
            });
            assertThat(seen).containsExactly(DSCP | Ecn.CONGESTED, DSCP | Ecn.CAPABLE_0);
            assertThat(port.counters().drops(DropReason.CONGESTION)).isEqualTo(1);
        }
    }

    private static void send(UdpSocket sender, IpAddress to, int innerClass, int outerClass) {
        byte[] packet = EcnTest.packet(false, 0, innerClass);
        try (MessageBatch message = new MessageBatch(1, 1);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(Vxlan.BYTES + packet.length);
            Vxlan.write(memory, 0, 5);
            MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, Vxlan.BYTES, packet.length);
            message.buffer(0, memory, 0, (int) memory.byteSize());
            switch (to) {
                case Ipv4Address ipv4 -> message.destination(0, ipv4.bits(), Vxlan.UDP_PORT);
                case Ipv6Address ipv6 -> message.destination(0, ipv6.high(), ipv6.low(), Vxlan.UDP_PORT);
            }
            message.trafficClass(0, outerClass);
            assertThat(sender.send(message, 0, 1)).isEqualTo(1);
        }
    }
}
