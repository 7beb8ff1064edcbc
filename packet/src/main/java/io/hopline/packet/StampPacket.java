package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * A STAMP test packet, unauthenticated mode (RFC 8762, section 4.2.1 and 4.3.1). Both directions have the same length.
 *
 * <pre>
 *      Session-Sender's                       Session-Reflector's
 *  0   sequence number (4)                    the same
 *  4   timestamp (8): sent, T1                timestamp (8): sent back, T3
 * 12   error estimate (2)                     error estimate (2)
 * 14   zero (30)                              zero (2)
 * 16                                          receive timestamp (8), T2
 * 24                                          Session-Sender's sequence number (4), timestamp (8), error estimate (2)
 * 38                                          zero (2)
 * 40                                          Session-Sender's TTL as received (1), zero (3)
 * </pre>
 *
 * <p>A timestamp is one of two kinds, which the Z bit of the error estimate beside it names: NTP's, seconds since 1900 and a
 * fraction of 32 bits, or PTP's, seconds since 1970 and nanoseconds. We write NTP's, the default, and read both. The
 * receive timestamp is of the reflector's kind.
 */
public final class StampPacket {
    /** Bytes of either packet; what is longer is padding or TLVs (RFC 8972) and goes back as it came. */
    public static final int BYTES = 44;

    /** UDP port of a Session-Reflector (RFC 8762, section 4.1). */
    public static final int UDP_PORT = 862;

    private static final int TIMESTAMP = 4;
    private static final int ERROR = 12;
    private static final int RECEIVED = 16;
    private static final int SENDER = 24;
    private static final int SENDER_TIMESTAMP = 28;
    private static final int SENDER_ERROR = 36;
    private static final int TTL = 40;
    private static final int PTP = 1 << 14;
    private static final long NTP_TO_UNIX_S = 2_208_988_800L;
    private static final long NS = 1_000_000_000L;
    /** NTP's seconds wrap in 2036: with this added, a time of the second era is one after 2036 (RFC 5905, section 6). */
    private static final long ERA_S = 1L << 32;

    private StampPacket() {}

    /** Writes a Session-Sender's packet; what is behind it is left alone. */
    public static void writeSender(MemorySegment memory, long at, int sequence, long sentNs, long errorNs) {
        memory.asSlice(at, BYTES).fill((byte) 0);
        Wire.i32(memory, at, sequence);
        Wire.i64(memory, at + TIMESTAMP, ntp(sentNs));
        Wire.u16(memory, at + ERROR, errorEstimate(errorNs));
    }

    /**
     * Turns a Session-Sender's packet into the stateless reflector's answer to it: all but the time it leaves.
     *
     * @param receivedNs when it came
     * @param ttl it came with
     * @param errorNs of our own stamps
     */
    public static void reflect(MemorySegment memory, long at, long receivedNs, int ttl, long errorNs) {
        MemorySegment.copy(memory, at, memory, at + SENDER, ERROR + 2);
        memory.asSlice(at + SENDER_ERROR + 2, 2).fill((byte) 0);
        Wire.u16(memory, at + ERROR, errorEstimate(errorNs));
        Wire.u16(memory, at + ERROR + 2, 0);
        Wire.i64(memory, at + RECEIVED, ntp(receivedNs));
        Wire.i32(memory, at + TTL, ttl << 24);
    }

    /** Writes the time a packet leaves at, the last thing before it does. */
    public static void sent(MemorySegment memory, long at, long sentNs) {
        Wire.i64(memory, at + TIMESTAMP, ntp(sentNs));
    }

    public static int sequence(MemorySegment memory, long at) {
        return Wire.i32(memory, at);
    }

    /** When the packet was sent, Unix nanoseconds. */
    public static long sentNs(MemorySegment memory, long at) {
        return unixNs(Wire.i64(memory, at + TIMESTAMP), isPtp(memory, at + ERROR));
    }

    /** When the reflector got what this answers, Unix nanoseconds. */
    public static long receivedNs(MemorySegment memory, long at) {
        return unixNs(Wire.i64(memory, at + RECEIVED), isPtp(memory, at + ERROR));
    }

    /** Bound on the error of the packet's own stamps, nanoseconds; -1 when it has none, which is malformed. */
    public static long errorNs(MemorySegment memory, long at) {
        return errorNs(Wire.u16(memory, at + ERROR));
    }

    /** The sequence number that an answer gives back. */
    public static int senderSequence(MemorySegment memory, long at) {
        return Wire.i32(memory, at + SENDER);
    }

    /** The send time that an answer gives back, Unix nanoseconds. */
    public static long senderSentNs(MemorySegment memory, long at) {
        return unixNs(Wire.i64(memory, at + SENDER_TIMESTAMP), isPtp(memory, at + SENDER_ERROR));
    }

    /** TTL with which the packet reached the reflector. */
    public static int senderTtl(MemorySegment memory, long at) {
        return Wire.u8(memory, at + TTL);
    }

    private static boolean isPtp(MemorySegment memory, long errorAt) {
        return (Wire.u16(memory, errorAt) & PTP) != 0;
    }

    /** Rounds down to what 2^-32 s can say; back, {@link #unixNs} rounds to the nearest, and so gives the same. */
    static long ntp(long unixNs) {
        long seconds = Math.floorDiv(unixNs, NS);
        long fraction = (Math.floorMod(unixNs, NS) << 32) / NS;
        return (seconds + NTP_TO_UNIX_S) << 32 | fraction;
    }

    static long unixNs(long timestamp, boolean ptp) {
        long seconds = timestamp >>> 32;
        long low = timestamp & 0xffff_ffffL;
        if (ptp) {
            return seconds * NS + low;
        }
        long era = seconds < NTP_TO_UNIX_S ? ERA_S : 0;
        return (seconds + era - NTP_TO_UNIX_S) * NS + (low * NS + (1L << 31) >>> 32);
    }

    /**
     * The smallest error estimate that is no less: {@code multiplier * 2^(scale - 32)} seconds (RFC 4656, section 4.1.2).
     * The S bit stays 0, for we do not know whether something keeps our clock by UTC.
     */
    static int errorEstimate(long errorNs) {
        long units = Math.max(1, Math.ceilDiv(Math.min(errorNs, 1000 * NS) << 22, NS >> 10));
        int scale = Math.max(0, 56 - Long.numberOfLeadingZeros(units));
        long multiplier = Math.ceilDiv(units, 1L << scale);
        return multiplier > 255 ? scale + 1 << 8 | (int) Math.ceilDiv(multiplier, 2L) : scale << 8 | (int) multiplier;
    }

    private static long errorNs(int estimate) {
        int multiplier = estimate & 0xff;
        int scale = estimate >>> 8 & 0x3f;
        if (multiplier == 0) {
            return -1;
        }
        double ns = Math.ceil(Math.scalb((double) multiplier, scale - 32) * NS);
        return ns >= Long.MAX_VALUE / 4 ? Long.MAX_VALUE / 4 : (long) ns;
    }
}
