package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * The errors that keep path MTU discovery alive: ICMP "fragmentation needed" (RFC 1191, section 4) and ICMPv6 "packet too
 * big" (RFC 4443, section 3.2; RFC 8201).
 *
 * <p>A bridged overlay has no router whose address an error could carry, so its source is the offender's destination, as
 * in the kernel's tunnels (linux/net/ipv4/ip_tunnel_core.c, skb_tunnel_check_pmtu): the sender's TCP accepts it like any
 * other. The addresses of the Ethernet header are swapped likewise and VLAN tags kept.
 */
public final class IcmpErrors {
    /** Longest ICMP error with its IP header, in bytes (RFC 1812, section 4.3.2.3). */
    private static final int MAX_IPV4_ERROR_BYTES = 576;

    private static final int TTL = 64;
    private static final int ICMPV6_ERROR_BYTES = 8;

    private IcmpErrors() {}

    /**
     * Builds the error for a frame whose IP packet (or whose segments) is longer than the path takes.
     *
     * @param offender the frame, unchanged; may be a GSO frame
     * @param headers what {@link FrameHeaders#parse} found in it
     * @param mtuBytes longest IP packet that would have fitted
     * @param into an empty frame, which becomes the error: complete, to be sent out where the offender came in
     * @return false when no error may be sent: not IP, IPv4 without DF (fragment it: {@link Ipv4Fragmenter}), a later
     *     fragment, itself an ICMP error, from or to a group or unspecified address, or an MTU below the protocol's minimum
     */
    public static boolean tooBig(Frame offender, FrameHeaders headers, int mtuBytes, Frame into) {
        MemorySegment memory = offender.memory();
        boolean groupMac = (Ethernet.destination(memory, offender.offset()) >>> 40 & 1) != 0
                || (Ethernet.source(memory, offender.offset()) >>> 40 & 1) != 0;
        if (headers.l3Offset() < 0 || groupMac || headers.fragment() == FrameHeaders.FRAGMENT_LATER) {
            return false;
        }
        return switch (headers.ipVersion()) {
            case 4 ->
                ipv4MayBeTold(offender, headers, mtuBytes) && fragmentationNeeded(offender, headers, mtuBytes, into);
            case 6 -> ipv6MayBeTold(offender, headers, mtuBytes) && packetTooBig(offender, headers, mtuBytes, into);
            default -> false;
        };
    }

    private static boolean ipv4MayBeTold(Frame offender, FrameHeaders headers, int mtuBytes) {
        MemorySegment memory = offender.memory();
        long ip = offender.offset() + headers.l3Offset();
        return mtuBytes >= 68
                && (Ipv4.fragment(memory, ip) & Ipv4.DONT_FRAGMENT) != 0
                && isUnicastIpv4(Ipv4.source(memory, ip))
                && isUnicastIpv4(Ipv4.destination(memory, ip))
                && !(headers.isIcmp() && isIcmpError(headers.sourcePort()));
    }

