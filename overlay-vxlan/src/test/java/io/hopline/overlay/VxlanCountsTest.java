package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.linux.NetNs;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A super-frame that needs several messages is one frame in the counters, whatever becomes of its parts. */
@Tag("netns")
class VxlanCountsTest {
    private static final int PAYLOAD = 64_000;
    private static final byte[] HEADERS = HexFormat.of()
            .parseHex("0200000000020200000000010800" + "4500000012344000400600000a0100010a010002"
                    + "9c40005000001000000020005010010000000000");

    private final Guests guests = new Guests();
    private final FramePool pool = FramePool.of(16);

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
    }

    @AfterEach
    void close() {
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
        guests.close();
    }

    private Frame superFrame() {
        Frame frame = Objects.requireNonNull(pool.acquire());
        byte[] bytes = Arrays.copyOf(HEADERS, HEADERS.length + PAYLOAD);
        frame.length(bytes.length);
        MemorySegment memory = frame.memory();
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        Wire.u16(memory, frame.offset() + 16, bytes.length - 14);
        Ipv4.updateChecksum(memory, frame.offset() + 14);
        VnetHeader.gsoType(memory, frame.vnet(), VnetHeader.GSO_TCPV4);
        VnetHeader.gsoSize(memory, frame.vnet(), 1_000);
        frame.tunnelId(5);
        frame.tunnelDestination(Ipv4Address.parse("192.0.2.2").bits());
        return frame;
    }

    private static long drops(VxlanPort port) {
        return Arrays.stream(DropReason.values())
                .mapToLong(reason -> port.counters().drops(reason))
                .sum();
    }

    @Test
    void aSuperFrameCountsOnceSentOrNot() {
        NetNs host = guests.create();
        NetNs peer = guests.create();
        host.ip("link", "add", "u0", "type", "veth", "peer", "name", "u0", "netns", peer.path());
        host.ip("addr", "add", "192.0.2.1/24", "dev", "u0");
        host.ip("link", "set", "u0", "up");
        try (VxlanPort port = VxlanPort.open(host, Ipv4Address.parse("192.0.2.1"), "vxlan0")) {
            assertThat(port.isUp()).isFalse();
            assertThat(port.mtu()).as("without a carrier, too").isEqualTo(1450);
            peer.ip("link", "set", "u0", "up");
            Awaitility.await().until(port::isUp);
            port.transmit(superFrame());
            port.transmit(superFrame());
            port.flush();
            assertThat(port.counters().txFrames()).isEqualTo(2);
            assertThat(drops(port)).isZero();

            host.ip("link", "set", "u0", "down");
            for (int i = 0; i < 3; i++) {
                port.transmit(superFrame());
            }
            port.flush();
            assertThat(drops(port)).isEqualTo(3);

            host.ip("link", "set", "u0", "up");
            Awaitility.await().until(port::isUp);
            port.transmit(superFrame());
            port.flush();
            assertThat(port.counters().txFrames()).isEqualTo(3);
            assertThat(drops(port)).isEqualTo(3);
        }
    }
}
