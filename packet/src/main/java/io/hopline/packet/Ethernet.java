package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * Ethernet II header (IEEE 802.3, clause 3; type field as in RFC 894).
 *
 * <pre>
 *  0  destination (6)   6  source (6)   12  type (2)   14  payload, or a {@link Vlan} tag's rest
 * </pre>
 */
public final class Ethernet {
    public static final int BYTES = 14;

    public static final int TYPE_IPV4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    /** Customer VLAN tag, IEEE 802.1Q. */
    public static final int TYPE_VLAN = 0x8100;
    /** Service VLAN tag, IEEE 802.1ad. */
    public static final int TYPE_SERVICE_VLAN = 0x88a8;

    public static final int TYPE_IPV6 = 0x86dd;
    /** Types below this are IEEE 802.3 lengths. */
    public static final int FIRST_TYPE = 0x0600;

    static final int DESTINATION = 0;
    static final int SOURCE = 6;
    static final int TYPE = 12;

    private Ethernet() {}

    public static long destination(MemorySegment memory, long at) {
        return Wire.u48(memory, at + DESTINATION);
    }

    public static void destination(MemorySegment memory, long at, long mac) {
        Wire.u48(memory, at + DESTINATION, mac);
    }

    public static long source(MemorySegment memory, long at) {
        return Wire.u48(memory, at + SOURCE);
    }

    public static void source(MemorySegment memory, long at, long mac) {
        Wire.u48(memory, at + SOURCE, mac);
    }

    /** The two bytes after the addresses: the type of the payload, of a VLAN tag, or a length. */
    public static int type(MemorySegment memory, long at) {
        return Wire.u16(memory, at + TYPE);
    }

    public static void type(MemorySegment memory, long at, int type) {
        Wire.u16(memory, at + TYPE, type);
    }

    /** True for the two types a VLAN tag starts with. */
    public static boolean isVlan(int type) {
        return type == TYPE_VLAN || type == TYPE_SERVICE_VLAN;
    }
}
