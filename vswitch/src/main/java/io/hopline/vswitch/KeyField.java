package io.hopline.vswitch;

import io.hopline.openflow.OxmField;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where an OXM field stands in a {@link FlowKey}, and what has to happen to the frame when it changes.
 *
 * @param oxm the field
 * @param word the key's word; for 128-bit fields the upper half's, and the lower half is in the next
 * @param shift position of the lowest bit in the word; 0 for 128-bit fields
 * @param store how a change reaches the frame's bytes, one of the {@code STORE} constants
 */
record KeyField(OxmField oxm, int word, int shift, int store) {
    /** The field is part of the pipeline, not of the packet. */
    static final int STORE_NONE = 0;

    static final int STORE_ETH_DST = 1;
    static final int STORE_ETH_SRC = 2;
    static final int STORE_ETH_TYPE = 3;
    static final int STORE_VLAN = 4;
    static final int STORE_TRAFFIC_CLASS = 5;
    static final int STORE_PROTOCOL = 6;
    static final int STORE_TTL = 7;
    static final int STORE_IPV4_SRC = 8;
    static final int STORE_IPV4_DST = 9;
    static final int STORE_IPV6_SRC = 10;
    static final int STORE_IPV6_DST = 11;
    static final int STORE_FLOW_LABEL = 12;
    static final int STORE_SRC_PORT = 13;
    static final int STORE_DST_PORT = 14;
    static final int STORE_ICMP = 15;
    static final int STORE_ARP = 16;
    static final int STORE_ND = 17;
    static final int STORE_TCP_FLAGS = 18;

    private static final Map<OxmField, KeyField> FIELDS = new EnumMap<>(OxmField.class);

    static {
        put(OxmField.IN_PORT, FlowKey.IN_PORT, 32, STORE_NONE);
        put(OxmField.METADATA, FlowKey.METADATA, 0, STORE_NONE);
        put(OxmField.TUNNEL_ID, FlowKey.TUNNEL_ID, 0, STORE_NONE);
        put(OxmField.TUN_IPV4_SRC, FlowKey.TUNNEL_ADDRESSES, 32, STORE_NONE);
        put(OxmField.TUN_IPV4_DST, FlowKey.TUNNEL_ADDRESSES, 0, STORE_NONE);
        put(OxmField.TUN_IPV6_SRC, FlowKey.TUNNEL_IPV6_SRC, 0, STORE_NONE);
        put(OxmField.TUN_IPV6_DST, FlowKey.TUNNEL_IPV6_DST, 0, STORE_NONE);
        put(OxmField.ETH_DST, FlowKey.ETH_DST, 16, STORE_ETH_DST);
        put(OxmField.ETH_SRC, FlowKey.ETH_SRC, 16, STORE_ETH_SRC);
        put(OxmField.ETH_TYPE, FlowKey.ETH_DST, 0, STORE_ETH_TYPE);
        put(OxmField.VLAN_VID, FlowKey.ETH_SRC, 0, STORE_VLAN);
        put(OxmField.VLAN_PCP, FlowKey.ETH_SRC, 13, STORE_VLAN);
        put(OxmField.IP_DSCP, FlowKey.IP, 50, STORE_TRAFFIC_CLASS);
        put(OxmField.IP_ECN, FlowKey.IP, 48, STORE_TRAFFIC_CLASS);
        put(OxmField.IP_PROTO, FlowKey.IP, 56, STORE_PROTOCOL);
        put(OxmField.IP_TTL, FlowKey.IP, 40, STORE_TTL);
        put(OxmField.IPV4_SRC, FlowKey.IPV4, 32, STORE_IPV4_SRC);
        put(OxmField.IPV4_DST, FlowKey.IPV4, 0, STORE_IPV4_DST);
        put(OxmField.TCP_SRC, FlowKey.PORTS, 48, STORE_SRC_PORT);
        put(OxmField.TCP_DST, FlowKey.PORTS, 32, STORE_DST_PORT);
        put(OxmField.UDP_SRC, FlowKey.PORTS, 48, STORE_SRC_PORT);
        put(OxmField.UDP_DST, FlowKey.PORTS, 32, STORE_DST_PORT);
        put(OxmField.SCTP_SRC, FlowKey.PORTS, 48, STORE_SRC_PORT);
        put(OxmField.SCTP_DST, FlowKey.PORTS, 32, STORE_DST_PORT);
        put(OxmField.TCP_FLAGS, FlowKey.PORTS, 16, STORE_TCP_FLAGS);
        put(OxmField.ICMPV4_TYPE, FlowKey.PORTS, 48, STORE_ICMP);
        put(OxmField.ICMPV4_CODE, FlowKey.PORTS, 32, STORE_ICMP);
        put(OxmField.ICMPV6_TYPE, FlowKey.PORTS, 48, STORE_ICMP);
        put(OxmField.ICMPV6_CODE, FlowKey.PORTS, 32, STORE_ICMP);
        put(OxmField.ARP_OP, FlowKey.ARP_SHA, 0, STORE_ARP);
        put(OxmField.ARP_SPA, FlowKey.IPV4, 32, STORE_ARP);
        put(OxmField.ARP_TPA, FlowKey.IPV4, 0, STORE_ARP);
        put(OxmField.ARP_SHA, FlowKey.ARP_SHA, 16, STORE_ARP);
        put(OxmField.ARP_THA, FlowKey.ARP_THA, 16, STORE_ARP);
        put(OxmField.IPV6_SRC, FlowKey.IPV6_SRC, 0, STORE_IPV6_SRC);
        put(OxmField.IPV6_DST, FlowKey.IPV6_DST, 0, STORE_IPV6_DST);
        put(OxmField.IPV6_FLABEL, FlowKey.IP, 0, STORE_FLOW_LABEL);
        put(OxmField.IPV6_ND_TARGET, FlowKey.ND_TARGET, 0, STORE_ND);
        put(OxmField.IPV6_ND_SLL, FlowKey.ARP_SHA, 16, STORE_ND);
        put(OxmField.IPV6_ND_TLL, FlowKey.ARP_THA, 16, STORE_ND);
        for (int n = 0; n < 8; n++) {
            put(OxmField.reg(n), FlowKey.REGISTERS + n / 2, n % 2 == 0 ? 32 : 0, STORE_NONE);
        }
        put(OxmField.CT_STATE, FlowKey.CT_STATE, 32, STORE_NONE);
        put(OxmField.CT_ZONE, FlowKey.CT_STATE, 0, STORE_NONE);
        put(OxmField.CT_MARK, FlowKey.CT_MARK, 0, STORE_NONE);
        put(OxmField.CT_LABEL, FlowKey.CT_LABEL, 0, STORE_NONE);
    }

    private static void put(OxmField oxm, int word, int shift, int store) {
        FIELDS.put(oxm, new KeyField(oxm, word, shift, store));
    }

    /** Where a field is, or null for a field that this switch does not know. */
    static @Nullable KeyField of(OxmField oxm) {
        return FIELDS.get(oxm);
    }

    boolean isWide() {
        return oxm.bits() > 64;
    }

    /** The word that holds bit {@code bit} of the field's value. */
    int wordOf(int bit) {
        return isWide() && bit < 64 ? word + 1 : word;
    }

    /** Where in {@link #wordOf} that bit is. */
    int shiftOf(int bit) {
        return isWide() ? bit & 63 : shift + bit;
    }

    /** The field's bits in its word, or in the upper of its two. */
    long highMask() {
        return isWide() ? oxm.maxHigh() : oxm.maxLow() << shift;
    }
}
