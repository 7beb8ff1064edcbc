package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Accessors for {@code struct virtio_net_hdr} (linux/virtio_net.h), the ten bytes in front of a frame on a TAP with
 * IFF_VNET_HDR and on an AF_PACKET socket with PACKET_VNET_HDR. Fields are little-endian, as both are asked for.
 */
public final class VnetHeader {
    public static final int BYTES = 10;

    /** The checksum from {@link #checksumStart} on is partial: the pseudo-header sum is there, the rest is to be done. */
    public static final int NEEDS_CHECKSUM = 1;
    /** The checksum was verified by whoever sent the frame. */
    public static final int DATA_VALID = 2;

    public static final int GSO_NONE = 0;
    public static final int GSO_TCPV4 = 1;
    public static final int GSO_UDP = 3;
    public static final int GSO_TCPV6 = 4;
    public static final int GSO_UDP_L4 = 5;
    /** Or-ed to a TCP type when CWR is set in the first segment only. */
    public static final int GSO_ECN = 0x80;

    private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private VnetHeader() {}

    public static int flags(MemorySegment memory, long vnet) {
        return memory.get(ValueLayout.JAVA_BYTE, vnet) & 0xff;
    }

    public static void flags(MemorySegment memory, long vnet, int flags) {
        memory.set(ValueLayout.JAVA_BYTE, vnet, (byte) flags);
    }

    /** One of the GSO constants, with {@link #GSO_ECN} possibly or-ed. */
    public static int gsoType(MemorySegment memory, long vnet) {
        return memory.get(ValueLayout.JAVA_BYTE, vnet + 1) & 0xff;
    }

    public static void gsoType(MemorySegment memory, long vnet, int type) {
        memory.set(ValueLayout.JAVA_BYTE, vnet + 1, (byte) type);
    }

    /** Bytes from the Ethernet header to the end of the transport header. */
    public static int headerLength(MemorySegment memory, long vnet) {
        return memory.get(LE16, vnet + 2) & 0xffff;
    }

    public static void headerLength(MemorySegment memory, long vnet, int bytes) {
        memory.set(LE16, vnet + 2, (short) bytes);
    }

    /** Payload bytes of each segment. */
    public static int gsoSize(MemorySegment memory, long vnet) {
        return memory.get(LE16, vnet + 4) & 0xffff;
    }

    public static void gsoSize(MemorySegment memory, long vnet, int bytes) {
        memory.set(LE16, vnet + 4, (short) bytes);
    }

    /** Offset from the Ethernet header at which the transport checksum starts to sum. */
    public static int checksumStart(MemorySegment memory, long vnet) {
        return memory.get(LE16, vnet + 6) & 0xffff;
    }

    public static void checksumStart(MemorySegment memory, long vnet, int bytes) {
        memory.set(LE16, vnet + 6, (short) bytes);
    }

    /** Offset from {@link #checksumStart} at which the checksum is stored. */
    public static int checksumOffset(MemorySegment memory, long vnet) {
        return memory.get(LE16, vnet + 8) & 0xffff;
    }

    public static void checksumOffset(MemorySegment memory, long vnet, int bytes) {
        memory.set(LE16, vnet + 8, (short) bytes);
    }

    public static boolean needsChecksum(MemorySegment memory, long vnet) {
        return (flags(memory, vnet) & NEEDS_CHECKSUM) != 0;
    }

    public static boolean isGso(MemorySegment memory, long vnet) {
        return gsoType(memory, vnet) != GSO_NONE;
    }

    /** A complete frame: nothing to segment, nothing to sum. */
    public static void clear(MemorySegment memory, long vnet) {
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, vnet, 0L);
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, vnet + 8, (short) 0);
    }

    /**
     * A super-frame: to be cut into segments, with a checksum to be finished in each.
     *
     * @param headerBytes see {@link #headerLength}
     * @param gsoBytes see {@link #gsoSize}
     * @param checksumAt see {@link #checksumStart}
     * @param checksumIn see {@link #checksumOffset}
     */
    public static void superFrame(
            MemorySegment memory,
            long vnet,
            int gsoType,
            int headerBytes,
            int gsoBytes,
            int checksumAt,
            int checksumIn) {
        flags(memory, vnet, NEEDS_CHECKSUM);
        gsoType(memory, vnet, gsoType);
        headerLength(memory, vnet, headerBytes);
        gsoSize(memory, vnet, gsoBytes);
        checksumStart(memory, vnet, checksumAt);
        checksumOffset(memory, vnet, checksumIn);
    }

    /** Moves the offsets of a header whose frame grew (or shrank) by some bytes in front of its network header. */
    public static void shift(MemorySegment memory, long vnet, int bytes) {
        if (needsChecksum(memory, vnet)) {
            checksumStart(memory, vnet, checksumStart(memory, vnet) + bytes);
        }
        if (isGso(memory, vnet)) {
            headerLength(memory, vnet, headerLength(memory, vnet) + bytes);
        }
    }
}
