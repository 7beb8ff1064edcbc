package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * ICMP header (RFC 792).
 *
 * <pre>
 *  0  type   1  code   2  checksum (2)   4  rest of header (4): identifier and sequence, or unused and next-hop MTU
 * </pre>
 */
public final class Icmp {
    public static final int BYTES = 8;
    public static final int ECHO_REPLY = 0;
    public static final int UNREACHABLE = 3;
    public static final int ECHO_REQUEST = 8;
    public static final int TIME_EXCEEDED = 11;
    /** Code of {@link #UNREACHABLE}: too long for the next link and DF is set (RFC 1191, section 4). */
    public static final int FRAGMENTATION_NEEDED = 4;

    static final int CHECKSUM = 2;

    private Icmp() {}

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

    /** Identifier of an echo message. */
    public static int identifier(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 4);
    }

    public static void identifier(MemorySegment memory, long at, int identifier) {
        Wire.u16(memory, at + 4, identifier);
    }

    /** Sequence number of an echo message. */
    public static int sequence(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 6);
    }

    public static void sequence(MemorySegment memory, long at, int sequence) {
        Wire.u16(memory, at + 6, sequence);
    }

    /** Next-hop MTU of a {@link #FRAGMENTATION_NEEDED} message, in bytes (RFC 1191, section 4). */
    public static int nextHopMtu(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 6);
    }

    public static void nextHopMtu(MemorySegment memory, long at, int bytes) {
        Wire.u16(memory, at + 6, bytes);
    }
}
