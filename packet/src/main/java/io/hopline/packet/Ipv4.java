package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * IPv4 header (RFC 791, section 3.1; DS field RFC 2474, ECN RFC 3168).
 *
 * <pre>
 *  0  version, header length   1  DSCP, ECN       2  total length (2)
 *  4  identification (2)       6  flags, fragment offset (2)
 *  8  TTL                      9  protocol       10  header checksum (2)
 * 12  source (4)              16  destination (4) 20  options
 * </pre>
 */
public final class Ipv4 {
    /** Length of a header without options. */
    public static final int MIN_BYTES = 20;
    /** Bit of {@link #fragment}: more fragments follow. */
    public static final int MORE_FRAGMENTS = 0x2000;
    /** Bit of {@link #fragment}: routers must not fragment. */
    public static final int DONT_FRAGMENT = 0x4000;
    /** Bits of {@link #fragment}: offset in units of eight bytes. */
    public static final int FRAGMENT_OFFSET_MASK = 0x1fff;

    static final int CHECKSUM = 10;

    private Ipv4() {}

    public static int version(MemorySegment memory, long at) {
        return Wire.u8(memory, at) >>> 4;
    }

    /** Length of the header with its options, in bytes; less than {@link #MIN_BYTES} is malformed. */
    public static int headerBytes(MemorySegment memory, long at) {
        return (Wire.u8(memory, at) & 0x0f) << 2;
    }

    /** Writes version 4 and the length of the header, a multiple of four from 20 to 60. */
    public static void headerBytes(MemorySegment memory, long at, int bytes) {
        Wire.u8(memory, at, 0x40 | bytes >>> 2);
    }

    /** DSCP in the upper six bits, ECN in the lower two. */
    public static int trafficClass(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 1);
    }

    public static void trafficClass(MemorySegment memory, long at, int value) {
        Wire.u8(memory, at + 1, value);
    }

    /** Header and payload, in bytes. */
    public static int totalBytes(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 2);
    }

    public static void totalBytes(MemorySegment memory, long at, int bytes) {
        Wire.u16(memory, at + 2, bytes);
    }

    public static int identification(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 4);
    }

    public static void identification(MemorySegment memory, long at, int value) {
        Wire.u16(memory, at + 4, value);
    }

    /** Flags and fragment offset together; see the masks. */
    public static int fragment(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 6);
    }

    public static void fragment(MemorySegment memory, long at, int flagsAndOffset) {
        Wire.u16(memory, at + 6, flagsAndOffset);
    }

    public static int ttl(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 8);
    }

    public static void ttl(MemorySegment memory, long at, int ttl) {
        Wire.u8(memory, at + 8, ttl);
    }

    public static int protocol(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 9);
    }

    public static void protocol(MemorySegment memory, long at, int protocol) {
        Wire.u8(memory, at + 9, protocol);
    }

    public static int checksum(MemorySegment memory, long at) {
        return Wire.u16(memory, at + CHECKSUM);
    }

    public static void checksum(MemorySegment memory, long at, int checksum) {
        Wire.u16(memory, at + CHECKSUM, checksum);
    }

    public static int source(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 12);
    }

    public static void source(MemorySegment memory, long at, int ipv4) {
        Wire.i32(memory, at + 12, ipv4);
    }

    public static int destination(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 16);
    }

    public static void destination(MemorySegment memory, long at, int ipv4) {
        Wire.i32(memory, at + 16, ipv4);
    }

    /** Computes and stores the header checksum over {@link #headerBytes} bytes. */
    public static void updateChecksum(MemorySegment memory, long at) {
        checksum(memory, at, 0);
        checksum(memory, at, Checksum.finish(Checksum.sum(memory, at, headerBytes(memory, at))));
    }

    /** Takes one from the TTL and keeps the checksum right (RFC 1624); the TTL must not be 0. */
    public static void decrementTtl(MemorySegment memory, long at) {
        int before = Wire.u16(memory, at + 8);
        int after = before - 0x100;
        Wire.u16(memory, at + 8, after);
        checksum(memory, at, Checksum.update16(checksum(memory, at), before, after));
    }
}
