package io.hopline.openflow;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Fields and their values in the notation of ovs-fields(7). */
final class FieldText {
    /** How a field's value is written. */
    enum Form {
        PORT,
        DECIMAL,
        HEXADECIMAL,
        MAC,
        IPV4,
        IPV6,
        CT_STATE
    }

    private static final String[] CT_BITS = {"new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"};
    private static final Map<OxmField, String> NAMES = new EnumMap<>(OxmField.class);

    static {
        Object[] names = {
            OxmField.ETH_DST, "dl_dst", OxmField.ETH_SRC, "dl_src", OxmField.ETH_TYPE, "dl_type",
            OxmField.VLAN_PCP, "dl_vlan_pcp", OxmField.IP_ECN, "nw_ecn", OxmField.IP_PROTO, "nw_proto",
            OxmField.IPV4_SRC, "nw_src", OxmField.IPV4_DST, "nw_dst", OxmField.TCP_SRC, "tp_src",
            OxmField.TCP_DST, "tp_dst", OxmField.UDP_SRC, "tp_src", OxmField.UDP_DST, "tp_dst",
            OxmField.SCTP_SRC, "tp_src", OxmField.SCTP_DST, "tp_dst", OxmField.ICMPV4_TYPE, "icmp_type",
            OxmField.ICMPV4_CODE, "icmp_code", OxmField.ICMPV6_TYPE, "icmp_type", OxmField.ICMPV6_CODE, "icmp_code",
            OxmField.IPV6_FLABEL, "ipv6_label", OxmField.IPV6_ND_TARGET, "nd_target", OxmField.IPV6_ND_SLL, "nd_sll",
            OxmField.IPV6_ND_TLL, "nd_tll", OxmField.TUNNEL_ID, "tun_id", OxmField.IP_TTL, "nw_ttl",
            OxmField.TUN_IPV4_SRC, "tun_src", OxmField.TUN_IPV4_DST, "tun_dst", OxmField.TUN_IPV6_SRC, "tun_ipv6_src",
            OxmField.TUN_IPV6_DST, "tun_ipv6_dst"
        };
        for (OxmField field : OxmField.values()) {
            NAMES.put(field, field.name().toLowerCase(Locale.ROOT));
        }
        for (int i = 0; i < names.length; i += 2) {
            NAMES.put((OxmField) names[i], (String) names[i + 1]);
        }
    }

    private FieldText() {}

    /** The field's name; those of TCP, UDP and SCTP ports are the same, and those of ICMP of both IP versions. */
    static String name(OxmField field) {
        return NAMES.getOrDefault(field, field.name());
    }

    /** The name in load and move actions. */
    static String longName(OxmField field) {
        return (field.oxmClass() == 1 ? "NXM_NX_" : "OXM_OF_") + field.name();
    }

    static Form form(OxmField field) {
        return switch (field) {
            case IN_PORT, IN_PHY_PORT -> Form.PORT;
            case ETH_DST, ETH_SRC, ARP_SHA, ARP_THA, IPV6_ND_SLL, IPV6_ND_TLL -> Form.MAC;
            case IPV4_SRC, IPV4_DST, ARP_SPA, ARP_TPA, TUN_IPV4_SRC, TUN_IPV4_DST -> Form.IPV4;
            case IPV6_SRC, IPV6_DST, IPV6_ND_TARGET, TUN_IPV6_SRC, TUN_IPV6_DST -> Form.IPV6;
            case CT_STATE -> Form.CT_STATE;
            case ETH_TYPE, METADATA, TUNNEL_ID, VLAN_VID, TCP_FLAGS, CT_MARK, CT_LABEL, PKT_MARK -> Form.HEXADECIMAL;
            default -> field.name().startsWith("REG") ? Form.HEXADECIMAL : Form.DECIMAL;
        };
    }

    /** {@code name=value} or {@code name=value/mask}. */
    static String field(FieldMatch match) {
        OxmField field = match.field();
        if (field == OxmField.CT_STATE) {
            return "ct_state=" + ctState(match.low(), match.maskLow());
        }
        if (field == OxmField.VLAN_VID && match.isExact()) {
            return match.low() == 0 ? "vlan_tci=0x0000" : "dl_vlan=" + (match.low() & ~OpenFlow.VID_PRESENT);
        }
        String value = name(field) + "=" + value(field, match.high(), match.low());
        return match.isExact() ? value : value + "/" + mask(match);
    }

    private static String mask(FieldMatch match) {
        OxmField field = match.field();
        int prefix = Long.bitCount(match.maskHigh()) + Long.bitCount(match.maskLow());
        boolean isPrefix = field.bits() == 32
                ? match.maskLow() == (0xffff_ffffL << 32 - prefix & 0xffff_ffffL)
                : Long.bitCount(match.maskHigh()) == Long.numberOfLeadingZeros(~match.maskHigh())
                        && Long.bitCount(match.maskLow()) == Long.numberOfLeadingZeros(~match.maskLow())
                        && (match.maskLow() == 0 || match.maskHigh() == -1);
        boolean isAddress = form(field) == Form.IPV4 || form(field) == Form.IPV6;
        return isAddress && isPrefix ? Integer.toString(prefix) : value(field, match.maskHigh(), match.maskLow());
    }

    static String value(OxmField field, long high, long low) {
        return switch (form(field)) {
            case PORT -> port((int) low);
            case DECIMAL -> high == 0 ? Long.toUnsignedString(low) : hexadecimal(high, low);
            case HEXADECIMAL, CT_STATE -> hexadecimal(high, low);
            case MAC -> new MacAddress(low).toString();
            case IPV4 -> new Ipv4Address((int) low).toString();
            case IPV6 -> new Ipv6Address(high, low).toString();
        };
    }

    private static String hexadecimal(long high, long low) {
        return high == 0 ? "0x" + Long.toHexString(low) : String.format("0x%x%016x", high, low);
    }

    static String port(int port) {
        return switch (port) {
            case OpenFlow.PORT_IN_PORT -> "IN_PORT";
            case OpenFlow.PORT_TABLE -> "TABLE";
            case OpenFlow.PORT_NORMAL -> "NORMAL";
            case OpenFlow.PORT_FLOOD -> "FLOOD";
            case OpenFlow.PORT_ALL -> "ALL";
            case OpenFlow.PORT_CONTROLLER -> "CONTROLLER";
            case OpenFlow.PORT_LOCAL -> "LOCAL";
            case OpenFlow.PORT_ANY -> "ANY";
            default -> Integer.toUnsignedString(port);
        };
    }

    /** {@code +new-rpl+trk}: the bits of {@code mask} as they are in {@code value}. */
    static String ctState(long value, long mask) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < CT_BITS.length; bit++) {
            if ((mask >>> bit & 1) != 0) {
                text.append((value >>> bit & 1) != 0 ? '+' : '-').append(CT_BITS[bit]);
            }
        }
        return text.toString();
    }

    /** The number of a ct_state bit's name, -1 for no such. */
    static int ctBit(String name) {
        return List.of(CT_BITS).indexOf(name);
    }

    /** The fields that a name may mean, by what else a match says. */
    static List<OxmField> fields(String name) {
        List<OxmField> found = new ArrayList<>();
        NAMES.forEach((field, known) -> {
            if (known.equals(name) || field.name().equalsIgnoreCase(name)) {
                found.add(field);
            }
        });
        return found;
    }
}
