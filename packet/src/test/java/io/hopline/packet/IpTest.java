package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpTest {
    /** Of the beginning of a packet says what {@link FrameHeaders} says of the whole, or nothing where the headers are cut. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7})
    void findsWhatFollowsOptionsAndExtensionHeaders(long seed) {
        Random random = new Random(seed);
        byte[] frame = TestFrames.ip(random, (seed & 1) != 0, (seed & 2) != 0, 40);
        if ((seed & 4) != 0) {
            frame = (seed & 1) != 0
                    ? TestFrames.withDestinationOptions(TestFrames.withDestinationOptions(frame, 1), 0)
                    : TestFrames.withIpv4Options(frame, new byte[8]);
        }
        FrameHeaders headers = new FrameHeaders();
        assertThat(headers.parse(MemorySegment.ofArray(frame), 0, frame.length)).isEqualTo(FrameHeaders.Verdict.OK);
        for (int length = 0; length <= frame.length - Ethernet.BYTES; length++) {
            MemorySegment cut =
                    MemorySegment.ofArray(Arrays.copyOfRange(frame, Ethernet.BYTES, Ethernet.BYTES + length));
            int next = Ip.next(cut, 0, length);
            assertThat(next >= 0).as("of " + length + " bytes").isEqualTo(length >= headers.ipHeaderBytes());
            if (next >= 0) {
                assertThat(Ip.headerBytes(next)).isEqualTo(headers.ipHeaderBytes());
                assertThat(Ip.protocol(next)).isEqualTo(headers.ipProtocol());
                assertThat(Ip.totalBytes(cut, 0)).isEqualTo(headers.ipBytes());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void hostileBytesAreReadNoFurtherThanTheyAre(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = TestFrames.bytes(random, random.nextInt(120));
            if (bytes.length > 6) {
                bytes[0] = (byte) (random.nextBoolean() ? 0x60 : 0x45);
                bytes[6] = (byte) new int[] {0, 43, 44, 51, 60, 6}[random.nextInt(6)];
            }
            int next = Ip.next(MemorySegment.ofArray(bytes), 0, bytes.length);
            assertThat(next < 0 || Ip.headerBytes(next) <= bytes.length).isTrue();
        }
    }
}
