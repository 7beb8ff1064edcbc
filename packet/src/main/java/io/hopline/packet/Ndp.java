package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Function;

/**
 * Neighbor discovery (RFC 4861) on behalf of hosts whose addresses are known, without state: solicitations are answered,
 * and a router that has no host of its own is advertised.
 *
 * <p>In: a frame. Out: the frame to send back where it came from.
 */
public final class Ndp {
    /** Neighbor discovery is between neighbors: a packet that a router forwarded has less (section 7.1.1). */
    static final int HOP_LIMIT = 255;

    /** Seconds for which the router is one, at most (RFC 8319, section 4); it is advertised again far sooner. */
    static final int ROUTER_LIFETIME_S = 9_000;

    private static final Ipv6Address ALL_NODES = Ipv6Address.parse("ff02::1");
    private static final MacAddress ALL_NODES_MAC = MacAddress.parse("33:33:00:00:00:01");
    private static final int HEADERS_BYTES = Ethernet.BYTES + Ipv6.BYTES;
    private static final int SOLICITATION_BYTES = 24;
    private static final int SOURCE_LINK_LAYER = 1;
    private static final int TARGET_LINK_LAYER = 2;
    private static final int PREFIX_INFORMATION = 3;
    private static final int MTU = 5;

    private static final int ROUTER_FLAG = 1 << 31;
    private static final int SOLICITED_FLAG = 1 << 30;
    private static final int OVERRIDE_FLAG = 1 << 29;
    private static final int ON_LINK_AND_AUTONOMOUS = 0xc0;

    private Ndp() {}

    /**
     * Answers a neighbor solicitation.
     *
     * @param frame a frame from its Ethernet header on, of any content
     * @param owners who has an address
     * @param router hardware address whose owner is announced as a router
     * @return the advertisement; empty for anything else, for nobody's address, and for a host that asks for its own,
     *     as it does before it uses it (RFC 4862, section 5.4)
     */
    public static Optional<byte[]> answer(
            byte[] frame, Function<Ipv6Address, Optional<MacAddress>> owners, MacAddress router) {
        MemorySegment memory = MemorySegment.ofArray(frame);
        FrameHeaders headers = new FrameHeaders();
        if (!isSolicitation(memory, headers, frame.length, Icmpv6.NEIGHBOR_SOLICITATION)) {
            return Optional.empty();
        }
        long icmp = headers.l4Offset();
        if (headers.l3Offset() + headers.ipBytes() - icmp < SOLICITATION_BYTES) {
            return Optional.empty();
        }
        Ipv6Address target = new Ipv6Address(Icmpv6.targetHigh(memory, icmp), Icmpv6.targetLow(memory, icmp));
        MacAddress asking = new MacAddress(Ethernet.source(memory, 0));
        return owners.apply(target)
                .filter(owner -> !owner.equals(asking))
                .map(owner -> advertisement(target, owner, asking, source(memory, headers), owner.equals(router)));
    }

    /**
     * Answers a router solicitation.
     *
     * @return the advertisement to the host that asked; empty for anything else
     */
    public static Optional<byte[]> answer(byte[] frame, Ipv6Link link) {
        MemorySegment memory = MemorySegment.ofArray(frame);
        FrameHeaders headers = new FrameHeaders();
        if (!isSolicitation(memory, headers, frame.length, Icmpv6.ROUTER_SOLICITATION)) {
            return Optional.empty();
        }
        Ipv6Address source = source(memory, headers);
        return Optional.of(
                isUnspecified(source)
                        ? routerAdvertisement(link)
                        : routerAdvertisement(link, source, new MacAddress(Ethernet.source(memory, 0))));
    }

    /** What every host of a link is told, and told again before the router's lifetime is over (section 6.2.4). */
    public static byte[] routerAdvertisement(Ipv6Link link) {
        return routerAdvertisement(link, ALL_NODES, ALL_NODES_MAC);
    }

    private static boolean isSolicitation(MemorySegment memory, FrameHeaders headers, int length, int type) {
        if (headers.parse(memory, 0, length) != FrameHeaders.Verdict.OK
                || headers.ipVersion() != 6
                || headers.fragment() != FrameHeaders.FRAGMENT_NONE
                || headers.ipProtocol() != IpProtocol.ICMPV6
                || Ipv6.hopLimit(memory, headers.l3Offset()) != HOP_LIMIT) {
            return false;
        }
        long icmp = headers.l4Offset();
        int bytes = headers.l3Offset() + headers.ipBytes() - headers.l4Offset();
        int sum = Checksum.pseudoIpv6(memory, headers.l3Offset(), IpProtocol.ICMPV6, bytes);
        return Icmpv6.type(memory, icmp) == type
                && Icmpv6.code(memory, icmp) == 0
                && Checksum.finish(Checksum.add(sum, Checksum.sum(memory, icmp, bytes))) == 0;
    }

