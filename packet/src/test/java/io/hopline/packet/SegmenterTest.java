package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

class SegmenterTest {
    private final FramePool pool = FramePool.of(2);
    private final Segmenter segmenter = new Segmenter();

    @AfterEach
    void everyFrameIsBack() {
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
    }

    private static void makeGso(Frame frame, boolean six, boolean tcp, int sizeBytes) {
        ChecksumTest.makePartial(frame, six, tcp);
        int type = !tcp ? VnetHeader.GSO_UDP_L4 : six ? VnetHeader.GSO_TCPV6 : VnetHeader.GSO_TCPV4;
        VnetHeader.gsoType(frame.memory(), frame.vnet(), type);
        VnetHeader.gsoSize(frame.memory(), frame.vnet(), sizeBytes);
    }

    /** Every header and checksum by pcap4j, and the payload put together again. */
    @ParameterizedTest
    @CsvSource({
        "1, false, true, 1448, 65000",
        "2, true, true, 1428, 65000",
        "3, false, false, 1472, 60000",
        "4, true, false, 1452, 60000",
        "5, false, true, 1448, 1448",
        "6, false, true, 1448, 1449",
        "7, false, true, 1448, 1",
        "8, true, true, 537, 10001",
        "9, false, false, 1, 77",
        "10, true, false, 3, 77",
        "11, false, true, 65000, 20000",
        "12, false, true, 1448, 0",
    })
    void cutsAsPcap4jWouldWriteIt(long seed, boolean six, boolean tcp, int sizeBytes, int payloadBytes)
            throws Exception {
        byte[] whole = TestFrames.ip(new Random(seed), six, tcp, payloadBytes);
        Frame gso = TestFrames.frame(pool, whole);
        makeGso(gso, six, tcp, sizeBytes);
        int segments = segmenter.begin(gso);
        assertThat(segments).isEqualTo(Math.max(1, (payloadBytes + sizeBytes - 1) / sizeBytes));
        EthernetPacket original = EthernetPacket.newPacket(whole, 0, whole.length);
        int headerBytes = whole.length - payloadBytes;
        byte[] together = new byte[payloadBytes];

        for (int i = 0; i < segments; i++) {
            byte[] segment = new byte[segmenter.frameBytes(i)];
            assertThat(segmenter.emit(i, MemorySegment.ofArray(segment), 0)).isEqualTo(segment.length);
            int bytes = segment.length - headerBytes;
            System.arraycopy(segment, headerBytes, together, i * sizeBytes, bytes);
            EthernetPacket packet = EthernetPacket.newPacket(segment, 0, segment.length);
            // A builder with the same fields and the original's values where they stay writes lengths and checksums
            // itself.
            assertThat(packet).isEqualTo(expected(original, packet, six, tcp, i, i == segments - 1, sizeBytes));
        }
        assertThat(together).isEqualTo(Arrays.copyOfRange(whole, headerBytes, whole.length));
        gso.release();
    }

    private static EthernetPacket expected(
            EthernetPacket original,
            EthernetPacket segment,
            boolean six,
            boolean tcp,
            int index,
            boolean last,
            int size) {
        EthernetPacket.Builder builder = original.getBuilder();
        if (tcp) {
            TcpPacket.Builder tcpBuilder = builder.get(TcpPacket.Builder.class);
            TcpPacket.TcpHeader header = original.get(TcpPacket.class).getHeader();
            tcpBuilder
                    .sequenceNumber(header.getSequenceNumber() + index * size)
                    .fin(header.getFin() && last)
                    .psh(header.getPsh() && last)
                    .payloadBuilder(payload(segment.get(TcpPacket.class)))
                    .correctChecksumAtBuild(true);
            addresses(original, six, tcpBuilder);
        } else {
            UdpPacket.Builder udpBuilder = builder.get(UdpPacket.Builder.class);
            udpBuilder
                    .payloadBuilder(payload(segment.get(UdpPacket.class)))
                    .correctChecksumAtBuild(true)
                    .correctLengthAtBuild(true);
            addresses(original, six, udpBuilder);
        }
        if (six) {
            builder.get(IpV6Packet.Builder.class).correctLengthAtBuild(true);
        } else {
            short id = (short) (original.get(IpV4Packet.class).getHeader().getIdentificationAsInt() + index);
            builder.get(IpV4Packet.Builder.class)
                    .identification(id)
                    .correctChecksumAtBuild(true)
                    .correctLengthAtBuild(true);
        }
        return builder.build();
    }

    private static org.pcap4j.packet.Packet.@org.jspecify.annotations.Nullable Builder payload(
            org.pcap4j.packet.Packet packet) {
        return packet.getPayload() == null ? null : packet.getPayload().getBuilder();
    }

