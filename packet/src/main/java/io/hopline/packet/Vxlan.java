package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * VXLAN header (RFC 7348, section 5).
 *
 * <pre>
 *  0  flags (1), reserved (3)   4  VNI (3), reserved (1)   8  inner Ethernet frame
 * </pre>
 */
public final class Vxlan {
    public static final int BYTES = 8;
    public static final int UDP_PORT = 4789;
    /** The I flag, which must be set for the VNI to be valid. */
    public static final int VNI_VALID = 0x08;

    public static final int MAX_VNI = 0xff_ffff;

    private Vxlan() {}

    /** The first byte. Senders set only {@link #VNI_VALID}; receivers ignore the other bits (section 5). */
    public static int flags(MemorySegment memory, long at) {
        return Wire.u8(memory, at);
    }

    /** VXLAN network identifier, 0 to {@link #MAX_VNI}. */
    public static int vni(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 4) >>> 8;
    }

    /** Writes the whole header. */
    public static void write(MemorySegment memory, long at, int vni) {
        Wire.i32(memory, at, VNI_VALID << 24);
        Wire.i32(memory, at + 4, vni << 8);
    }
}