    private static Ipv6Address source(MemorySegment memory, FrameHeaders headers) {
        int ip = headers.l3Offset();
        return new Ipv6Address(Ipv6.sourceHigh(memory, ip), Ipv6.sourceLow(memory, ip));
    }

    private static boolean isUnspecified(Ipv6Address address) {
        return address.high() == 0 && address.low() == 0;
    }

    /** Section 4.4; who asks without an address is looking for a duplicate, and all nodes are told (section 7.2.4). */
    private static byte[] advertisement(
            Ipv6Address target, MacAddress owner, MacAddress asking, Ipv6Address source, boolean isRouter) {
        boolean solicited = !isUnspecified(source);
        byte[] frame = new byte[HEADERS_BYTES + SOLICITATION_BYTES + 8];
        MemorySegment memory = MemorySegment.ofArray(frame);
        long icmp = HEADERS_BYTES;
        int flags = OVERRIDE_FLAG | (solicited ? SOLICITED_FLAG : 0) | (isRouter ? ROUTER_FLAG : 0);
        Icmpv6.type(memory, icmp, Icmpv6.NEIGHBOR_ADVERTISEMENT);
        Wire.i32(memory, icmp + 4, flags);
        Wire.i64(memory, icmp + 8, target.high());
        Wire.i64(memory, icmp + 16, target.low());
        linkLayerOption(memory, icmp + SOLICITATION_BYTES, TARGET_LINK_LAYER, owner);
        finish(memory, target, owner, solicited ? source : ALL_NODES, solicited ? asking : ALL_NODES_MAC);
        return frame;
    }

    /** Section 4.2: one prefix, in which hosts make their own addresses, valid for ever. */
    private static byte[] routerAdvertisement(Ipv6Link link, Ipv6Address to, MacAddress toMac) {
        byte[] frame = new byte[HEADERS_BYTES + 16 + 8 + 8 + 32];
        MemorySegment memory = MemorySegment.ofArray(frame);
        long icmp = HEADERS_BYTES;
        Icmpv6.type(memory, icmp, Icmpv6.ROUTER_ADVERTISEMENT);
        Wire.u8(memory, icmp + 4, 64);
        Wire.u16(memory, icmp + 6, ROUTER_LIFETIME_S);
        long option = icmp + 16;
        linkLayerOption(memory, option, SOURCE_LINK_LAYER, link.router());
        option += 8;
        Wire.u8(memory, option, MTU);
        Wire.u8(memory, option + 1, 1);
        Wire.i32(memory, option + 4, link.mtuBytes());
        option += 8;
        Wire.u8(memory, option, PREFIX_INFORMATION);
        Wire.u8(memory, option + 1, 4);
        Wire.u8(memory, option + 2, 64);
        Wire.u8(memory, option + 3, ON_LINK_AND_AUTONOMOUS);
        Wire.i32(memory, option + 4, -1);
        Wire.i32(memory, option + 8, -1);
        Wire.i64(memory, option + 16, link.prefixHigh());
        finish(memory, Ipv6Address.linkLocal(link.router()), link.router(), to, toMac);
        return frame;
    }

    private static void linkLayerOption(MemorySegment memory, long at, int type, MacAddress mac) {
        Wire.u8(memory, at, type);
        Wire.u8(memory, at + 1, 1);
        Wire.u48(memory, at + 2, mac.bits());
    }

    private static void finish(
            MemorySegment memory, Ipv6Address from, MacAddress fromMac, Ipv6Address to, MacAddress toMac) {
        int bytes = (int) memory.byteSize() - HEADERS_BYTES;
        Ethernet.destination(memory, 0, toMac.bits());
        Ethernet.source(memory, 0, fromMac.bits());
        Ethernet.type(memory, 0, Ethernet.TYPE_IPV6);
        long ip = Ethernet.BYTES;
        Ipv6.versionClassLabel(memory, ip, 0, 0);
        Ipv6.payloadBytes(memory, ip, bytes);
        Ipv6.nextHeader(memory, ip, IpProtocol.ICMPV6);
        Ipv6.hopLimit(memory, ip, HOP_LIMIT);
        Ipv6.source(memory, ip, from.high(), from.low());
        Ipv6.destination(memory, ip, to.high(), to.low());
        int sum = Checksum.pseudoIpv6(memory, ip, IpProtocol.ICMPV6, bytes);
        long icmp = HEADERS_BYTES;
        Icmpv6.checksum(memory, icmp, Checksum.finish(Checksum.add(sum, Checksum.sum(memory, icmp, bytes))));
    }
}