    private static void addresses(EthernetPacket original, boolean six, TcpPacket.Builder builder) {
        if (six) {
            builder.srcAddr(original.get(IpV6Packet.class).getHeader().getSrcAddr())
                    .dstAddr(original.get(IpV6Packet.class).getHeader().getDstAddr());
        } else {
            builder.srcAddr(original.get(IpV4Packet.class).getHeader().getSrcAddr())
                    .dstAddr(original.get(IpV4Packet.class).getHeader().getDstAddr());
        }
    }

    private static void addresses(EthernetPacket original, boolean six, UdpPacket.Builder builder) {
        if (six) {
            builder.srcAddr(original.get(IpV6Packet.class).getHeader().getSrcAddr())
                    .dstAddr(original.get(IpV6Packet.class).getHeader().getDstAddr());
        } else {
            builder.srcAddr(original.get(IpV4Packet.class).getHeader().getSrcAddr())
                    .dstAddr(original.get(IpV4Packet.class).getHeader().getDstAddr());
        }
    }

    /** Behind a tag, options and extension headers only offsets differ: checked by the parser and the checksum's own rule. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void cutsBehindTagsOptionsAndExtensionHeaders(long seed) {
        Random random = new Random(seed);
        boolean six = (seed & 1) != 0;
        boolean tcp = (seed & 2) != 0;
        byte[] plain = TestFrames.ip(random, six, tcp, 5000 + random.nextInt(1000));
        byte[] whole = TestFrames.tagged(
                six
                        ? TestFrames.withDestinationOptions(plain, 1)
                        : TestFrames.withIpv4Options(plain, new byte[] {1, 1, 1, 0}),
                0x8100,
                7);
        int shift = whole.length - plain.length;
        Frame gso = TestFrames.frame(pool, plain);
        makeGso(gso, six, tcp, 1000);
        VnetHeader.checksumStart(gso.memory(), gso.vnet(), (six ? 54 : 34) + shift);
        int partial = Wire.u16(gso.memory(), gso.offset() + (six ? 54 : 34) + (tcp ? 16 : 6));
        MemorySegment.copy(MemorySegment.ofArray(whole), 0, gso.memory(), gso.offset(), whole.length);
        gso.length(whole.length);
        Wire.u16(gso.memory(), gso.offset() + (six ? 54 : 34) + shift + (tcp ? 16 : 6), partial);
        FrameHeaders headers = new FrameHeaders();

        int segments = segmenter.begin(gso);

        assertThat(segments).isEqualTo((plain.length - segmenter.headerBytes() + shift + 999) / 1000);
        Frame segment = TestFrames.frame(pool, new byte[0]);
        for (int i = 0; i < segments; i++) {
            segmenter.emit(i, segment);
            assertThat(headers.parse(segment)).isEqualTo(FrameHeaders.Verdict.OK);
            assertThat(headers.payloadBytes()).isEqualTo(segmenter.payloadBytes(i));
            assertThat(checksumsAreRight(segment, headers)).isTrue();
            assertThat(VnetHeader.isGso(segment.memory(), segment.vnet())).isFalse();
        }
        segment.release();
        gso.release();
    }

    static boolean checksumsAreRight(Frame frame, FrameHeaders headers) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + headers.l3Offset();
        int transportBytes = headers.ipBytes() - headers.ipHeaderBytes();
        boolean four = headers.ipVersion() == 4;
        int pseudo = four
                ? Checksum.pseudoIpv4(memory, ip, headers.ipProtocol(), transportBytes)
                : Checksum.pseudoIpv6(memory, ip, headers.ipProtocol(), transportBytes);
        int sum = Checksum.add(pseudo, Checksum.sum(memory, frame.offset() + headers.l4Offset(), transportBytes));
        return sum == 0xffff && (!four || Checksum.sum(memory, ip, headers.ipHeaderBytes()) == 0xffff);
    }

    @Test
    void keepsCwrOnTheFirstSegmentAndFinAndPshOnTheLast() {
        Frame gso = TestFrames.frame(pool, TestFrames.ip(new Random(3), false, true, 300));
        Tcp.flags(gso.memory(), gso.offset() + 34, Tcp.CWR | Tcp.FIN | Tcp.PSH | Tcp.ACK | Tcp.ECE);
        makeGso(gso, false, true, 100);
        VnetHeader.gsoType(gso.memory(), gso.vnet(), VnetHeader.GSO_TCPV4 | VnetHeader.GSO_ECN);
        assertThat(segmenter.begin(gso)).isEqualTo(3);
        int[] flags = new int[3];
        byte[] segment = new byte[154];
        for (int i = 2; i >= 0; i--) {
            segmenter.emit(i, MemorySegment.ofArray(segment), 0);
            flags[i] = segment[47] & 0xff;
        }
        assertThat(flags)
                .containsExactly(Tcp.CWR | Tcp.ACK | Tcp.ECE, Tcp.ACK | Tcp.ECE, Tcp.FIN | Tcp.PSH | Tcp.ACK | Tcp.ECE);
        gso.release();
    }

    @Test
    void segmentsCarryTheMetadataOfTheWhole() {
        Frame gso = TestFrames.frame(pool, TestFrames.ip(new Random(3), false, true, 300));
        makeGso(gso, false, true, 100);
        gso.inPort(7);
        gso.mark(8);
        gso.rxKernelNs(9);
        gso.tunnelId(10);
        gso.tunnelSource(11);
        gso.tunnelDestination(12);
        segmenter.begin(gso);
        Frame segment = TestFrames.frame(pool, new byte[0]);

        segmenter.emit(2, segment);

        assertThat(segment.inPort()).isEqualTo(7);
        assertThat(segment.mark()).isEqualTo(8);
        assertThat(segment.rxKernelNs()).isEqualTo(9);
        assertThat(segment.tunnelId()).isEqualTo(10);
        assertThat(segment.tunnelSource()).isEqualTo(11);
        assertThat(segment.tunnelDestination()).isEqualTo(12);
        assertThatThrownBy(() -> segmenter.emit(3, segment)).isInstanceOf(IndexOutOfBoundsException.class);
        segment.release();
        gso.release();
    }

    /** The payload may stay where it is: headers written apart, payload gathered. */
    @Test
    void writesHeadersApart() {
        Frame gso = TestFrames.frame(pool, TestFrames.ip(new Random(3), true, true, 300));
        makeGso(gso, true, true, 128);
        segmenter.begin(gso);
        for (int i = 0; i < 3; i++) {
            byte[] whole = new byte[segmenter.frameBytes(i)];
            byte[] gathered = new byte[segmenter.frameBytes(i)];
            segmenter.emit(i, MemorySegment.ofArray(whole), 0);
            segmenter.emitHeaders(i, MemorySegment.ofArray(gathered), 0);
            MemorySegment.copy(
                    gso.memory(),
                    segmenter.payloadPosition(i),
                    MemorySegment.ofArray(gathered),
                    segmenter.headerBytes(),
                    segmenter.payloadBytes(i));
            assertThat(gathered).isEqualTo(whole);
        }
        gso.release();
    }

