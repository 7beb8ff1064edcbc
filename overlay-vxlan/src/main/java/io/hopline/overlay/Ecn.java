package io.hopline.overlay;

import io.hopline.packet.Checksum;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Vlan;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;

/** Explicit congestion notification through the tunnel: RFC 6040, normal mode. */
final class Ecn {
    /** The two bits of a traffic class (RFC 3168, section 5). */
    static final int MASK = 3;

    static final int NOT_CAPABLE = 0;
    static final int CAPABLE_1 = 1;
    static final int CAPABLE_0 = 2;
    static final int CONGESTED = 3;

    private static final int MAX_TAGS = 2;

    private Ecn() {}

    /** What the outer header says: the same as the inner (section 4.1); 0 when the inside is not IP. */
    static int outer(Frame frame, FrameHeaders headers) {
        long ip = frame.offset() + headers.l3Offset();
        return switch (headers.ipVersion()) {
            case 4 -> Ipv4.trafficClass(frame.memory(), ip) & MASK;
            case 6 -> Ipv6.trafficClass(frame.memory(), ip) & MASK;
            default -> NOT_CAPABLE;
        };
    }

    /**
     * Brings what the outer header said into the inner one (section 4.2, figure 4), checksum included.
     *
     * @param at position of the inner Ethernet header, of which {@code length} bytes are there
     * @return false when the packet must be dropped: congestion was marked and its ends know no ECN
     */
    static boolean combine(int outer, MemorySegment memory, long at, int length) {
        if (outer == NOT_CAPABLE || outer == CAPABLE_0) {
            return true;
        }
        int l3 = Ethernet.BYTES;
        int type = Ethernet.type(memory, at);
        for (int tags = 0; tags < MAX_TAGS && Ethernet.isVlan(type) && l3 + Vlan.BYTES <= length; tags++) {
            type = Wire.u16(memory, at + l3 + 2);
            l3 += Vlan.BYTES;
        }
        boolean ipv4 = type == Ethernet.TYPE_IPV4 && l3 + Ipv4.MIN_BYTES <= length;
        if (!ipv4 && (type != Ethernet.TYPE_IPV6 || l3 + Ipv6.BYTES > length)) {
            return true;
        }
        long ip = at + l3;
        int before = ipv4 ? Ipv4.trafficClass(memory, ip) : Ipv6.trafficClass(memory, ip);
        if ((before & MASK) == NOT_CAPABLE) {
            return outer != CONGESTED;
        }
        if (outer == CONGESTED || (before & MASK) == CAPABLE_0) {
            store(memory, ip, ipv4, before & ~MASK | outer);
        }
        return true;
    }

    private static void store(MemorySegment memory, long ip, boolean ipv4, int trafficClass) {
        if (!ipv4) {
            Ipv6.trafficClass(memory, ip, trafficClass);
            return;
        }
        int before = Wire.u16(memory, ip);
        Ipv4.trafficClass(memory, ip, trafficClass);
        Ipv4.checksum(memory, ip, Checksum.update16(Ipv4.checksum(memory, ip), before, Wire.u16(memory, ip)));
    }
}
