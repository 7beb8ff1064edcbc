package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * IPv6 header (RFC 8200, section 3). Extension headers are walked by {@link FrameHeaders}.
 *
 * <pre>
 *  0  version (4 bits), traffic class (8), flow label (20)
 *  4  payload length (2)   6  next header   7  hop limit
 *  8  source (16)         24  destination (16)
 * </pre>
 */
public final class Ipv6 {
    public static final int BYTES = 40;
    /** Smallest MTU of a link that carries IPv6, in bytes (RFC 8200, section 5). */
    public static final int MIN_MTU = 1280;

    static final int SOURCE = 8;
    static final int DESTINATION = 24;

    private Ipv6() {}

    public static int version(MemorySegment memory, long at) {
        return Wire.u8(memory, at) >>> 4;
    }

    /** DSCP in the upper six bits, ECN in the lower two. */
    public static int trafficClass(MemorySegment memory, long at) {
        return Wire.u16(memory, at) >>> 4 & 0xff;
    }

    public static void trafficClass(MemorySegment memory, long at, int value) {
        Wire.u16(memory, at, Wire.u16(memory, at) & 0xf00f | (value & 0xff) << 4);
    }

    public static int flowLabel(MemorySegment memory, long at) {
        return Wire.i32(memory, at) & 0xf_ffff;
    }

    /** Writes version 6, traffic class and flow label. */
    public static void versionClassLabel(MemorySegment memory, long at, int trafficClass, int flowLabel) {
        Wire.i32(memory, at, 6 << 28 | (trafficClass & 0xff) << 20 | flowLabel & 0xf_ffff);
    }

    /** Bytes after this header, extension headers included. */
    public static int payloadBytes(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 4);
    }

    public static void payloadBytes(MemorySegment memory, long at, int bytes) {
        Wire.u16(memory, at + 4, bytes);
    }

    public static int nextHeader(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 6);
    }

    public static void nextHeader(MemorySegment memory, long at, int protocol) {
        Wire.u8(memory, at + 6, protocol);
    }

    public static int hopLimit(MemorySegment memory, long at) {
        return Wire.u8(memory, at + 7);
    }

    public static void hopLimit(MemorySegment memory, long at, int hops) {
        Wire.u8(memory, at + 7, hops);
    }

    /** First eight bytes of the source address. */
    public static long sourceHigh(MemorySegment memory, long at) {
        return Wire.i64(memory, at + SOURCE);
    }

    /** Last eight bytes of the source address. */
    public static long sourceLow(MemorySegment memory, long at) {
        return Wire.i64(memory, at + SOURCE + 8);
    }

    public static void source(MemorySegment memory, long at, long high, long low) {
        Wire.i64(memory, at + SOURCE, high);
        Wire.i64(memory, at + SOURCE + 8, low);
    }

    /** First eight bytes of the destination address. */
    public static long destinationHigh(MemorySegment memory, long at) {
        return Wire.i64(memory, at + DESTINATION);
    }

    /** Last eight bytes of the destination address. */
    public static long destinationLow(MemorySegment memory, long at) {
        return Wire.i64(memory, at + DESTINATION + 8);
    }

    public static void destination(MemorySegment memory, long at, long high, long low) {
        Wire.i64(memory, at + DESTINATION, high);
        Wire.i64(memory, at + DESTINATION + 8, low);
    }
}
