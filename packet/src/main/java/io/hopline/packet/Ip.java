package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * What an IPv4 and an IPv6 header both say, for who does not mind which it is. Extension headers of IPv6 are not walked: {@link FrameHeaders}
 * does that.
 */
public final class Ip {
    private Ip() {}

    private static boolean is6(MemorySegment memory, long at) {
        return Ipv6.version(memory, at) == 6;
    }

    /** Length of the header with IPv4's options, in bytes. */
    public static int headerBytes(MemorySegment memory, long at) {
        return is6(memory, at) ? Ipv6.BYTES : Ipv4.headerBytes(memory, at);
    }

    /** Bytes after the header, by the header's own word. */
    public static int payloadBytes(MemorySegment memory, long at) {
        return is6(memory, at)
                ? Ipv6.payloadBytes(memory, at)
                : Ipv4.totalBytes(memory, at) - Ipv4.headerBytes(memory, at);
    }

    /** What follows the header. */
    public static int protocol(MemorySegment memory, long at) {
        return is6(memory, at) ? Ipv6.nextHeader(memory, at) : Ipv4.protocol(memory, at);
    }

    /** IPv4's identification; 0 of IPv6, which has it in fragments only. */
    public static int identification(MemorySegment memory, long at) {
        return is6(memory, at) ? 0 : Ipv4.identification(memory, at);
    }
}