    /** Neither 0/8, 127/8, multicast nor broadcast (RFC 1122, section 3.2.2). */
    private static boolean isUnicastIpv4(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    private static boolean isIcmpError(int type) {
        return switch (type) {
            case Icmp.UNREACHABLE, 4, 5, Icmp.TIME_EXCEEDED, 12 -> true;
            default -> false;
        };
    }

    private static boolean ipv6MayBeTold(Frame offender, FrameHeaders headers, int mtuBytes) {
        MemorySegment memory = offender.memory();
        long ip = offender.offset() + headers.l3Offset();
        return mtuBytes >= Ipv6.MIN_MTU
                && isUnicastIpv6(Ipv6.sourceHigh(memory, ip), Ipv6.sourceLow(memory, ip))
                && isUnicastIpv6(Ipv6.destinationHigh(memory, ip), Ipv6.destinationLow(memory, ip))
                && !(headers.isIcmp() && headers.sourcePort() < Icmpv6.FIRST_INFORMATIONAL);
    }

    private static boolean isUnicastIpv6(long high, long low) {
        boolean unspecifiedOrLoopback = high == 0 && (low == 0 || low == 1);
        return !unspecifiedOrLoopback && high >>> 56 != 0xff;
    }

    private static boolean fragmentationNeeded(Frame offender, FrameHeaders headers, int mtuBytes, Frame into) {
        MemorySegment from = offender.memory();
        MemorySegment to = into.memory();
        int quoted = Math.min(headers.ipBytes(), MAX_IPV4_ERROR_BYTES - Ipv4.MIN_BYTES - Icmp.BYTES);
        long offenderIp = offender.offset() + headers.l3Offset();
        long ip = copyEthernet(offender, headers.l3Offset(), into);
        long icmp = ip + Ipv4.MIN_BYTES;
        int icmpBytes = Icmp.BYTES + quoted;
        into.length(headers.l3Offset() + Ipv4.MIN_BYTES + icmpBytes);

        MemorySegment.copy(from, offenderIp, to, icmp + Icmp.BYTES, quoted);
        Icmp.type(to, icmp, Icmp.UNREACHABLE);
        Icmp.code(to, icmp, Icmp.FRAGMENTATION_NEEDED);
        Icmp.checksum(to, icmp, 0);
        Icmp.identifier(to, icmp, 0);
        Icmp.nextHopMtu(to, icmp, mtuBytes);
        Icmp.checksum(to, icmp, Checksum.finish(Checksum.sum(to, icmp, icmpBytes)));

        Ipv4.headerBytes(to, ip, Ipv4.MIN_BYTES);
        Ipv4.trafficClass(to, ip, 0);
        Ipv4.totalBytes(to, ip, Ipv4.MIN_BYTES + icmpBytes);
        Ipv4.identification(to, ip, 0);
        Ipv4.fragment(to, ip, Ipv4.DONT_FRAGMENT);
        Ipv4.ttl(to, ip, TTL);
        Ipv4.protocol(to, ip, IpProtocol.ICMP);
        Ipv4.source(to, ip, Ipv4.destination(from, offenderIp));
        Ipv4.destination(to, ip, Ipv4.source(from, offenderIp));
        Ipv4.updateChecksum(to, ip);
        return true;
    }

    private static boolean packetTooBig(Frame offender, FrameHeaders headers, int mtuBytes, Frame into) {
        MemorySegment from = offender.memory();
        MemorySegment to = into.memory();
        int quoted = Math.min(headers.ipBytes(), Ipv6.MIN_MTU - Ipv6.BYTES - ICMPV6_ERROR_BYTES);
        long offenderIp = offender.offset() + headers.l3Offset();
        long ip = copyEthernet(offender, headers.l3Offset(), into);
        long icmp = ip + Ipv6.BYTES;
        int icmpBytes = ICMPV6_ERROR_BYTES + quoted;
        into.length(headers.l3Offset() + Ipv6.BYTES + icmpBytes);

        Ipv6.versionClassLabel(to, ip, 0, 0);
        Ipv6.payloadBytes(to, ip, icmpBytes);
        Ipv6.nextHeader(to, ip, IpProtocol.ICMPV6);
        Ipv6.hopLimit(to, ip, TTL);
        Ipv6.source(to, ip, Ipv6.destinationHigh(from, offenderIp), Ipv6.destinationLow(from, offenderIp));
        Ipv6.destination(to, ip, Ipv6.sourceHigh(from, offenderIp), Ipv6.sourceLow(from, offenderIp));

        MemorySegment.copy(from, offenderIp, to, icmp + ICMPV6_ERROR_BYTES, quoted);
        Icmpv6.type(to, icmp, Icmpv6.PACKET_TOO_BIG);
        Icmpv6.code(to, icmp, 0);
        Icmpv6.checksum(to, icmp, 0);
        Icmpv6.mtu(to, icmp, mtuBytes);
        int sum = Checksum.add(
                Checksum.pseudoIpv6(to, ip, IpProtocol.ICMPV6, icmpBytes), Checksum.sum(to, icmp, icmpBytes));
        Icmpv6.checksum(to, icmp, Checksum.finish(sum));
        return true;
    }

    /** Ethernet header and VLAN tags with the addresses swapped; returns the position after them. */
    private static long copyEthernet(Frame offender, int bytes, Frame into) {
        MemorySegment from = offender.memory();
        MemorySegment to = into.memory();
        MemorySegment.copy(from, offender.offset(), to, into.offset(), bytes);
        Ethernet.destination(to, into.offset(), Ethernet.source(from, offender.offset()));
        Ethernet.source(to, into.offset(), Ethernet.destination(from, offender.offset()));
        VnetHeader.clear(to, into.vnet());
        return into.offset() + bytes;
    }
}
