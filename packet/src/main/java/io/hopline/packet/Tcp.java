package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * TCP header (RFC 9293, section 3.1).
 *
 * <pre>
 *  0  source port (2)      2  destination port (2)
 *  4  sequence (4)         8  acknowledgment (4)
 * 12  data offset (4 bits), reserved   13  flags   14  window (2)
 * 16  checksum (2)        18  urgent pointer (2)   20  options
 * </pre>
 */
public final class Tcp {
    /** Length of a header without options. */
    public static final int MIN_BYTES = 20;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;

    static final int CHECKSUM = 16;

    private Tcp() {}

    public static int sourcePort(MemorySegment memory, long at) {
        return Wire.u16(memory, at);
    }

    public static void sourcePort(MemorySegment memory, long at, int port) {
        Wire.u16(memory, at, port);
    }

    public static int destinationPort(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 2);
    }

    public static void destinationPort(MemorySegment memory, long at, int port) {
        Wire.u16(memory, at + 2, port);
    }

    /** Sequence number of the first payload byte (of SYN when set), modulo 2^32. */
    public static int sequence(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 4);
    }

    public static void sequence(MemorySegment memory, long at, int sequence) {
        Wire.i32(memory, at + 4, sequence);
    }

    /** Next sequence number expected from the peer, modulo 2^32; meaningful with {@link #ACK}. */
    public static int acknowledgment(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 8);
    }

    public static void acknowledgment(MemorySegment memory, long at, int sequence) {
        Wire.i32(memory, at + 8, sequence);
    }

    /** Length of the header with its options, in bytes; less than {@link #MIN_BYTES} is malformed. */
    public static int headerBytes(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 12) >>> 4 << 2;
    }

    /** Writes the length of the header, a multiple of four from 20 to 60; reserved bits become 0. */
    public static void headerBytes(MemorySegment memory, long at, int bytes) {
        Wire.u8(memory, at + 12, bytes >>> 2 << 4);
    }

    /** The eight flags from CWR to FIN. */
    public static int flags(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 13);
    }

    public static void flags(MemorySegment memory, long at, int flags) {
        Wire.u8(memory, at + 13, flags);
    }

    public static int window(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 14);
    }

    public static void window(MemorySegment memory, long at, int window) {
        Wire.u16(memory, at + 14, window);
    }

    public static int checksum(MemorySegment memory, long at) {
        return Wire.u16(memory, at + CHECKSUM);
    }

    public static void checksum(MemorySegment memory, long at, int checksum) {
        Wire.u16(memory, at + CHECKSUM, checksum);
    }
}
