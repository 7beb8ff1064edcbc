package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * ARP for IPv4 over Ethernet (RFC 826).
 *
 * <pre>
 *  0  hardware type (2)   2  protocol type (2)   4  hardware length (1)   5  protocol length (1)   6  operation (2)
 *  8  sender MAC (6)     14  sender IP (4)      18  target MAC (6)       24  target IP (4)
 * </pre>
 */
public final class Arp {
    public static final int BYTES = 28;
    public static final int REQUEST = 1;
    public static final int REPLY = 2;

    private static final long ETHERNET_IPV4 = 0x0001_0800_0604L;

    private Arp() {}

    /** True when hardware, protocol and their lengths are those of IPv4 over Ethernet. */
    public static boolean isIpv4OverEthernet(MemorySegment memory, long at) {
        return Wire.u48(memory, at) == ETHERNET_IPV4;
    }

    /** Writes the first six bytes: IPv4 over Ethernet. */
    public static void ipv4OverEthernet(MemorySegment memory, long at) {
        Wire.u48(memory, at, ETHERNET_IPV4);
    }

    public static int operation(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 6);
    }

    public static void operation(MemorySegment memory, long at, int operation) {
        Wire.u16(memory, at + 6, operation);
    }

    public static long senderMac(MemorySegment memory, long at) {
        return Wire.u48(memory, at + 8);
    }

    public static void senderMac(MemorySegment memory, long at, long mac) {
        Wire.u48(memory, at + 8, mac);
    }

    public static int senderIp(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 14);
    }

    public static void senderIp(MemorySegment memory, long at, int ipv4) {
        Wire.i32(memory, at + 14, ipv4);
    }

    public static long targetMac(MemorySegment memory, long at) {
        return Wire.u48(memory, at + 18);
    }

    public static void targetMac(MemorySegment memory, long at, long mac) {
        Wire.u48(memory, at + 18, mac);
    }

    public static int targetIp(MemorySegment memory, long at) {
        return Wire.i32(memory, at + 24);
    }

    public static void targetIp(MemorySegment memory, long at, int ipv4) {
        Wire.i32(memory, at + 24, ipv4);
    }

    /**
     * Builds the answer to a request as a frame of 42 bytes, for answers given in the slow path.
     *
     * @param request a frame from its Ethernet header on, without VLAN tag
     * @param mac the hardware address of {@link #targetIp}
     * @return empty when the frame is not an ARP request for IPv4 over Ethernet
     */
    public static Optional<byte[]> reply(byte[] request, MacAddress mac) {
        MemorySegment from = MemorySegment.ofArray(request);
        if (request.length < Ethernet.BYTES + BYTES
                || Ethernet.type(from, 0) != Ethernet.TYPE_ARP
                || !isIpv4OverEthernet(from, Ethernet.BYTES)
                || operation(from, Ethernet.BYTES) != REQUEST) {
            return Optional.empty();
        }
        byte[] reply = new byte[Ethernet.BYTES + BYTES];
        MemorySegment to = MemorySegment.ofArray(reply);
        Ethernet.destination(to, 0, senderMac(from, Ethernet.BYTES));
        Ethernet.source(to, 0, mac.bits());
        Ethernet.type(to, 0, Ethernet.TYPE_ARP);
        ipv4OverEthernet(to, Ethernet.BYTES);
        operation(to, Ethernet.BYTES, REPLY);
        senderMac(to, Ethernet.BYTES, mac.bits());
        senderIp(to, Ethernet.BYTES, targetIp(from, Ethernet.BYTES));
        targetMac(to, Ethernet.BYTES, senderMac(from, Ethernet.BYTES));
        targetIp(to, Ethernet.BYTES, senderIp(from, Ethernet.BYTES));
        return Optional.of(reply);
    }
}