    @Test
    void refusesToMakeMoreSegmentsThanTcpWould() {
        Frame gso = TestFrames.frame(pool, TestFrames.ip(new Random(3), false, true, 60_000));
        makeGso(gso, false, true, 1);
        assertThat(segmenter.begin(gso)).isZero();
        VnetHeader.gsoSize(gso.memory(), gso.vnet(), 44);
        assertThat(segmenter.begin(gso)).isEqualTo(1364);
        gso.release();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void hostileVnetHeadersAndFramesNeverThrow(long seed) {
        Random random = new Random(seed);
        Frame gso = TestFrames.frame(pool, new byte[0]);
        Frame segment = TestFrames.frame(pool, new byte[0]);
        FrameHeaders headers = new FrameHeaders();
        for (int i = 0; i < 20_000; i++) {
            boolean six = random.nextBoolean();
            boolean tcp = random.nextBoolean();
            byte[] frame = TestFrames.ip(random, six, tcp, random.nextInt(300));
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                frame[random.nextInt(Math.min(80, frame.length))] = (byte) random.nextInt();
            }
            int length = random.nextInt(3) == 0 ? random.nextInt(frame.length + 1) : frame.length;
            MemorySegment.copy(MemorySegment.ofArray(frame), 0, gso.memory(), gso.offset(), length);
            gso.length(length);
            makeGsoIfLongEnough(gso, six, tcp, random);
            int segments = segmenter.begin(gso);
            for (int s = 0; s < segments; s++) {
                segmenter.emit(s, segment);
                assertThat(headers.parse(segment)).isEqualTo(FrameHeaders.Verdict.OK);
            }
        }
        segment.release();
        gso.release();
    }

    private static void makeGsoIfLongEnough(Frame gso, boolean six, boolean tcp, Random random) {
        MemorySegment memory = gso.memory();
        VnetHeader.clear(memory, gso.vnet());
        if (gso.length() >= 80 && random.nextInt(4) != 0) {
            makeGso(gso, six, tcp, random.nextInt(100));
        } else {
            for (int at = 0; at < VnetHeader.BYTES; at++) {
                Wire.u8(memory, gso.vnet() + at, random.nextInt(random.nextBoolean() ? 8 : 256));
            }
        }
    }
}
