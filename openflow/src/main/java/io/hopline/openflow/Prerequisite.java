package io.hopline.openflow;

/** What a match must already say before a field of an inner header makes sense (OpenFlow 1.3.5 section 7.2.3.6). */
public enum Prerequisite {
    NONE,
    IN_PORT,
    VLAN,
    IP,
    IPV4,
    IPV6,
    ARP,
    MPLS,
    PBB,
    TCP,
    UDP,
    SCTP,
    ICMPV4,
    ICMPV6,
    ND,
    ND_SOLICIT,
    ND_ADVERTISE;

    /** True when {@code match} says so with exact values. */
    public boolean holds(Match match) {
        return switch (this) {
            case NONE -> true;
            case IN_PORT -> match.has(OxmField.IN_PORT);
            case VLAN -> vlanPresent(match);
            case IP -> IPV4.holds(match) || IPV6.holds(match);
            case IPV4 -> match.isExactly(OxmField.ETH_TYPE, 0x0800);
            case IPV6 -> match.isExactly(OxmField.ETH_TYPE, 0x86dd);
            case ARP -> match.isExactly(OxmField.ETH_TYPE, 0x0806);
            case MPLS -> match.isExactly(OxmField.ETH_TYPE, 0x8847) || match.isExactly(OxmField.ETH_TYPE, 0x8848);
            case PBB -> match.isExactly(OxmField.ETH_TYPE, 0x88e7);
            case TCP -> IP.holds(match) && match.isExactly(OxmField.IP_PROTO, 6);
            case UDP -> IP.holds(match) && match.isExactly(OxmField.IP_PROTO, 17);
            case SCTP -> IP.holds(match) && match.isExactly(OxmField.IP_PROTO, 132);
            case ICMPV4 -> IPV4.holds(match) && match.isExactly(OxmField.IP_PROTO, 1);
            case ICMPV6 -> IPV6.holds(match) && match.isExactly(OxmField.IP_PROTO, 58);
            case ND -> ND_SOLICIT.holds(match) || ND_ADVERTISE.holds(match);
            case ND_SOLICIT -> ICMPV6.holds(match) && match.isExactly(OxmField.ICMPV6_TYPE, 135);
            case ND_ADVERTISE -> ICMPV6.holds(match) && match.isExactly(OxmField.ICMPV6_TYPE, 136);
        };
    }

    private static boolean vlanPresent(Match match) {
        FieldMatch vid = match.find(OxmField.VLAN_VID);
        return vid != null && (vid.low() & OpenFlow.VID_PRESENT) != 0;
    }
}
