package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import io.hopline.openflow.Prerequisite;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every field that can be matched: a flow with its value takes the frame, a flow with a value one bit off does not. */
class FlowKeyTest {
    private static final String SIX_A = "fd000000000000010000000000000001";
    private static final String SIX_B = "fd000000000000020000000000000002";
    private static final byte[] TCP = Packets.complete(
            Packets.with(Packets.tcp("10.0.0.1", 1000, "10.0.0.2", 2000, 0x12, 5), 15, 46 << 2 | 1));
    private static final byte[] UDP = Packets.udp("10.0.0.1", 1000, "10.0.0.2", 2000, 5);
    private static final byte[] SCTP =
            Packets.ipv4(132, "10.0.0.1", "10.0.0.2", Packets.hex("03e807d0" + "00".repeat(12)));
    private static final byte[] ICMP = Packets.icmp("10.0.0.1", "10.0.0.2", 8, 3, 1, new byte[4]);
    private static final byte[] ARP = Packets.arp(1, 0x0a01L, "10.0.0.1", 0x0b01L, "10.0.0.2");
    private static final byte[] TCP6 =
            Packets.with(Packets.ipv6(6, SIX_A, SIX_B, Packets.tcpSegment(1000, 2000, 2, 0)), 14, 0x6b, 0x91, 0x23, 0x45);
    private static final byte[] SOLICITATION =
            Packets.ipv6(58, SIX_A, SIX_B, Packets.hex("8700000000000000" + SIX_B + "0101020000000c01"));
    private static final byte[] ADVERTISEMENT =
            Packets.ipv6(58, SIX_A, SIX_B, Packets.hex("8800000000000000" + SIX_B + "0201020000000d01"));
    private static final byte[] TAGGED = Packets.vlan(UDP, 0x8100, 0x6005);

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    record Case(OxmField field, byte[] frame, long high, long low) {
        @Override
        public String toString() {
            return field.name();
        }
    }

    private static Case field(OxmField field, byte[] frame, long low) {
        return new Case(field, frame, 0, low);
    }

    static Stream<Case> fields() {
        return Stream.of(
                field(OxmField.IN_PORT, UDP, 1),
                field(OxmField.TUNNEL_ID, UDP, 0x1234),
                field(OxmField.TUN_IPV4_SRC, UDP, 0xc0000201L),
                field(OxmField.ETH_DST, UDP, Packets.MAC_B),
                field(OxmField.ETH_SRC, UDP, Packets.MAC_A),
                field(OxmField.ETH_TYPE, UDP, 0x0800),
                field(OxmField.ETH_TYPE, TAGGED, 0x0800),
                field(OxmField.VLAN_VID, TAGGED, 0x1005),
                field(OxmField.VLAN_PCP, TAGGED, 3),
                field(OxmField.IP_DSCP, TCP, 46),
                field(OxmField.IP_ECN, TCP, 1),
                field(OxmField.IP_PROTO, TCP, 6),
                field(OxmField.IP_TTL, TCP, 64),
                field(OxmField.IPV4_SRC, TCP, 0x0a000001),
                field(OxmField.IPV4_DST, TCP, 0x0a000002),
                field(OxmField.TCP_SRC, TCP, 1000),
                field(OxmField.TCP_DST, TCP, 2000),
                field(OxmField.TCP_FLAGS, TCP, 0x12),
                field(OxmField.UDP_SRC, UDP, 1000),
                field(OxmField.UDP_DST, UDP, 2000),
                field(OxmField.SCTP_SRC, SCTP, 1000),
                field(OxmField.SCTP_DST, SCTP, 2000),
                field(OxmField.ICMPV4_TYPE, ICMP, 8),
                field(OxmField.ICMPV4_CODE, ICMP, 3),
                field(OxmField.ARP_OP, ARP, 1),
                field(OxmField.ARP_SPA, ARP, 0x0a000001),
                field(OxmField.ARP_TPA, ARP, 0x0a000002),
                field(OxmField.ARP_SHA, ARP, 0x0a01),
                field(OxmField.ARP_THA, ARP, 0x0b01),
                field(OxmField.IP_DSCP, TCP6, 46),
                field(OxmField.IP_ECN, TCP6, 1),
                field(OxmField.IPV6_FLABEL, TCP6, 0x12345),
                new Case(OxmField.IPV6_SRC, TCP6, 0xfd00_0000_0000_0001L, 1),
                new Case(OxmField.IPV6_DST, TCP6, 0xfd00_0000_0000_0002L, 2),
                field(OxmField.TCP_DST, TCP6, 2000),
                field(OxmField.ICMPV6_TYPE, SOLICITATION, 135),
                field(OxmField.ICMPV6_CODE, SOLICITATION, 0),
                new Case(OxmField.IPV6_ND_TARGET, SOLICITATION, 0xfd00_0000_0000_0002L, 2),
                field(OxmField.IPV6_ND_SLL, SOLICITATION, 0x0200_0000_0c01L),
                field(OxmField.IPV6_ND_TLL, ADVERTISEMENT, 0x0200_0000_0d01L),
                field(OxmField.METADATA, UDP, 0),
                field(OxmField.CT_STATE, UDP, 0),
                field(OxmField.REG3, UDP, 0));
    }

