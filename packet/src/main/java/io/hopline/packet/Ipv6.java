package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * IPv6 header (RFC 8200, section 3), and its extension headers (section 4), which {@link FrameHeaders} walks, and {@link Ip} in what is cut off.
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

    /** A packet with more of them goes no further. */
    static final int MAX_EXTENSION_HEADERS = 8;
    /** Of every extension header so much is there at least. */
    static final int MIN_EXTENSION_BYTES = 8;

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

    /** True for a header that may stand before the transport header, and that says how long it is. */
    static boolean isExtension(int nextHeader) {
        return switch (nextHeader) {
            case IpProtocol.HOP_BY_HOP,
                    IpProtocol.ROUTING,
                    IpProtocol.FRAGMENT,
                    IpProtocol.AUTHENTICATION,
                    IpProtocol.DESTINATION_OPTIONS -> true;
            default -> false;
        };
    }

    /** Length of the extension header of this kind, in bytes; its first byte says what follows it. */
    static int extensionBytes(int kind, MemorySegment memory, long header) {
        return switch (kind) {
            case IpProtocol.FRAGMENT -> 8;
            case IpProtocol.AUTHENTICATION -> (Wire.u8(memory, header + 1) + 2) << 2;
            default -> (Wire.u8(memory, header + 1) + 1) << 3;
        };
    }

    /** Offset of a fragment header's payload in the packet that was cut, in steps of eight bytes. */
    static int fragmentOffset(MemorySegment memory, long header) {
        return Wire.u16(memory, header + 2) >>> 3;
    }

    /** True when a fragment header says that this is not the last fragment. */
    static boolean moreFragments(MemorySegment memory, long header) {
        return (Wire.u16(memory, header + 2) & 1) != 0;
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
