package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against bytes written by hand from RFC 8762, figures 2 and 5. */
class StampPacketTest {
    /** 2026-01-01 00:00:00.5 UTC; in NTP's seconds since 1900 0xed00_3780. */
    private static final long HALF_PAST_NS = 1_767_225_600_500_000_000L;

    private static MemorySegment bytes(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
    }

    private static String hex(MemorySegment memory) {
        return HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE));
    }

    private static final String SENDER = """
            00000007
            ed003780 80000000
            0001 0000
            00000000 00000000 00000000 00000000 00000000 00000000 00000000
            """;

    private static final String REFLECTED = """
            00000007
            ed003781 40000000
            0001 0000
            ed003780 c0000000
            00000007
            ed003780 80000000
            0001 0000
            ff 000000
            """;

    @Test
    void aSendersPacketIsAsInTheFigure() {
        MemorySegment packet = bytes("ff".repeat(StampPacket.BYTES));
        StampPacket.writeSender(packet, 0, 7, HALF_PAST_NS, 0);
        assertThat(hex(packet)).isEqualTo(hex(bytes(SENDER)));
        assertThat(StampPacket.sequence(packet, 0)).isEqualTo(7);
        assertThat(StampPacket.sentNs(packet, 0)).isEqualTo(HALF_PAST_NS);
    }

    @Test
    void theReflectorsAnswerIsAsInTheFigure() {
        MemorySegment packet = bytes(SENDER);
        StampPacket.reflect(packet, 0, HALF_PAST_NS + 250_000_000, 255, 0);
        StampPacket.sent(packet, 0, HALF_PAST_NS + 750_000_000);
        assertThat(hex(packet)).isEqualTo(hex(bytes(REFLECTED)));
    }

    @Test
    void anAnswerSaysAllFourTimesButTheLast() {
        MemorySegment packet = bytes(REFLECTED);
        assertThat(StampPacket.senderSequence(packet, 0)).isEqualTo(7);
        assertThat(StampPacket.senderSentNs(packet, 0)).isEqualTo(HALF_PAST_NS);
        assertThat(StampPacket.receivedNs(packet, 0)).isEqualTo(HALF_PAST_NS + 250_000_000);
        assertThat(StampPacket.sentNs(packet, 0)).isEqualTo(HALF_PAST_NS + 750_000_000);
        assertThat(StampPacket.senderTtl(packet, 0)).isEqualTo(255);
        assertThat(StampPacket.errorNs(packet, 0)).isEqualTo(1);
    }

    /** The Z bit set: PTP's seconds and nanoseconds. */
    @Test
    void aReflectorMayCountInPtpsFormat() {
        MemorySegment packet = bytes("""
                00000007  6955b900 1dcd6501  4001 0000  6955b900 1dcd6500
                00000007  ed003780 80000000  0001 0000  40 000000""");
        assertThat(StampPacket.receivedNs(packet, 0)).isEqualTo(HALF_PAST_NS);
        assertThat(StampPacket.sentNs(packet, 0)).isEqualTo(HALF_PAST_NS + 1);
        assertThat(StampPacket.senderSentNs(packet, 0)).isEqualTo(HALF_PAST_NS);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                999_999_999,
                1_767_225_600_123_456_789L,
                2_085_978_496_000_000_001L,
                4_000_000_000_999_999_999L
            })
    void nanosecondsComeBackAsTheyWere(long unixNs) {
        assertThat(StampPacket.unixNs(StampPacket.ntp(unixNs), false)).isEqualTo(unixNs);
    }

    /** Multiplier times 2^(scale - 32) s: RFC 4656, section 4.1.2. */
    @ParameterizedTest
    @CsvSource({"0, 1", "1, 2", "59, 60", "100, 101", "1000000, 1010000", "1000000000, 1010000000"})
    void anErrorEstimateIsNeverLessThanTheError(long errorNs, long mostNs) {
        MemorySegment packet = MemorySegment.ofArray(new byte[StampPacket.BYTES]);
        StampPacket.writeSender(packet, 0, 0, HALF_PAST_NS, errorNs);
        assertThat(StampPacket.errorNs(packet, 0)).isBetween(errorNs, mostNs);
    }

    @ParameterizedTest
    @CsvSource({"0x0001, 1", "0x2001, 1000000000", "0x8301, 2", "0x00ff, 60", "0x0000, -1", "0x8500, -1"})
    void anErrorEstimateIsRead(String estimate, long errorNs) {
        MemorySegment packet = MemorySegment.ofArray(new byte[StampPacket.BYTES]);
        Wire.u16(packet, 12, Integer.decode(estimate));
        assertThat(StampPacket.errorNs(packet, 0)).isEqualTo(errorNs);
    }

    /** Scale 63 and multiplier 255 are 17,000 years. */
    @Test
    void anErrorBeyondMeasureDoesNotOverflow() {
        MemorySegment packet = MemorySegment.ofArray(new byte[StampPacket.BYTES]);
        Wire.u16(packet, 12, 0x3fff);
        assertThat(StampPacket.errorNs(packet, 0)).isGreaterThan(100L * 365 * 86_400 * 1_000_000_000L / 2);
    }
}
