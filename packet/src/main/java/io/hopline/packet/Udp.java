package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * UDP header (RFC 768).
 *
 * <pre>
 *  0  source port (2)   2  destination port (2)   4  length (2)   6  checksum (2)
 * </pre>
 */
public final class Udp {
    public static final int BYTES = 8;

    static final int CHECKSUM = 6;

    private Udp() {}

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

    /** Header and payload, in bytes; less than {@link #BYTES} is malformed. */
    public static int totalBytes(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 4);
    }

    public static void totalBytes(MemorySegment memory, long at, int bytes) {
        Wire.u16(memory, at + 4, bytes);
    }

    /** Zero over IPv4 says that the sender did not compute one. */
    public static int checksum(MemorySegment memory, long at) {
        return Wire.u16(memory, at + CHECKSUM);
    }

    public static void checksum(MemorySegment memory, long at, int checksum) {
        Wire.u16(memory, at + CHECKSUM, checksum);
    }
}
