package io.hopline.vswitch;

import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;

/** Where things are in neighbor solicitations and advertisements (RFC 4861, sections 4.3 to 4.6). */
final class NeighborDiscovery {
    /** Offset of the target address from the ICMPv6 header. */
    static final int TARGET_OFFSET = 8;

    static final int SOURCE_LINK_LAYER = 1;
    static final int TARGET_LINK_LAYER = 2;

    /** A frame with more options than this is read no further. */
    private static final int MAX_OPTIONS = 8;

    private NeighborDiscovery() {}

    /**
     * Finds an 8-byte link-layer address option.
     *
     * @param at position of the Ethernet header
     * @param first offset of the first option from there
     * @param end offset of the first byte after the packet
     * @return offset of the option from the Ethernet header, or -1
     */
    static int findOption(MemorySegment memory, long at, int first, int end, int type) {
        int offset = first;
        for (int i = 0; i < MAX_OPTIONS && offset + 8 <= end; i++) {
            int bytes = Wire.u8(memory, at + offset + 1) << 3;
            if (bytes == 0) {
                return -1;
            }
            if (Wire.u8(memory, at + offset) == type && bytes == 8) {
                return offset;
            }
            offset += bytes;
        }
        return -1;
    }
}