    /** The fields that must stand in front of one, with the frame's own values. */
    private static List<FieldMatch> before(OxmField field, byte[] frame) {
        List<FieldMatch> fields = new ArrayList<>();
        long etherType = Packets.u16(frame, Packets.l3(frame) - 2);
        Prerequisite prerequisite = field.prerequisite();
        if (prerequisite == Prerequisite.VLAN) {
            fields.add(FieldMatch.masked(OxmField.VLAN_VID, 0x1000, 0x1000));
        } else if (prerequisite != Prerequisite.NONE && field != OxmField.IN_PORT) {
            fields.add(FieldMatch.exact(OxmField.ETH_TYPE, etherType));
        }
        boolean transport =
                switch (prerequisite) {
                    case TCP, UDP, SCTP, ICMPV4, ICMPV6, ND, ND_SOLICIT, ND_ADVERTISE -> true;
                    default -> false;
                };
        if (transport) {
            fields.add(FieldMatch.exact(OxmField.IP_PROTO, Packets.protocol(frame)));
        }
        if (prerequisite == Prerequisite.ND
                || prerequisite == Prerequisite.ND_SOLICIT
                || prerequisite == Prerequisite.ND_ADVERTISE) {
            fields.add(FieldMatch.exact(OxmField.ICMPV6_TYPE, Packets.u8(frame, Packets.l4(frame))));
        }
        return fields;
    }

    private static Match match(Case test, long high, long low) {
        List<FieldMatch> fields = before(test.field, test.frame);
        fields.add(FieldMatch.exact(test.field, high, low));
        return new Match(fields).requirePrerequisites();
    }

    private void receive(byte[] frame) {
        rig.receive(1, frame, slot -> {
            slot.tunnelId(0x1234);
            slot.tunnelSource(0xc0000201);
        });
    }

    @ParameterizedTest
    @MethodSource("fields")
    void matchesExactly(Case test) {
        rig.flow(0, 10, match(test, test.high, test.low), Instruction.apply(Action.output(2)));
        rig.settle();
        receive(test.frame);
        assertThat(rig.sent(2)).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("fields")
    void aBitOffDoesNotMatch(Case test) {
        // A VLAN id without "present" is no match at all, so its second lowest bit is turned; the others' lowest.
        rig.flow(0, 10, match(test, test.high, test.low ^ 2), Instruction.apply(Action.output(2)));
        rig.settle();
        receive(test.frame);
        rig.nothingSent();
    }

    @Test
    void wideFieldsTakeMasks() {
        FieldMatch type = FieldMatch.exact(OxmField.ETH_TYPE, 0x86dd);
        FieldMatch net = new FieldMatch(OxmField.IPV6_DST, 0xfd00_0000_0000_0000L, 0, 0xffff_0000_0000_0000L, 0, true);
        rig.flow(0, 10, new Match(List.of(type, net)), Instruction.apply(Action.output(2)));
        rig.settle();
        receive(TCP6);
        assertThat(rig.sent(2)).hasSize(1);
        receive(Packets.with(TCP6, 38, 0xfe));
        rig.nothingSent();
    }

    @Test
    void laterFragmentsHaveNoPorts() {
        Match ports = Match.builder().ethType(0x0800).ipProto(17).udpDst(2000).build();
        rig.flow(0, 10, ports, Instruction.apply(Action.output(2)));
        rig.settle();
        receive(Packets.complete(Packets.with(UDP, 20, 0x00, 0x01)));
        rig.nothingSent();
        receive(Packets.complete(Packets.with(UDP, 20, 0x20, 0x00)));
        assertThat(rig.sent(2)).hasSize(1);
    }
}
