package io.hopline.openflow;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The match fields: OpenFlow 1.3.5 section 7.2.3.7 (class 0x8000), the ONF extensions 109 and 42, and Nicira's extended
 * match (class 0x0001) as Open vSwitch numbers them.
 *
 * <p>A value is an unsigned number of {@link #bits()} bits; on the wire it takes {@link #lengthBytes()} bytes, big-endian.
 */
public enum OxmField {
    IN_PORT(0x8000, 0, 32, Kind.READ_ONLY, Prerequisite.NONE),
    IN_PHY_PORT(0x8000, 1, 32, Kind.READ_ONLY, Prerequisite.IN_PORT),
    METADATA(0x8000, 2, 64, Kind.LOAD_ONLY_MASKABLE, Prerequisite.NONE),
    ETH_DST(0x8000, 3, 48, Kind.MASKABLE, Prerequisite.NONE),
    ETH_SRC(0x8000, 4, 48, Kind.MASKABLE, Prerequisite.NONE),
    ETH_TYPE(0x8000, 5, 16, Kind.EXACT, Prerequisite.NONE),
    /** 12 bits of VID and, above them, {@code OFPVID_PRESENT} (0x1000). */
    VLAN_VID(0x8000, 6, 13, Kind.MASKABLE, Prerequisite.NONE),
    VLAN_PCP(0x8000, 7, 3, Kind.EXACT, Prerequisite.VLAN),
    IP_DSCP(0x8000, 8, 6, Kind.EXACT, Prerequisite.IP),
    IP_ECN(0x8000, 9, 2, Kind.EXACT, Prerequisite.IP),
    IP_PROTO(0x8000, 10, 8, Kind.EXACT, Prerequisite.IP),
    IPV4_SRC(0x8000, 11, 32, Kind.MASKABLE, Prerequisite.IPV4),
    IPV4_DST(0x8000, 12, 32, Kind.MASKABLE, Prerequisite.IPV4),
    TCP_SRC(0x8000, 13, 16, Kind.MASKABLE, Prerequisite.TCP),
    TCP_DST(0x8000, 14, 16, Kind.MASKABLE, Prerequisite.TCP),
    UDP_SRC(0x8000, 15, 16, Kind.MASKABLE, Prerequisite.UDP),
    UDP_DST(0x8000, 16, 16, Kind.MASKABLE, Prerequisite.UDP),
    SCTP_SRC(0x8000, 17, 16, Kind.MASKABLE, Prerequisite.SCTP),
    SCTP_DST(0x8000, 18, 16, Kind.MASKABLE, Prerequisite.SCTP),
    ICMPV4_TYPE(0x8000, 19, 8, Kind.EXACT, Prerequisite.ICMPV4),
    ICMPV4_CODE(0x8000, 20, 8, Kind.EXACT, Prerequisite.ICMPV4),
    ARP_OP(0x8000, 21, 16, Kind.EXACT, Prerequisite.ARP),
    ARP_SPA(0x8000, 22, 32, Kind.MASKABLE, Prerequisite.ARP),
    ARP_TPA(0x8000, 23, 32, Kind.MASKABLE, Prerequisite.ARP),
    ARP_SHA(0x8000, 24, 48, Kind.MASKABLE, Prerequisite.ARP),
    ARP_THA(0x8000, 25, 48, Kind.MASKABLE, Prerequisite.ARP),
    IPV6_SRC(0x8000, 26, 128, Kind.MASKABLE, Prerequisite.IPV6),
    IPV6_DST(0x8000, 27, 128, Kind.MASKABLE, Prerequisite.IPV6),
    IPV6_FLABEL(0x8000, 28, 20, 4, Kind.MASKABLE, Prerequisite.IPV6),
    ICMPV6_TYPE(0x8000, 29, 8, Kind.EXACT, Prerequisite.ICMPV6),
    ICMPV6_CODE(0x8000, 30, 8, Kind.EXACT, Prerequisite.ICMPV6),
    IPV6_ND_TARGET(0x8000, 31, 128, Kind.MASKABLE, Prerequisite.ND),
    IPV6_ND_SLL(0x8000, 32, 48, Kind.MASKABLE, Prerequisite.ND_SOLICIT),
    IPV6_ND_TLL(0x8000, 33, 48, Kind.MASKABLE, Prerequisite.ND_ADVERTISE),
    MPLS_LABEL(0x8000, 34, 20, 4, Kind.EXACT, Prerequisite.MPLS),
    MPLS_TC(0x8000, 35, 3, Kind.EXACT, Prerequisite.MPLS),
    MPLS_BOS(0x8000, 36, 1, Kind.EXACT, Prerequisite.MPLS),
    PBB_ISID(0x8000, 37, 24, Kind.MASKABLE, Prerequisite.PBB),
    TUNNEL_ID(0x8000, 38, 64, Kind.MASKABLE, Prerequisite.NONE),
    IPV6_EXTHDR(0x8000, 39, 9, Kind.MASKABLE, Prerequisite.IPV6),
    /** ONF extension: class 0xffff, experimenter "ONF\0", field 42; Nicira's twin is 0x0001, 34. */
    TCP_FLAGS(0xffff, 42, 12, Kind.MASKABLE, Prerequisite.TCP),
    REG0(0x0001, 0, 32, Kind.MASKABLE, Prerequisite.NONE),
    REG1(0x0001, 1, 32, Kind.MASKABLE, Prerequisite.NONE),
    REG2(0x0001, 2, 32, Kind.MASKABLE, Prerequisite.NONE),
    REG3(0x0001, 3, 32, Kind.MASKABLE, Prerequisite.NONE),
    REG4(0x0001, 4, 32, Kind.MASKABLE, Prerequisite.NONE),
    REG5(0x0001, 5, 32, Kind.MASKABLE, Prerequisite.NONE),
    REG6(0x0001, 6, 32, Kind.MASKABLE, Prerequisite.NONE),
    REG7(0x0001, 7, 32, Kind.MASKABLE, Prerequisite.NONE),
    IP_TTL(0x0001, 29, 8, Kind.EXACT, Prerequisite.IP),
    TUN_IPV4_SRC(0x0001, 31, 32, Kind.MASKABLE, Prerequisite.NONE),
    TUN_IPV4_DST(0x0001, 32, 32, Kind.MASKABLE, Prerequisite.NONE),
    PKT_MARK(0x0001, 33, 32, Kind.MASKABLE, Prerequisite.NONE),
    /** Bits: {@link OpenFlow#CT_NEW} and its neighbours. */
    CT_STATE(0x0001, 105, 32, Kind.READ_ONLY_MASKABLE, Prerequisite.NONE),
    CT_ZONE(0x0001, 106, 16, Kind.READ_ONLY, Prerequisite.NONE),
    /** Writable only inside the nested actions of {@link Action.Ct}. */
    CT_MARK(0x0001, 107, 32, Kind.MASKABLE, Prerequisite.NONE),
    /** Writable only inside the nested actions of {@link Action.Ct}. */
    CT_LABEL(0x0001, 108, 128, Kind.MASKABLE, Prerequisite.NONE),
    TUN_IPV6_SRC(0x0001, 109, 128, Kind.MASKABLE, Prerequisite.NONE),
    TUN_IPV6_DST(0x0001, 110, 128, Kind.MASKABLE, Prerequisite.NONE);

    /** What may be done with a field besides matching it exactly. */
    private enum Kind {
        READ_ONLY(false, false, false),
        READ_ONLY_MASKABLE(true, false, false),
        /** Set by write-metadata, register loads and moves, but not by set-field. */
        LOAD_ONLY_MASKABLE(true, false, true),
        EXACT(false, true, true),
        MASKABLE(true, true, true);

        private final boolean maskable;
        private final boolean settable;
        private final boolean loadable;

        Kind(boolean maskable, boolean settable, boolean loadable) {
            this.maskable = maskable;
            this.settable = settable;
            this.loadable = loadable;
        }
    }

    /** "ONF\0", the experimenter of class 0xffff fields. */
    static final int ONF_EXPERIMENTER = 0x4f4e4600;

    static final int EXPERIMENTER_CLASS = 0xffff;

    private static final Map<Integer, OxmField> BY_CLASS_AND_NUMBER = new HashMap<>();

    static {
        for (OxmField field : values()) {
            BY_CLASS_AND_NUMBER.put(field.classAndNumber(), field);
        }
        Object[] aliases = {
            0x0000, 1, ETH_DST, 0x0000, 2, ETH_SRC, 0x0000, 3, ETH_TYPE, 0x0000, 6, IP_PROTO,
            0x0000, 7, IPV4_SRC, 0x0000, 8, IPV4_DST, 0x0000, 9, TCP_SRC, 0x0000, 10, TCP_DST,
            0x0000, 11, UDP_SRC, 0x0000, 12, UDP_DST, 0x0000, 13, ICMPV4_TYPE, 0x0000, 14, ICMPV4_CODE,
            0x0000, 15, ARP_OP, 0x0000, 16, ARP_SPA, 0x0000, 17, ARP_TPA, 0x0001, 16, TUNNEL_ID,
            0x0001, 17, ARP_SHA, 0x0001, 18, ARP_THA, 0x0001, 19, IPV6_SRC, 0x0001, 20, IPV6_DST,
            0x0001, 21, ICMPV6_TYPE, 0x0001, 22, ICMPV6_CODE, 0x0001, 23, IPV6_ND_TARGET, 0x0001, 24, IPV6_ND_SLL,
            0x0001, 25, IPV6_ND_TLL, 0x0001, 27, IPV6_FLABEL, 0x0001, 28, IP_ECN, 0x0001, 34, TCP_FLAGS
        };
        for (int i = 0; i < aliases.length; i += 3) {
            BY_CLASS_AND_NUMBER.put((int) aliases[i] << 7 | (int) aliases[i + 1], (OxmField) aliases[i + 2]);
        }
    }

    private final int oxmClass;
    private final int number;
    private final int bits;
    private final int lengthBytes;
    private final Kind kind;
    private final Prerequisite prerequisite;

    OxmField(int oxmClass, int number, int bits, Kind kind, Prerequisite prerequisite) {
        this(oxmClass, number, bits, (bits + 7) / 8, kind, prerequisite);
    }

    OxmField(int oxmClass, int number, int bits, int lengthBytes, Kind kind, Prerequisite prerequisite) {
        this.oxmClass = oxmClass;
        this.number = number;
        this.bits = bits;
        this.lengthBytes = lengthBytes;
        this.kind = kind;
        this.prerequisite = prerequisite;
    }

    private int classAndNumber() {
        return oxmClass << 7 | number;
    }

    /** The field of an OXM class and number, also under its older Nicira number; null when unknown. */
    static @Nullable OxmField of(int oxmClass, int number) {
        return BY_CLASS_AND_NUMBER.get(oxmClass << 7 | number);
    }

    /** Nicira register {@code n}, 0 to 7. */
    public static OxmField reg(int n) {
        if (n < 0 || n > 7) {
            throw new IllegalArgumentException("registers are 0 to 7, not " + n);
        }
        return values()[REG0.ordinal() + n];
    }

    /** The {@code oxm_class} of the header. */
    public int oxmClass() {
        return oxmClass;
    }

    /** The {@code oxm_field} of the header, 0 to 127. */
    public int number() {
        return number;
    }

    /** Width of the value, 1 to 128 bits. */
    public int bits() {
        return bits;
    }

    /** Bytes of the value on the wire, without mask. */
    public int lengthBytes() {
        return lengthBytes;
    }

    public boolean isExperimenter() {
        return oxmClass == EXPERIMENTER_CLASS;
    }

    /** True when a match may carry a mask. */
    public boolean isMaskable() {
        return kind.maskable;
    }

    /** True when the set-field action may write it. */
    public boolean isSettable() {
        return kind.settable;
    }

    /** True when Nicira's register load and move may write it. */
    public boolean isLoadable() {
        return kind.loadable;
    }

    public Prerequisite prerequisite() {
        return prerequisite;
    }

    /** The largest value's high 64 bits. */
    public long maxHigh() {
        return bits <= 64 ? 0 : bits == 128 ? -1 : (1L << (bits - 64)) - 1;
    }

    /** The largest value's low 64 bits. */
    public long maxLow() {
        return bits >= 64 ? -1 : (1L << bits) - 1;
    }
}
