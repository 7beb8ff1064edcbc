package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Checksum;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 6040: figure 4's sixteen cases, for both IP versions, with and without VLAN tags. */
class EcnTest {
    private static final int DROP = -1;
    private static final int DSCP = 0xb8;
    /** An IP protocol number for experiments (RFC 3692). */
    private static final int EXPERIMENT = 253;

    private static final Random RANDOM = new Random(6040);

    /** Rows: what arrives inside; columns: outside; in the order not-ECT, ECT(1), ECT(0), CE. */
    private static final int[][] TABLE = {{0, 0, 0, DROP}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};

    static List<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (int inner = 0; inner < 4; inner++) {
            for (int outer = 0; outer < 4; outer++) {
                for (int tags = 0; tags < 3; tags++) {
                    cases.add(Arguments.of(false, tags, inner, outer, TABLE[inner][outer]));
                    cases.add(Arguments.of(true, tags, inner, outer, TABLE[inner][outer]));
                }
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void combinesWhatBothHeadersSay(boolean six, int tags, int inner, int outer, int expected) {
        byte[] packet = packet(six, tags, DSCP | inner);
        MemorySegment memory = MemorySegment.ofArray(packet);
        byte[] before = packet.clone();
        long ip = Ethernet.BYTES + 4L * tags;

        boolean kept = Ecn.combine(outer, memory, 0, packet.length);

        assertThat(kept).isEqualTo(expected != DROP);
        if (expected == DROP || expected == inner) {
            assertThat(packet).isEqualTo(before);
        } else if (six) {
            assertThat(Ipv6.trafficClass(memory, ip)).isEqualTo(DSCP | expected);
            assertThat(Ipv6.flowLabel(memory, ip)).isEqualTo(Ipv6.flowLabel(MemorySegment.ofArray(before), ip));
        } else {
            assertThat(Ipv4.trafficClass(memory, ip)).isEqualTo(DSCP | expected);
            assertThat(Checksum.sum(memory, ip, Ipv4.MIN_BYTES)).isEqualTo(0xffff);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theOuterHeaderSaysWhatTheInnerSays(boolean six, int tags, int inner, int outer, int expected) {
        byte[] packet = packet(six, tags, DSCP | inner);
        try (FramePool pool = FramePool.of(1)) {
            Frame frame = Objects.requireNonNull(pool.acquire());
            frame.length(packet.length);
            MemorySegment.copy(MemorySegment.ofArray(packet), 0, frame.memory(), frame.offset(), packet.length);
            FrameHeaders headers = new FrameHeaders();
            headers.parse(frame);
            assertThat(Ecn.outer(frame, headers)).isEqualTo(inner);
            frame.release();
        }
    }

    @Test
    void whatIsNotIpOrTooShortToBeIsLeftAsItIs() {
        for (int length = 0; length <= 60; length++) {
            byte[] packet = packet(length % 2 == 0, length % 3, DSCP);
            MemorySegment memory = MemorySegment.ofArray(packet);
            int ip = Ethernet.BYTES + 4 * (length % 3);
            boolean whole = length >= ip + (length % 2 == 0 ? Ipv6.BYTES : Ipv4.MIN_BYTES);
            assertThat(Ecn.combine(Ecn.CONGESTED, memory, 0, length)).isEqualTo(!whole);
        }
        byte[] arp = packet(false, 0, DSCP);
        Ethernet.type(MemorySegment.ofArray(arp), 0, Ethernet.TYPE_ARP);
        assertThat(Ecn.combine(Ecn.CONGESTED, MemorySegment.ofArray(arp), 0, arp.length))
                .isTrue();
    }

    static byte[] packet(boolean six, int tags, int trafficClass) {
        byte[] packet = new byte[Ethernet.BYTES + 4 * tags + 60];
        RANDOM.nextBytes(packet);
        MemorySegment memory = MemorySegment.ofArray(packet);
        int at = Ethernet.BYTES - 2;
        for (int i = 0; i < tags; i++) {
            Wire.u16(memory, at, i == 0 && tags == 2 ? Ethernet.TYPE_SERVICE_VLAN : Ethernet.TYPE_VLAN);
            at += 4;
        }
        Wire.u16(memory, at, six ? Ethernet.TYPE_IPV6 : Ethernet.TYPE_IPV4);
        long ip = at + 2;
        if (six) {
            Ipv6.versionClassLabel(memory, ip, trafficClass, 0x12345);
            Ipv6.payloadBytes(memory, ip, 60 - Ipv6.BYTES);
            Ipv6.nextHeader(memory, ip, EXPERIMENT);
        } else {
            Ipv4.headerBytes(memory, ip, Ipv4.MIN_BYTES);
            Ipv4.trafficClass(memory, ip, trafficClass);
            Ipv4.totalBytes(memory, ip, 60);
            Ipv4.fragment(memory, ip, 0);
            Ipv4.protocol(memory, ip, EXPERIMENT);
            Ipv4.updateChecksum(memory, ip);
        }
        return packet;
    }
}
