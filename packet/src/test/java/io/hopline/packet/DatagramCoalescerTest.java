package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatagramCoalescerTest {
    private static final int IPV4 = 14;
    private static final int UDP = 34;

    private final FramePool pool = FramePool.of(DatagramCoalescer.MAX_DATAGRAMS + 3);
    private final DatagramCoalescer coalescer = new DatagramCoalescer();

    @AfterEach
    void everyFrameIsBack() {
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
    }

    /** What the segmenter cuts, joined again, is what was cut: with checksums whole or left to be done. */
    @ParameterizedTest
    @CsvSource({
        "1, false, 1472, 60000, false",
        "2, true, 1452, 60000, false",
        "3, false, 18, 1152, false",
        "4, true, 1, 64, true",
        "5, false, 18, 37, true",
        "6, true, 700, 1400, true",
    })
    void undoesTheSegmenter(long seed, boolean six, int sizeBytes, int payloadBytes, boolean partial) {
        Frame whole = superFrame(seed, six, sizeBytes, payloadBytes);
        byte[] expected = TestFrames.bytes(whole);
        List<Frame> datagrams = cut(whole);
        if (partial) {
            datagrams.forEach(frame -> ChecksumTest.makePartial(frame, six, false));
        }

        assertThat(join(datagrams)).isEqualTo(datagrams.size());

        Frame first = datagrams.getFirst();
        assertThat(TestFrames.bytes(first)).isEqualTo(expected);
        assertThat(VnetHeader.gsoType(first.memory(), first.vnet())).isEqualTo(VnetHeader.GSO_UDP_L4);
        assertThat(VnetHeader.gsoSize(first.memory(), first.vnet())).isEqualTo(sizeBytes);
        assertThat(VnetHeader.headerLength(first.memory(), first.vnet())).isEqualTo(six ? 62 : 42);
        assertThat(VnetHeader.needsChecksum(first.memory(), first.vnet())).isTrue();
        first.release();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "source",
                "destination",
                "port",
                "ttl",
                "class",
                "fragment",
                "identification",
                "udp checksum",
                "ip checksum",
                "no checksum",
                "udp length",
                "options",
                "tcp",
                "padding"
            })
    void whatDoesNotContinueTheFlowStaysAlone(String difference) {
        List<Frame> datagrams = cut(superFrame(7, false, 100, 200));
        Frame second = datagrams.get(1);
        change(second, difference);
        byte[] first = TestFrames.bytes(datagrams.getFirst());
        byte[] changed = TestFrames.bytes(second);

        assertThat(coalescer.start(datagrams.getFirst())).isTrue();
        assertThat(coalescer.append(second)).isFalse();
        assertThat(coalescer.finish()).isEqualTo(1);

        assertThat(TestFrames.bytes(datagrams.getFirst())).isEqualTo(first);
        assertThat(TestFrames.bytes(second)).isEqualTo(changed);
        datagrams.forEach(Frame::release);
    }

    private static void change(Frame frame, String difference) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + IPV4;
        long udp = frame.offset() + UDP;
        switch (difference) {
            case "source" -> Ipv4.source(memory, ip, Ipv4.source(memory, ip) + 1);
            case "destination" -> Ipv4.destination(memory, ip, Ipv4.destination(memory, ip) + 1);
            case "port" -> Udp.sourcePort(memory, udp, Udp.sourcePort(memory, udp) ^ 1);
            case "ttl" -> Ipv4.ttl(memory, ip, Ipv4.ttl(memory, ip) ^ 1);
            case "class" -> Ipv4.trafficClass(memory, ip, Ipv4.trafficClass(memory, ip) ^ 1);
            case "fragment" -> Ipv4.fragment(memory, ip, Ipv4.MORE_FRAGMENTS);
            case "identification" -> Ipv4.identification(memory, ip, Ipv4.identification(memory, ip) + 1);
            case "udp length" -> Udp.totalBytes(memory, udp, Udp.totalBytes(memory, udp) - 1);
            case "options" -> Wire.u8(memory, ip, 0x46);
            case "tcp" -> Wire.u8(memory, ip + 9, 6);
            case "padding" -> frame.length(frame.length() - 1);
            default -> {}
        }
        if (!difference.equals("ip checksum")) {
            Ipv4.updateChecksum(memory, ip);
        } else {
            Ipv4.checksum(memory, ip, Ipv4.checksum(memory, ip) ^ 1);
        }
        if (difference.equals("no checksum")) {
            Udp.checksum(memory, udp, 0);
        } else if (difference.equals("udp checksum")) {
            Udp.checksum(memory, udp, Udp.checksum(memory, udp) ^ 1);
        } else {
            fixUdpChecksum(frame);
        }
    }

    private static void fixUdpChecksum(Frame frame) {
        MemorySegment memory = frame.memory();
        long udp = frame.offset() + UDP;
        int bytes = frame.length() - UDP;
        Udp.checksum(memory, udp, 0);
        int pseudo = Checksum.pseudoIpv4(memory, frame.offset() + IPV4, 17, bytes);
        Udp.checksum(memory, udp, Checksum.finishUdp(Checksum.add(pseudo, Checksum.sum(memory, udp, bytes))));
    }

    @Test
    void theSameIdentificationIsAllRightWhereNothingMayFragment() {
        List<Frame> datagrams = cut(superFrame(9, false, 100, 300));
        Consumer<Frame> atomic = frame -> {
            Ipv4.fragment(frame.memory(), frame.offset() + IPV4, Ipv4.DONT_FRAGMENT);
            Ipv4.identification(frame.memory(), frame.offset() + IPV4, 0);
            Ipv4.updateChecksum(frame.memory(), frame.offset() + IPV4);
        };
        datagrams.forEach(atomic);
        assertThat(join(datagrams)).isEqualTo(3);
        datagrams.getFirst().release();
    }

    @Test
    void aShorterDatagramIsTheLastAndALongerOneBeginsAnew() {
        List<Frame> datagrams = cut(superFrame(11, true, 100, 250));
        Frame shorter = datagrams.get(2);
        assertThat(coalescer.start(shorter)).isTrue();
        assertThat(coalescer.append(datagrams.getFirst())).as("longer").isFalse();
        assertThat(coalescer.finish()).isEqualTo(1);
        assertThat(coalescer.start(datagrams.getFirst())).isTrue();
        assertThat(coalescer.append(shorter)).isTrue();
        assertThat(coalescer.append(datagrams.get(1))).as("after the last").isFalse();
        assertThat(coalescer.finish()).isEqualTo(2);
        datagrams.forEach(Frame::release);
    }

    @Test
    void takesNoMoreThanTheKernelDoes() {
        List<Frame> datagrams = cut(superFrame(13, true, 10, 10 * DatagramCoalescer.MAX_DATAGRAMS + 10));
        assertThat(coalescer.start(datagrams.getFirst())).isTrue();
        for (int i = 1; i < DatagramCoalescer.MAX_DATAGRAMS; i++) {
            assertThat(coalescer.append(datagrams.get(i))).isTrue();
        }
        assertThat(coalescer.append(datagrams.getLast())).isFalse();
        assertThat(coalescer.finish()).isEqualTo(DatagramCoalescer.MAX_DATAGRAMS);
        datagrams.forEach(Frame::release);
    }

    private Frame superFrame(long seed, boolean six, int sizeBytes, int payloadBytes) {
        Frame frame = TestFrames.frame(pool, TestFrames.ip(new Random(seed), six, false, payloadBytes));
        if (!six) {
            Ipv4.fragment(frame.memory(), frame.offset() + IPV4, 0);
            Ipv4.updateChecksum(frame.memory(), frame.offset() + IPV4);
        }
        ChecksumTest.makePartial(frame, six, false);
        VnetHeader.gsoType(frame.memory(), frame.vnet(), VnetHeader.GSO_UDP_L4);
        VnetHeader.gsoSize(frame.memory(), frame.vnet(), sizeBytes);
        return frame;
    }

    /** The segments of a frame, which is released. */
    private List<Frame> cut(Frame whole) {
        Segmenter segmenter = new Segmenter();
        int count = segmenter.begin(whole);
        assertThat(count).isGreaterThan(1);
        List<Frame> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Frame segment = TestFrames.frame(pool, new byte[0]);
            segmenter.emit(i, segment);
            segments.add(segment);
        }
        whole.release();
        return segments;
    }

    /** Joins all to the first, which is the only one not released. */
    private int join(List<Frame> datagrams) {
        assertThat(coalescer.start(datagrams.getFirst())).isTrue();
        for (Frame next : datagrams.subList(1, datagrams.size())) {
            assertThat(coalescer.append(next)).isTrue();
            next.release();
        }
        return coalescer.finish();
    }
}
