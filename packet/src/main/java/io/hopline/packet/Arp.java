package io.hopline.packet;

import java.lang.foreign.MemorySegment;

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
}
