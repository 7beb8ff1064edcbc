package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * ICMPv6 header (RFC 4443, section 2.1) and the target of neighbor discovery messages (RFC 4861, section 4).
 *
 * <pre>
 *  0  type   1  code   2  checksum (2)   4  body: MTU, or identifier and sequence, or flags   8  target address (16)
 * </pre>
 */
public final class Icmpv6 {
    /** Type, code and checksum: all that every message has. */
    public static final int MIN_BYTES = 4;

    public static final int UNREACHABLE = 1;
    public static final int PACKET_TOO_BIG = 2;
    public static final int TIME_EXCEEDED = 3;
    public static final int ECHO_REQUEST = 128;
    public static final int ECHO_REPLY = 129;
    public static final int ROUTER_SOLICITATION = 133;
    public static final int ROUTER_ADVERTISEMENT = 134;
    public static final int NEIGHBOR_SOLICITATION = 135;
    public static final int NEIGHBOR_ADVERTISEMENT = 136;
    public static final int REDIRECT = 137;
    /** Types from here on are informational; below are errors, which are never answered with errors (section 2.4 e). */
    public static final int FIRST_INFORMATIONAL = 128;

    static final int CHECKSUM = 2;

    private Icmpv6() {}

    public static int type(MemorySegment memory, long at) {
        return Wire.u8(memory, at);
    }

    public static void type(MemorySegment memory, long at, int type) {
        Wire.u8(memory, at, type);
    }

    public static int code(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 1);
    }

    public static void code(MemorySegment memory, long at, int code) {
        Wire.u8(memory, at + 1, code);
    }

    public static int checksum(MemorySegment memory, long at) {
        return Wire.u16(memory, at + CHECKSUM);
    }

    public static void checksum(MemorySegment memory, long at, int checksum) {
        Wire.u16(memory, at + CHECKSUM, checksum);
    }

    /** MTU of a {@link #PACKET_TOO_BIG} message, in bytes (RFC 4443, section 3.2). */
    public static int mtu(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 4);
    }

    public static void mtu(MemorySegment memory, long at, int bytes) {
        Wire.i32(memory, at + 4, bytes);
    }

    /** First eight bytes of a neighbor solicitation's or advertisement's target. */
    public static long targetHigh(MemorySegment memory, long at) {
        return Wire.i64(memory, at + 8);
    }

    /** Last eight bytes of a neighbor solicitation's or advertisement's target. */
    public static long targetLow(MemorySegment memory, long at) {
        return Wire.i64(memory, at + 16);
    }
}
