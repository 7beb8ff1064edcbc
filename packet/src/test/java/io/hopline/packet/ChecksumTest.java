package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.util.ByteArrays;

class ChecksumTest {
    @Test
    void sumsTheExampleOfRfc1071() {
        byte[] example = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7};

        assertThat(Checksum.sum(MemorySegment.ofArray(example), 0, 8)).isEqualTo(0xddf2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void agreesWithTwoOthersAtEveryLengthAndAlignment(long seed) {
        Random random = new Random(seed);
        byte[] bytes = TestFrames.bytes(random, 200);
        for (int at = 0; at < 8; at++) {
            for (int length = 1; at + length <= bytes.length; length++) {
                int sum = Checksum.sum(MemorySegment.ofArray(bytes), at, length);
                assertThat(sum).isEqualTo(TestFrames.slowSum(bytes, at, length));
                byte[] slice = ByteArrays.getSubArray(bytes, at, length);
                assertThat(Checksum.finish(sum)).isEqualTo(ByteArrays.calcChecksum(slice) & 0xffff);
            }
        }
    }

    @Test
    void sumsTheLargestFrameOfOnes() {
        byte[] bytes = new byte[Frame.MAX_BYTES];
        java.util.Arrays.fill(bytes, (byte) 0xff);

        assertThat(Checksum.sum(MemorySegment.ofArray(bytes), 0, bytes.length)).isEqualTo(0xffff);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void updatesAsIfSummedAnew(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = TestFrames.bytes(random, 20);
            MemorySegment memory = MemorySegment.ofArray(bytes);
            int before = Checksum.finish(Checksum.sum(memory, 0, 20));
            int oldWord = Wire.u16(memory, 6);
            int oldInt = Wire.i32(memory, 12);
            int newWord = random.nextInt(4) == 0 ? 0xffff : random.nextInt(0x10000);
            int newInt = random.nextInt(4) == 0 ? 0 : random.nextInt();
            Wire.u16(memory, 6, newWord);
            Wire.i32(memory, 12, newInt);

            int updated = Checksum.update32(Checksum.update16(before, oldWord, newWord), oldInt, newInt);

            assertThat(updated).isEqualTo(Checksum.finish(Checksum.sum(memory, 0, 20)));
        }
    }

    @Test
    void updatesTheExampleOfRfc1624() {
        assertThat(Checksum.update16(0xdd2f, 0x5555, 0x3285)).isZero();
    }

    @Test
    void decrementsTheTtl() {
        byte[] frame = TestFrames.ip(new Random(5), false, true, 10);
        frame[22] = 2;
        MemorySegment memory = MemorySegment.ofArray(frame);
        Ipv4.updateChecksum(memory, 14);

        Ipv4.decrementTtl(memory, 14);

        assertThat(Ipv4.ttl(memory, 14)).isEqualTo(1);
        assertThat(Checksum.sum(memory, 14, 20)).isEqualTo(0xffff);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void completesWhatAnyNicWouldHaveSummed(long seed) {
        Random random = new Random(seed);
        boolean six = (seed & 1) != 0;
        boolean tcp = (seed & 2) != 0;
        byte[] whole = TestFrames.ip(random, six, tcp, random.nextInt(1500));
        try (FramePool pool = FramePool.of(1)) {
            Frame frame = TestFrames.frame(pool, whole);
            makePartial(frame, six, tcp);

            assertThat(Checksum.complete(frame)).isTrue();

            assertThat(TestFrames.bytes(frame)).isEqualTo(whole);
            assertThat(VnetHeader.flags(frame.memory(), frame.vnet())).isZero();
            frame.release();
        }
    }

    static void makePartial(Frame frame, boolean six, boolean tcp) {
        MemorySegment memory = frame.memory();
        int l4 = six ? 54 : 34;
        int store = tcp ? 16 : 6;
        long ip = frame.offset() + 14;
        int bytes = frame.length() - l4;
        int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
        int sum = six
                ? Checksum.pseudoIpv6(memory, ip, protocol, bytes)
                : Checksum.pseudoIpv4(memory, ip, protocol, bytes);
        Wire.u16(memory, frame.offset() + l4 + store, sum);
        VnetHeader.flags(memory, frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.checksumStart(memory, frame.vnet(), l4);
        VnetHeader.checksumOffset(memory, frame.vnet(), store);
    }

    @Test
    void refusesAVnetHeaderThatPointsOutsideTheFrame() {
        byte[] whole = TestFrames.ip(new Random(1), false, true, 10);
        try (FramePool pool = FramePool.of(1)) {
            Frame frame = TestFrames.frame(pool, whole);
            MemorySegment memory = frame.memory();
            VnetHeader.flags(memory, frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
            for (int start : new int[] {0, whole.length - 1, whole.length, 0xffff}) {
                for (int offset : new int[] {whole.length - 1, 0xfffe, 0xffff}) {
                    VnetHeader.checksumStart(memory, frame.vnet(), start);
                    VnetHeader.checksumOffset(memory, frame.vnet(), offset);
                    assertThat(Checksum.complete(frame)).isFalse();
                }
            }
            assertThat(TestFrames.bytes(frame)).isEqualTo(whole);
            frame.release();
        }
    }

    /** RFC 3720, appendix B.4: the CRC32c of 32 zeros. */
    @Test
    void completesSctpWithItsCrc() {
        try (FramePool pool = FramePool.of(1)) {
            Frame frame = TestFrames.frame(pool, new byte[34 + 32]);
            VnetHeader.flags(frame.memory(), frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
            VnetHeader.checksumStart(frame.memory(), frame.vnet(), 34);
            VnetHeader.checksumOffset(frame.memory(), frame.vnet(), Sctp.CHECKSUM);
            assertThat(Checksum.complete(frame)).isTrue();
            assertThat(VnetHeader.needsChecksum(frame.memory(), frame.vnet())).isFalse();
            assertThat(Wire.i32(frame.memory(), frame.offset() + 34 + Sctp.CHECKSUM))
                    .isEqualTo(0xaa36918a);
            VnetHeader.flags(frame.memory(), frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
            VnetHeader.checksumStart(frame.memory(), frame.vnet(), 34 + 32 - Sctp.BYTES + 1);
            assertThat(Checksum.complete(frame)).isFalse();
            frame.release();
        }
    }
}
