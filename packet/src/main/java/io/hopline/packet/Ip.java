package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/** What an IPv4 and an IPv6 header both say, for who does not mind which it is, and of a packet of which only the beginning is there. */
public final class Ip {
    private static final int PROTOCOL_BITS = 8;

    private Ip() {}

    private static boolean is6(MemorySegment memory, long at) {
        return Ipv6.version(memory, at) == 6;
    }

    /**
     * Finds what follows IPv4's options or IPv6's extension headers.
     *
     * @param available bytes from the IP header on, of which nothing beyond is read
     * @return for {@link #headerBytes} and {@link #protocol}; negative when the headers go on beyond what is there, are too many, or
     *     are a later fragment's
     */
    public static int next(MemorySegment memory, long at, int available) {
        if (available < Ipv4.MIN_BYTES) {
            return -1;
        }
        if (is6(memory, at)) {
            return available < Ipv6.BYTES ? -1 : next6(memory, at, available);
        }
        int bytes = Ipv4.headerBytes(memory, at);
        boolean later = (Ipv4.fragment(memory, at) & Ipv4.FRAGMENT_OFFSET_MASK) != 0;
        return later || bytes > available ? -1 : bytes << PROTOCOL_BITS | Ipv4.protocol(memory, at);
    }

    private static int next6(MemorySegment memory, long at, int available) {
        int kind = Ipv6.nextHeader(memory, at);
        int bytes = Ipv6.BYTES;
        for (int headers = 0; Ipv6.isExtension(kind); headers++) {
            if (headers == Ipv6.MAX_EXTENSION_HEADERS || bytes + Ipv6.MIN_EXTENSION_BYTES > available) {
                return -1;
            }
            long header = at + bytes;
            if (kind == IpProtocol.FRAGMENT && Ipv6.fragmentOffset(memory, header) != 0) {
                return -1;
            }
            bytes += Ipv6.extensionBytes(kind, memory, header);
            kind = Wire.u8(memory, header);
        }
        return bytes > available ? -1 : bytes << PROTOCOL_BITS | kind;
    }

    /** Length of all IP headers of what {@link #next} found, in bytes. */
    public static int headerBytes(int next) {
        return next >>> PROTOCOL_BITS;
    }

    /** The protocol of what {@link #next} found. */
    public static int protocol(int next) {
        return next & (1 << PROTOCOL_BITS) - 1;
    }

    /** Length of the packet by its header's word, in bytes. */
    public static int totalBytes(MemorySegment memory, long at) {
        return is6(memory, at) ? Ipv6.BYTES + Ipv6.payloadBytes(memory, at) : Ipv4.totalBytes(memory, at);
    }

    /** IPv4's identification; 0 of IPv6, which has it in fragments only. */
    public static int identification(MemorySegment memory, long at) {
        return is6(memory, at) ? 0 : Ipv4.identification(memory, at);
    }
}
