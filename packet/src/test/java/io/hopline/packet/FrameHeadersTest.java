package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.FrameHeaders.Verdict;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IpPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

class FrameHeadersTest {
    private final FrameHeaders headers = new FrameHeaders();

    private Verdict parse(byte[] frame) {
        return headers.parse(MemorySegment.ofArray(frame), 0, frame.length);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void saysWhatPcap4jSays(long seed) throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            boolean six = random.nextBoolean();
            boolean tcp = random.nextBoolean();
            byte[] frame = TestFrames.ip(random, six, tcp, random.nextInt(100));
            EthernetPacket ethernet = EthernetPacket.newPacket(frame, 0, frame.length);
            IpPacket ip = six ? ethernet.get(IpV6Packet.class) : ethernet.get(IpV4Packet.class);

            assertThat(parse(frame)).isEqualTo(Verdict.OK);

            MemorySegment memory = MemorySegment.ofArray(frame);
            assertThat(headers.etherType())
                    .isEqualTo(ethernet.getHeader().getType().value() & 0xffff);
            assertThat(headers.ipVersion()).isEqualTo(six ? 6 : 4);
            assertThat(headers.ipBytes()).isEqualTo(ip.length());
            assertThat(headers.ipProtocol())
                    .isEqualTo(ip.getHeader().getProtocol().value() & 0xff);
            if (tcp) {
                assertTcp(memory, ip.get(TcpPacket.class));
            } else {
                assertUdp(memory, ip.get(UdpPacket.class));
            }
        }
    }

    private void assertTcp(MemorySegment memory, TcpPacket tcp) {
        TcpPacket.TcpHeader header = tcp.getHeader();
        int at = headers.l4Offset();
        assertThat(headers.isTcp()).isTrue();
        assertThat(headers.sourcePort()).isEqualTo(header.getSrcPort().valueAsInt());
        assertThat(headers.destinationPort()).isEqualTo(header.getDstPort().valueAsInt());
        assertThat(Tcp.sequence(memory, at)).isEqualTo(header.getSequenceNumber());
        assertThat(Tcp.acknowledgment(memory, at)).isEqualTo(header.getAcknowledgmentNumber());
        assertThat(Tcp.window(memory, at)).isEqualTo(header.getWindowAsInt());
        assertThat(Tcp.checksum(memory, at)).isEqualTo(header.getChecksum() & 0xffff);
        assertThat((headers.tcpFlags() & Tcp.SYN) != 0).isEqualTo(header.getSyn());
        assertThat((headers.tcpFlags() & Tcp.FIN) != 0).isEqualTo(header.getFin());
        assertThat((headers.tcpFlags() & Tcp.PSH) != 0).isEqualTo(header.getPsh());
        assertThat((headers.tcpFlags() & Tcp.ACK) != 0).isEqualTo(header.getAck());
        assertThat(headers.payloadBytes())
                .isEqualTo(tcp.getPayload() == null ? 0 : tcp.getPayload().length());
    }

    private void assertUdp(MemorySegment memory, UdpPacket udp) {
        assertThat(headers.isUdp()).isTrue();
        assertThat(headers.sourcePort()).isEqualTo(udp.getHeader().getSrcPort().valueAsInt());
        assertThat(headers.destinationPort())
                .isEqualTo(udp.getHeader().getDstPort().valueAsInt());
        assertThat(Udp.totalBytes(memory, headers.l4Offset()))
                .isEqualTo(udp.getHeader().getLengthAsInt());
        assertThat(headers.payloadBytes())
                .isEqualTo(udp.getPayload() == null ? 0 : udp.getPayload().length());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void seesThroughTagsOptionsAndExtensionHeaders(long seed) {
        Random random = new Random(seed);
        byte[] plain4 = TestFrames.ip(random, false, true, 30);
        byte[] plain6 = TestFrames.ip(random, true, false, 30);
        byte[] four = TestFrames.tagged(
                TestFrames.tagged(TestFrames.withIpv4Options(plain4, new byte[] {1, 1, 1, 0}), 0x8100, 0x2007),
                0x88a8,
                0xe064);
        byte[] six = TestFrames.tagged(TestFrames.withDestinationOptions(plain6, 2), 0x8100, 5);

        assertThat(parse(four)).isEqualTo(Verdict.OK);
        assertThat(headers.vlanTags()).isEqualTo(2);
        assertThat(Vlan.id(headers.vlanTci())).isEqualTo(0x64);
        assertThat(Vlan.priority(headers.vlanTci())).isEqualTo(7);
        assertThat(headers.l3Offset()).isEqualTo(22);
        assertThat(headers.ipHeaderBytes()).isEqualTo(24);
        assertThat(headers.l4Offset()).isEqualTo(46);
        assertThat(headers.payloadBytes()).isEqualTo(30);

        assertThat(parse(six)).isEqualTo(Verdict.OK);
        assertThat(headers.ipHeaderBytes()).isEqualTo(64);
        assertThat(headers.isUdp()).isTrue();
        assertThat(headers.payloadOffset()).isEqualTo(14 + 4 + 64 + 8);
    }

    /** Cut anywhere, a frame still parses as far as it goes, and nothing beyond the cut is read. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void cutsNeverThrow(long seed) {
        Random random = new Random(seed);
        byte[] frame = TestFrames.ip(random, (seed & 1) != 0, (seed & 2) != 0, 40);
        if ((seed & 4) != 0) {
            frame = (seed & 1) != 0
                    ? TestFrames.withDestinationOptions(frame, 1)
                    : TestFrames.withIpv4Options(frame, new byte[8]);
            frame = TestFrames.tagged(frame, 0x8100, 1);
        }
        for (int length = 0; length < frame.length; length++) {
            byte[] cut = Arrays.copyOf(frame, length);
            Verdict verdict = parse(cut);
            assertThat(verdict)
                    .isEqualTo(
                            length < 14 || length < 18 && (seed & 4) != 0 ? Verdict.BAD_ETHERNET : Verdict.BAD_NETWORK);
            assertThat(headers.l3Offset()).isEqualTo(-1);
            assertThat(headers.l4Offset()).isEqualTo(-1);
        }
    }

    /** Frames whose own bytes were changed at random: no read outside the frame (the segment ends with it), no exception. */
    @ParameterizedTest
    @ValueSource(longs = {100, 101, 102, 103})
    void hostileBytesNeverThrow(long seed) {
        Random random = new Random(seed);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(2048);
            for (int i = 0; i < 100_000; i++) {
                byte[] frame = random.nextInt(8) == 0
                        ? TestFrames.bytes(random, random.nextInt(120))
                        : mutated(random, TestFrames.ip(random, random.nextBoolean(), random.nextBoolean(), 20));
                MemorySegment exact = memory.asSlice(0, frame.length);
                MemorySegment.copy(MemorySegment.ofArray(frame), 0, exact, 0, frame.length);

                headers.parse(exact, 0, frame.length);

                assertOffsetsInside(frame.length);
            }
        }
    }

    private static byte[] mutated(Random random, byte[] frame) {
        for (int flips = random.nextInt(6); flips > 0; flips--) {
            frame[12 + random.nextInt(Math.min(60, frame.length - 12))] = (byte) random.nextInt();
        }
        return random.nextBoolean() ? frame : Arrays.copyOf(frame, random.nextInt(frame.length + 1));
    }

    private void assertOffsetsInside(int length) {
        if (headers.l3Offset() >= 0) {
            assertThat(headers.l3Offset() + headers.ipBytes()).isLessThanOrEqualTo(length);
        }
        if (headers.l4Offset() >= 0) {
            assertThat(headers.payloadOffset() + headers.payloadBytes()).isLessThanOrEqualTo(length);
            assertThat(headers.payloadBytes()).isNotNegative();
        }
    }

    @ParameterizedTest
    @CsvSource({
        // offset, value, verdict: an IPv4 TCP frame with one byte changed
        "14, 0x65, BAD_NETWORK", // version 6
        "14, 0x44, BAD_NETWORK", // header of 16 bytes
        "14, 0x4f, BAD_NETWORK", // header longer than the packet
        "16, 0xff, BAD_NETWORK", // total length beyond the frame
        "46, 0x40, BAD_TRANSPORT", // TCP header of 16 bytes
        "46, 0xf0, BAD_TRANSPORT", // TCP header beyond the packet
        "23, 0xfd, OK", // an unknown protocol
        "21, 0x01, OK" // a later fragment
    })
    void judgesContradictions(int at, String value, Verdict expected) {
        byte[] frame = TestFrames.ip(new Random(9), false, true, 4);
        frame[at] = (byte) (int) Integer.decode(value);

        assertThat(parse(frame)).isEqualTo(expected);
        assertThat(headers.isTcp()).isFalse();
        assertThat(headers.l3Offset() >= 0).isEqualTo(expected != Verdict.BAD_NETWORK);
    }

    @Test
    void readsPortsOfTheFirstFragmentOnly() {
        byte[] first = TestFrames.ip(new Random(1), false, false, 64);
        first[20] = 0x20;
        first[38] = 0x7f;
        assertThat(parse(first)).isEqualTo(Verdict.OK);
        assertThat(headers.fragment()).isEqualTo(FrameHeaders.FRAGMENT_FIRST);
        assertThat(headers.isUdp()).isTrue();

        first[21] = 8;
        assertThat(parse(first)).isEqualTo(Verdict.OK);
        assertThat(headers.fragment()).isEqualTo(FrameHeaders.FRAGMENT_LATER);
        assertThat(headers.isUdp()).isFalse();
        assertThat(headers.ipProtocol()).isEqualTo(IpProtocol.UDP);
    }

    @Test
    void readsIpv6Fragments() {
        byte[] frame = TestFrames.withDestinationOptions(TestFrames.ip(new Random(1), true, true, 64), 0);
        frame[20] = IpProtocol.FRAGMENT;
        frame[56] = 0;
        frame[57] = 1;
        assertThat(parse(frame)).isEqualTo(Verdict.OK);
        assertThat(headers.fragment()).isEqualTo(FrameHeaders.FRAGMENT_FIRST);
        assertThat(headers.isTcp()).isTrue();

        frame[57] = 8;
        assertThat(parse(frame)).isEqualTo(Verdict.OK);
        assertThat(headers.fragment()).isEqualTo(FrameHeaders.FRAGMENT_LATER);
        assertThat(headers.l4Offset()).isEqualTo(-1);
    }

    @Test
    void ignoresPaddingAfterTheIpPacket() {
        byte[] frame = Arrays.copyOf(TestFrames.ip(new Random(1), false, false, 2), 60);

        assertThat(parse(frame)).isEqualTo(Verdict.OK);
        assertThat(headers.ipBytes()).isEqualTo(30);
        assertThat(headers.payloadBytes()).isEqualTo(2);
    }

    @Test
    void tellsIeee8023FromEthernet() {
        byte[] llc = new byte[60];
        llc[13] = 40;
        assertThat(parse(llc)).isEqualTo(Verdict.OK);
        assertThat(headers.etherType()).isEqualTo(FrameHeaders.NOT_ETHERNET_II);

        byte[] snap = llc.clone();
        System.arraycopy(new byte[] {(byte) 0xaa, (byte) 0xaa, 3, 0, 0, 0, 8, 6}, 0, snap, 14, 8);
        System.arraycopy(new byte[] {0, 1, 8, 0, 6, 4, 0, 1}, 0, snap, 22, 8);
        assertThat(parse(snap)).isEqualTo(Verdict.OK);
        assertThat(headers.isArp()).isTrue();
        assertThat(headers.l3Offset()).isEqualTo(22);
    }

    @Test
    void stopsAfterEightExtensionHeaders() {
        byte[] frame = TestFrames.ip(new Random(1), true, true, 0);
        for (int i = 0; i < 8; i++) {
            frame = TestFrames.withDestinationOptions(frame, 0);
        }
        assertThat(parse(frame)).isEqualTo(Verdict.OK);
        assertThat(parse(TestFrames.withDestinationOptions(frame, 0))).isEqualTo(Verdict.BAD_NETWORK);
    }
}
