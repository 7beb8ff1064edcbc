package io.hopline.openflow;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a packet must look like: a conjunction of fields in the order they were given; none matches everything.
 *
 * <p>Every field's prerequisites stand before it and no field stands twice, else the constructor throws
 * {@link OpenFlowException} with the error that OpenFlow 1.3.5 section 7.2.3 asks for.
 *
 * @param fields the fields, in wire order
 */
public record Match(List<FieldMatch> fields) {
    public static final Match ANY = new Match(List.of());

    public Match {
        fields = List.copyOf(fields);
        Set<OxmField> seen = EnumSet.noneOf(OxmField.class);
        for (FieldMatch field : fields) {
            if (!seen.add(field.field())) {
                throw new OpenFlowException(OpenFlowError.BAD_MATCH_DUP_FIELD, field.field() + " is there twice");
            }
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Throws unless each field stands behind its prerequisites; a flow's match must, the pipeline fields that a packet-in
     * carries need not.
     */
    public Match requirePrerequisites() {
        for (int i = 0; i < fields.size(); i++) {
            OxmField field = fields.get(i).field();
            if (field.prerequisite() != Prerequisite.NONE
                    && !field.prerequisite().holds(new Match(fields.subList(0, i)))) {
                throw new OpenFlowException(
                        OpenFlowError.BAD_MATCH_PREREQ, field + " needs " + field.prerequisite() + " before it");
            }
        }
        return this;
    }

    public @Nullable FieldMatch find(OxmField field) {
        for (FieldMatch candidate : fields) {
            if (candidate.field() == field) {
                return candidate;
            }
        }
        return null;
    }

    public boolean has(OxmField field) {
        return find(field) != null;
    }

    /** True when the match compares all bits of {@code field} with {@code value}. */
    public boolean isExactly(OxmField field, long value) {
        FieldMatch found = find(field);
        return found != null && found.isExact() && found.high() == 0 && found.low() == value;
    }

    /** Collects fields in the order of the calls; {@link #build()} checks them. */
    public static final class Builder {
        private final List<FieldMatch> fields = new ArrayList<>();

        private Builder() {}

        public Match build() {
            return new Match(fields).requirePrerequisites();
        }

        public Builder field(FieldMatch field) {
            fields.add(field);
            return this;
        }

        public Builder exact(OxmField field, long value) {
            return field(FieldMatch.exact(field, value));
        }

        public Builder masked(OxmField field, long value, long mask) {
            return field(FieldMatch.masked(field, value, mask));
        }

        public Builder inPort(int port) {
            return exact(OxmField.IN_PORT, port & 0xffff_ffffL);
        }

        public Builder metadata(long value) {
            return exact(OxmField.METADATA, value);
        }

        public Builder metadata(long value, long mask) {
            return masked(OxmField.METADATA, value, mask);
        }

        public Builder ethSrc(MacAddress mac) {
            return exact(OxmField.ETH_SRC, mac.bits());
        }

        public Builder ethDst(MacAddress mac) {
            return exact(OxmField.ETH_DST, mac.bits());
        }

        /** Broadcast and multicast destinations. */
        public Builder ethDstGroup() {
            return masked(OxmField.ETH_DST, 1L << 40, 1L << 40);
        }

        public Builder ethType(int ethType) {
            return exact(OxmField.ETH_TYPE, ethType);
        }

        /** Tagged with VLAN {@code vid}, 0 to 4095. */
        public Builder vlanVid(int vid) {
            return exact(OxmField.VLAN_VID, OpenFlow.VID_PRESENT | vid);
        }

        public Builder untagged() {
            return exact(OxmField.VLAN_VID, 0);
        }

        public Builder ipProto(int protocol) {
            return exact(OxmField.IP_PROTO, protocol);
        }

        public Builder ipv4Src(Ipv4Address address) {
            return exact(OxmField.IPV4_SRC, address.bits() & 0xffff_ffffL);
        }

        public Builder ipv4Src(Ipv4Address network, int prefixLength) {
            return prefix(OxmField.IPV4_SRC, network, prefixLength);
        }

        public Builder ipv4Dst(Ipv4Address address) {
            return exact(OxmField.IPV4_DST, address.bits() & 0xffff_ffffL);
        }

        public Builder ipv4Dst(Ipv4Address network, int prefixLength) {
            return prefix(OxmField.IPV4_DST, network, prefixLength);
        }

        private Builder prefix(OxmField field, Ipv4Address network, int prefixLength) {
            if (prefixLength < 0 || prefixLength > 32) {
                throw new IllegalArgumentException("an IPv4 prefix has 0 to 32 bits, not " + prefixLength);
            }
            long mask = prefixLength == 0 ? 0 : 0xffff_ffffL << (32 - prefixLength) & 0xffff_ffffL;
            return prefixLength == 0 ? this : masked(field, network.bits() & mask, mask);
        }

        /** An address of either IP version; that version's Ethernet type must stand before it. */
        public Builder ipSrc(IpAddress address) {
            return address(OxmField.IPV4_SRC, OxmField.IPV6_SRC, address);
        }

        /** An address of either IP version; that version's Ethernet type must stand before it. */
        public Builder ipDst(IpAddress address) {
            return address(OxmField.IPV4_DST, OxmField.IPV6_DST, address);
        }

        private Builder address(OxmField ipv4, OxmField ipv6, IpAddress address) {
            return switch (address) {
                case Ipv4Address a -> exact(ipv4, a.bits() & 0xffff_ffffL);
                case Ipv6Address a -> field(FieldMatch.exact(ipv6, a.high(), a.low()));
            };
        }

        /** The first 64 bits of an IPv6 destination. */
        public Builder ipv6Dst64(long prefixHigh) {
            return field(new FieldMatch(OxmField.IPV6_DST, prefixHigh, 0, -1, 0, true));
        }

        /** The first 64 bits of the address that a neighbor solicitation asks for. */
        public Builder ndTarget64(long prefixHigh) {
            return field(new FieldMatch(OxmField.IPV6_ND_TARGET, prefixHigh, 0, -1, 0, true));
        }

        public Builder tcpSrc(int port) {
            return exact(OxmField.TCP_SRC, port);
        }

        public Builder tcpDst(int port) {
            return exact(OxmField.TCP_DST, port);
        }

        public Builder udpSrc(int port) {
            return exact(OxmField.UDP_SRC, port);
        }

        public Builder udpDst(int port) {
            return exact(OxmField.UDP_DST, port);
        }

        public Builder arpOp(int op) {
            return exact(OxmField.ARP_OP, op);
        }

        public Builder arpSpa(Ipv4Address address) {
            return exact(OxmField.ARP_SPA, address.bits() & 0xffff_ffffL);
        }

        public Builder arpTpa(Ipv4Address address) {
            return exact(OxmField.ARP_TPA, address.bits() & 0xffff_ffffL);
        }

        public Builder arpSha(MacAddress mac) {
            return exact(OxmField.ARP_SHA, mac.bits());
        }

        /** The VNI of a frame from a VXLAN tunnel. */
        public Builder tunnelId(long id) {
            return exact(OxmField.TUNNEL_ID, id);
        }

        public Builder tunnelSrc(Ipv4Address vtep) {
            return exact(OxmField.TUN_IPV4_SRC, vtep.bits() & 0xffff_ffffL);
        }

        public Builder reg(int n, long value) {
            return exact(OxmField.reg(n), value);
        }

        /** Bits of {@code mask} must be as in {@code value}; see {@link OpenFlow#CT_NEW} and its neighbours. */
        public Builder ctState(int value, int mask) {
            return masked(OxmField.CT_STATE, value, mask);
        }

        public Builder ctZone(int zone) {
            return exact(OxmField.CT_ZONE, zone);
        }

        public Builder ctMark(long mark) {
            return exact(OxmField.CT_MARK, mark);
        }
    }
}
