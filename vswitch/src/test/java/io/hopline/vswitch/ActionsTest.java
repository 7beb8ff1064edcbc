package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.MAC_A;
import static io.hopline.vswitch.Packets.MAC_B;
import static io.hopline.vswitch.Packets.arp;
import static io.hopline.vswitch.Packets.assertChecksums;
import static io.hopline.vswitch.Packets.assertPartialChecksum;
import static io.hopline.vswitch.Packets.complete;
import static io.hopline.vswitch.Packets.icmp;
import static io.hopline.vswitch.Packets.ipv6;
import static io.hopline.vswitch.Packets.tcp;
import static io.hopline.vswitch.Packets.tcpSegment;
import static io.hopline.vswitch.Packets.udp;
import static io.hopline.vswitch.Packets.udpDatagram;
import static io.hopline.vswitch.Packets.vlan;
import static io.hopline.vswitch.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.openflow.PacketIn;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.VnetHeader;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each action does to the bytes: frames in, frames out. */
class ActionsTest {
    private static final Match ANY = Match.ANY;
    private static final Match IPV4 = Match.builder().ethType(0x0800).build();
    private static final Match IPV6 = Match.builder().ethType(0x86dd).build();
    private static final Match TCP = Match.builder().ethType(0x0800).ipProto(6).build();
    private static final Match UDP = Match.builder().ethType(0x0800).ipProto(17).build();
    private static final Match ICMP = Match.builder().ethType(0x0800).ipProto(1).build();
    private static final Match ARP = Match.builder().ethType(0x0806).build();
    private static final Match TAGGED =
            Match.builder().masked(OxmField.VLAN_VID, 0x1000, 0x1000).build();

    private static final byte[] A_TCP = tcp("10.0.0.1", 1000, "10.0.0.2", 2000, Packets.ACK, 5);
    private static final byte[] A_UDP = udp("10.0.0.1", 1000, "10.0.0.2", 2000, 5);
    private static final byte[] AN_ARP = arp(1, MAC_A, "10.0.0.1", 0, "10.0.0.2");
    private static final String SIX_A = "fd000000000000000000000000000001";
    private static final String SIX_B = "fd000000000000000000000000000002";
    private static final byte[] A_TCP6 = ipv6(6, SIX_A, SIX_B, tcpSegment(1000, 2000, Packets.ACK, 5));

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    record Case(String name, Match match, Action action, byte[] in, byte[] out) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case set(OxmField field, long value, Match match, byte[] in, byte[] out) {
        return new Case(field.name(), match, Action.set(field, value), in, out);
    }

    static Stream<Case> setFields() {
        byte[] solicitation =
                ipv6(58, SIX_A, SIX_B, HexFormat.of().parseHex("8700000000000000" + SIX_B + "0101020000000001"));
        Match nd = Match.builder()
                .ethType(0x86dd)
                .ipProto(58)
                .exact(OxmField.ICMPV6_TYPE, 135)
                .build();
        byte[] tagged = vlan(A_UDP, 0x8100, 0x2005);
        return Stream.of(
                set(OxmField.ETH_DST, 0x0a0b0c0d0e0fL, ANY, A_TCP, with(A_TCP, 0, 10, 11, 12, 13, 14, 15)),
                set(OxmField.ETH_SRC, 0x0a0b0c0d0e0fL, ANY, A_TCP, with(A_TCP, 6, 10, 11, 12, 13, 14, 15)),
                set(OxmField.VLAN_VID, 0x1abc, TAGGED, tagged, with(tagged, 14, 0x2a, 0xbc)),
                set(OxmField.VLAN_PCP, 6, TAGGED, tagged, with(tagged, 14, 0xc0, 0x05)),
                set(OxmField.IP_DSCP, 46, IPV4, A_TCP, complete(with(A_TCP, 15, 46 << 2))),
                set(OxmField.IP_ECN, 3, IPV4, A_TCP, complete(with(A_TCP, 15, 3))),
                set(OxmField.IP_DSCP, 46, IPV6, A_TCP6, with(A_TCP6, 14, 0x6b, 0x80)),
                set(OxmField.IPV6_FLABEL, 0x12345, IPV6, A_TCP6, with(A_TCP6, 14, 0x60, 0x01, 0x23, 0x45)),
                set(OxmField.IPV4_SRC, 0x01020304, IPV4, A_TCP, complete(with(A_TCP, 26, 1, 2, 3, 4))),
                set(OxmField.IPV4_DST, 0x01020304, IPV4, A_TCP, complete(with(A_TCP, 30, 1, 2, 3, 4))),
                set(OxmField.IPV4_DST, 0x01020304, IPV4, A_UDP, complete(with(A_UDP, 30, 1, 2, 3, 4))),
                set(OxmField.TCP_SRC, 4242, TCP, A_TCP, complete(with(A_TCP, 34, 4242 >> 8, 4242))),
                set(OxmField.TCP_DST, 4242, TCP, A_TCP, complete(with(A_TCP, 36, 4242 >> 8, 4242))),
                set(OxmField.UDP_SRC, 4242, UDP, A_UDP, complete(with(A_UDP, 34, 4242 >> 8, 4242))),
                set(OxmField.UDP_DST, 4242, UDP, A_UDP, complete(with(A_UDP, 36, 4242 >> 8, 4242))),
                set(
                        OxmField.ICMPV4_TYPE,
                        3,
                        ICMP,
                        icmp("1.2.3.4", "1.2.3.5", 8, 1, 7, new byte[3]),
                        icmp("1.2.3.4", "1.2.3.5", 3, 1, 7, new byte[3])),
                set(
                        OxmField.ICMPV4_CODE,
                        3,
                        ICMP,
                        icmp("1.2.3.4", "1.2.3.5", 8, 1, 7, new byte[3]),
                        icmp("1.2.3.4", "1.2.3.5", 8, 3, 7, new byte[3])),
                set(OxmField.ARP_OP, 2, ARP, AN_ARP, with(AN_ARP, 20, 0, 2)),
                set(OxmField.ARP_SHA, 0x0a0b0c0d0e0fL, ARP, AN_ARP, with(AN_ARP, 22, 10, 11, 12, 13, 14, 15)),
                set(OxmField.ARP_SPA, 0x01020304, ARP, AN_ARP, with(AN_ARP, 28, 1, 2, 3, 4)),
                set(OxmField.ARP_THA, 0x0a0b0c0d0e0fL, ARP, AN_ARP, with(AN_ARP, 32, 10, 11, 12, 13, 14, 15)),
                set(OxmField.ARP_TPA, 0x01020304, ARP, AN_ARP, with(AN_ARP, 38, 1, 2, 3, 4)),
                new Case(
                        "IPV6_SRC",
                        IPV6,
                        new Action.SetField(OxmField.IPV6_SRC, 0x0102030405060708L, 0x090a0b0c0d0e0f10L),
                        A_TCP6,
                        complete(with(A_TCP6, 22, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))),
                new Case(
                        "IPV6_ND_TARGET",
                        nd,
                        new Action.SetField(OxmField.IPV6_ND_TARGET, 0x0102030405060708L, 0x090a0b0c0d0e0f10L),
                        solicitation,
                        complete(with(solicitation, 62, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))),
                set(
                        OxmField.IPV6_ND_SLL,
                        0x0a0b0c0d0e0fL,
                        nd,
                        solicitation,
                        complete(with(solicitation, 80, 10, 11, 12, 13, 14, 15))),
                new Case("set_nw_ttl", IPV4, new Action.SetNwTtl(9), A_TCP, complete(with(A_TCP, 22, 9))),
                new Case("dec_nw_ttl", IPV4, new Action.DecNwTtl(), A_TCP, complete(with(A_TCP, 22, 63))),
                new Case("dec_nw_ttl IPv6", IPV6, new Action.DecNwTtl(), A_TCP6, with(A_TCP6, 21, 63)),
                new Case("push_vlan", ANY, new Action.PushVlan(0x8100), A_TCP, vlan(A_TCP, 0x8100, 0)),
                new Case("push_vlan on a tag", ANY, new Action.PushVlan(0x88a8), tagged, vlan(tagged, 0x88a8, 0x2005)),
                new Case("pop_vlan", TAGGED, new Action.PopVlan(), tagged, A_UDP),
                new Case(
                        "load part of a field",
                        IPV4,
                        new Action.RegLoad(OxmField.IPV4_DST, 8, 8, 0x77),
                        A_TCP,
                        complete(with(A_TCP, 32, 0x77))),
                new Case(
                        "move part of a field",
                        TCP,
                        new Action.RegMove(OxmField.TCP_SRC, 0, OxmField.TCP_DST, 8, 8),
                        A_TCP,
                        complete(with(A_TCP, 36, 1000 & 0xff))));
    }

    @ParameterizedTest
    @MethodSource("setFields")
    void writes(Case test) {
        rig.flow(0, 10, test.match, Instruction.apply(test.action, Action.output(2)));
        rig.settle();
        for (int round = 0; round < 2; round++) {
            rig.receive(1, test.in);
            assertThat(HexFormat.of().formatHex(rig.onlySent(2).bytes()))
                    .isEqualTo(HexFormat.of().formatHex(test.out));
        }
    }

    @ParameterizedTest
    @MethodSource("setFields")
    void writesFromTheActionSet(Case test) {
        rig.flow(0, 10, test.match, new Instruction.WriteActions(List.of(Action.output(2), test.action)));
        rig.settle();
        rig.receive(1, test.in);
        assertThat(HexFormat.of().formatHex(rig.onlySent(2).bytes()))
                .isEqualTo(HexFormat.of().formatHex(test.out));
    }

    @Test
    void keepsSctpChecksumsRight() {
        byte[] sctp = new byte[20];
        sctp[1] = 7;
        sctp[3] = 8;
        rig.flow(
                0,
                10,
                Match.builder().ethType(0x0800).ipProto(132).build(),
                Instruction.apply(Action.set(OxmField.SCTP_DST, 99), Action.output(2)));
        rig.settle();
        rig.receive(1, Packets.ipv4(132, "10.0.0.1", "10.0.0.2", sctp));
        byte[] out = rig.onlySent(2).bytes();
        assertThat(Packets.u16(out, 36)).isEqualTo(99);
        CRC32C crc = new CRC32C();
        crc.update(with(out, 42, 0, 0, 0, 0), 34, 20);
        assertThat(Packets.i32(out, 42)).isEqualTo(Integer.reverseBytes((int) crc.getValue()));
    }

    @Test
    void anAbsentUdpChecksumStaysAbsentAndZeroIsNeverWritten() {
        rig.flow(0, 10, UDP, Instruction.apply(Action.set(OxmField.IPV4_DST, 0x0a000009), Action.output(2)));
        rig.settle();
        rig.receive(1, with(A_UDP, 40, 0, 0));
        assertThat(Packets.u16(rig.onlySent(2).bytes(), 40)).isZero();
        for (int low = 0; low < 0x10000; low += 3) {
            rig.receive(1, complete(with(A_UDP, 42, low >> 8, low)));
            byte[] out = rig.onlySent(2).bytes();
            assertThat(Packets.u16(out, 40)).isNotZero();
            assertChecksums(out);
        }
    }

    @Test
    void partialChecksumsFollowAddressesAndNotPorts() {
        rig.flow(
                0,
                10,
                TCP,
                Instruction.apply(
                        Action.set(OxmField.IPV4_SRC, 0x01020304),
                        Action.set(OxmField.TCP_SRC, 77),
                        Action.set(OxmField.TCP_DST, 78),
                        Action.output(2)));
        rig.settle();
        rig.receivePartial(1, A_TCP, VnetHeader.GSO_NONE, 0);
        byte[] out = rig.onlySent(2).bytes();
        assertPartialChecksum(out);
        assertThat(Packets.u16(out, 34)).isEqualTo(77);
    }

    @Test
    void aTagMovesTheOffsetsOfAPartialChecksum() {
        rig.flow(0, 10, ANY, Instruction.apply(new Action.PushVlan(0x8100), Action.output(2)));
        rig.settle();
        rig.receivePartial(1, A_TCP, VnetHeader.GSO_NONE, 0);
        FakePort.Sent sent = rig.onlySent(2);
        assertPartialChecksum(sent.bytes());
        assertThat(sent.vnet()[6]).isEqualTo((byte) 38);
    }

    @Test
    void answersArpByMovesAlone() {
        rig.flow(
                0,
                10,
                Match.builder()
                        .ethType(0x0806)
                        .arpOp(1)
                        .arpTpa(Ipv4Address.parse("10.0.0.2"))
                        .build(),
                Instruction.apply(
                        Action.move(OxmField.ETH_SRC, OxmField.ETH_DST),
                        Action.set(OxmField.ETH_SRC, MAC_B),
                        Action.set(OxmField.ARP_OP, 2),
                        Action.move(OxmField.ARP_SHA, OxmField.ARP_THA),
                        Action.set(OxmField.ARP_SHA, MAC_B),
                        Action.move(OxmField.ARP_SPA, OxmField.ARP_TPA),
                        Action.set(OxmField.ARP_SPA, 0x0a000002),
                        Action.output(OpenFlow.PORT_IN_PORT)));
        rig.settle();
        for (int host = 1; host < 4; host++) {
            String ip = "10.0.0." + (10 + host);
            rig.receive(host, arp(1, MAC_A + host, ip, 0, "10.0.0.2"));
            assertThat(rig.onlySent(host).bytes()).isEqualTo(arp(2, MAC_B, "10.0.0.2", MAC_A + host, ip));
        }
    }

    @Test
    void ttlThatRunsOutIsADrop() {
        rig.flow(0, 10, IPV4, Instruction.apply(new Action.DecNwTtl(), Action.output(2)));
        rig.settle();
        rig.receive(1, complete(with(A_TCP, 22, 2)));
        assertThat(rig.sent(2)).hasSize(1);
        rig.receive(1, complete(with(A_TCP, 22, 1)));
        rig.receive(1, complete(with(A_TCP, 22, 0)));
        rig.nothingSent();
        assertThat(rig.control.drops(DropReason.TTL_EXPIRED)).isEqualTo(2);
        assertThat(rig.ports[1].counters().drops(DropReason.TTL_EXPIRED)).isEqualTo(2);
    }

    @Test
    void reservedPorts() {
        rig.flow(0, 10, Match.builder().inPort(1).build(), Instruction.apply(Action.output(OpenFlow.PORT_FLOOD)));
        rig.flow(0, 10, Match.builder().inPort(2).build(), Instruction.apply(Action.output(OpenFlow.PORT_ALL)));
        rig.flow(0, 10, Match.builder().inPort(3).build(), Instruction.apply(Action.output(3), Action.output(9)));
        rig.flow(0, 10, Match.builder().inPort(4).build(), Instruction.apply(Action.output(OpenFlow.PORT_LOCAL)));
        rig.settle();
        rig.receive(1, A_TCP);
        assertThat(rig.sent(1)).isEmpty();
        assertThat(List.of(rig.sent(2), rig.sent(3), rig.sent(4)))
                .allSatisfy(sent -> assertThat(sent).hasSize(1));
        rig.receive(2, A_TCP);
        assertThat(List.of(rig.sent(1), rig.sent(3), rig.sent(4)))
                .allSatisfy(sent -> assertThat(sent).hasSize(1));
        rig.receive(3, A_TCP);
        rig.nothingSent();
        assertThat(rig.control.drops(DropReason.NO_PORT)).isEqualTo(1);
        rig.receivePartial(4, A_TCP, VnetHeader.GSO_NONE, 0);
        rig.control.step();
        assertThat(rig.localFrames).hasSize(1);
        assertThat(rig.localFrames.getFirst()).isEqualTo(A_TCP);
    }

    @Test
    void packetInsTellReasonTableAndPipelineFields() {
        rig.flow(0, 10, TCP, new Instruction.WriteMetadata(0x55, 0xff), new Instruction.GotoTable(3));
        rig.flow(3, 0, ANY, Instruction.apply(Action.toController()));
        rig.flow(0, 10, UDP, Instruction.apply(new Action.Output(OpenFlow.PORT_CONTROLLER, 20)));
        rig.settle();
        rig.receive(1, A_TCP);
        rig.receive(2, A_UDP);
        rig.control.step();
        assertThat(rig.packetIns).hasSize(2);
        PacketIn miss = rig.packetIns.getFirst();
        assertThat(miss.reason()).isEqualTo(PacketIn.Reason.NO_MATCH);
        assertThat(miss.tableId()).isEqualTo(3);
        assertThat(miss.data().toArray()).isEqualTo(A_TCP);
        assertThat(miss.match().isExactly(OxmField.METADATA, 0x55)).isTrue();
        assertThat(miss.match().isExactly(OxmField.IN_PORT, 1)).isTrue();
        PacketIn action = rig.packetIns.get(1);
        assertThat(action.reason()).isEqualTo(PacketIn.Reason.ACTION);
        assertThat(action.data().length()).isEqualTo(20);
        assertThat(action.totalLengthBytes()).isEqualTo(A_UDP.length);
    }

    @Test
    void aFullSlowPathIsADropAndNotAWait() {
        rig.flow(0, 10, ANY, Instruction.apply(Action.toController()));
        rig.settle();
        for (int i = 0; i < SlowPath.CAPACITY + 10; i++) {
            rig.receive(1, A_TCP);
        }
        assertThat(rig.control.drops(DropReason.SLOW_PATH_FULL)).isEqualTo(10);
        rig.control.step();
        assertThat(rig.packetIns).hasSize(SlowPath.CAPACITY);
    }

    @Test
    void resubmitsGoOnWithTheNextAction() {
        rig.flow(
                0,
                10,
                ANY,
                Instruction.apply(
                        Action.set(OxmField.REG0, 7), new Action.Resubmit(OpenFlow.PORT_IN_PORT, 1), Action.output(3)));
        rig.flow(1, 10, Match.builder().reg(0, 7).build(), Instruction.apply(Action.output(2)));
        rig.flow(2, 10, ANY, Instruction.apply(new Action.Resubmit(OpenFlow.PORT_IN_PORT, 2)));
        rig.settle();
        rig.receive(1, A_TCP);
        assertThat(rig.sent(2)).hasSize(1);
        assertThat(rig.sent(3)).hasSize(1);
        rig.flow(1, 20, ANY, new Instruction.GotoTable(2));
        rig.settle();
        rig.receive(1, A_TCP);
        assertThat(rig.sent(3)).as("an endless resubmit is cut off").hasSize(1);
        assertThat(rig.control.drops(DropReason.LOOP)).isEqualTo(1);
    }

    @Test
    void outputsSeeOnlyTheChangesBeforeThem() {
        rig.flow(
                0,
                10,
                ANY,
                Instruction.apply(
                        Action.output(2),
                        Action.set(OxmField.ETH_DST, 1),
                        Action.output(3),
                        Action.set(OxmField.ETH_DST, 2)),
                new Instruction.ClearActions(),
                new Instruction.WriteActions(List.of(Action.output(4))));
        rig.settle();
        rig.receive(1, A_TCP);
        assertThat(Packets.u48(rig.onlySent(2).bytes(), 0)).isEqualTo(MAC_B);
        assertThat(Packets.u48(rig.onlySent(3).bytes(), 0)).isEqualTo(1);
        assertThat(Packets.u48(rig.onlySent(4).bytes(), 0)).isEqualTo(2);
    }

    @Test
    void matchesWhatAPopRevealed() {
        rig.flow(
                0,
                10,
                Match.builder().vlanVid(5).build(),
                Instruction.apply(new Action.PopVlan()),
                new Instruction.GotoTable(1));
        rig.flow(1, 10, Match.builder().vlanVid(6).build(), Instruction.apply(Action.output(2)));
        rig.flow(1, 5, Match.builder().untagged().build(), Instruction.apply(Action.output(3)));
        rig.settle();
        rig.receive(1, vlan(vlan(A_UDP, 0x8100, 6), 0x88a8, 5));
        assertThat(rig.onlySent(2).bytes()).isEqualTo(vlan(A_UDP, 0x8100, 6));
        rig.receive(1, vlan(A_UDP, 0x8100, 5));
        assertThat(rig.onlySent(3).bytes()).isEqualTo(A_UDP);
        rig.receive(1, vlan(vlan(A_UDP, 0x8100, 7), 0x88a8, 5));
        rig.nothingSent();
        assertThat(rig.control.drops(DropReason.TABLE_MISS)).isEqualTo(1);
    }

    @Test
    void tunnelFieldsGoWithTheFrame() {
        rig.flow(
                0,
                10,
                Match.builder().tunnelId(100).build(),
                Instruction.apply(
                        Action.set(OxmField.TUNNEL_ID, 200),
                        Action.set(OxmField.TUN_IPV4_DST, 0xc0000202L),
                        Action.output(2)));
        rig.settle();
        rig.receive(1, A_UDP, frame -> {
            frame.tunnelId(100);
            frame.tunnelSource(0xc0000201);
        });
        FakePort.Sent sent = rig.onlySent(2);
        assertThat(sent.tunnelId()).isEqualTo(200);
        assertThat(sent.tunnelDestination()).isEqualTo(0xc0000202);
        rig.receive(1, A_UDP, frame -> frame.tunnelId(101));
        rig.nothingSent();
    }

    @Test
    void ipv6TunnelFieldsAreMatchedSetAndCopied() {
        Ipv6Address from = Ipv6Address.parse("2001:db8::1");
        Ipv6Address to = Ipv6Address.parse("2001:db8:1::2");
        rig.flow(
                0,
                10,
                Match.builder()
                        .field(FieldMatch.exact(OxmField.TUN_IPV6_SRC, from.high(), from.low()))
                        .build(),
                Instruction.apply(
                        Action.tunnelDestination(to),
                        Action.output(2),
                        new Action.RegMove(OxmField.TUN_IPV6_SRC, 0, OxmField.TUN_IPV6_DST, 0, 64),
                        Action.output(3)));
        rig.settle();
        rig.receive(1, A_UDP, frame -> frame.tunnelSource(from.high(), from.low()));
        assertThat(rig.onlySent(2).ipv6Destination()).isEqualTo(to);
        assertThat(rig.onlySent(3).ipv6Destination()).isEqualTo(new Ipv6Address(to.high(), from.low()));
        rig.receive(1, A_UDP, frame -> frame.tunnelSource(from.high(), from.low() + 1));
        rig.receive(1, A_UDP, frame -> frame.tunnelSource(from.high() + 1, from.low()));
        rig.nothingSent();
    }

    @Test
    void packetOutsRunActionsAndTables() {
        rig.flow(0, 10, Match.builder().inPort(OpenFlow.PORT_LOCAL).build(), Instruction.apply(Action.output(3)));
        rig.control.packetOut(
                A_UDP, OpenFlow.PORT_CONTROLLER, List.of(Action.set(OxmField.ETH_DST, 5), Action.output(2)));
        rig.control.packetOut(A_UDP, OpenFlow.PORT_LOCAL, List.of(Action.output(OpenFlow.PORT_TABLE)));
        rig.control.packetOut(A_UDP, 4, List.of(Action.output(OpenFlow.PORT_IN_PORT)));
        rig.control.packetOut(new byte[3], 4, List.of(Action.output(1)));
        rig.settle();
        assertThat(Packets.u48(rig.onlySent(2).bytes(), 0)).isEqualTo(5);
        assertThat(rig.onlySent(3).bytes()).isEqualTo(A_UDP);
        assertThat(rig.onlySent(4).bytes()).isEqualTo(A_UDP);
        rig.nothingSent();
        assertThat(rig.control.drops(DropReason.MALFORMED)).isEqualTo(1);
    }

    @Test
    void vlanUdpDatagramKeepsLength() {
        byte[] frame = ipv6(17, SIX_A, SIX_B, udpDatagram(1, 2, 9));
        rig.flow(0, 10, ANY, Instruction.apply(new Action.PushVlan(0x8100), new Action.PopVlan(), Action.output(2)));
        rig.settle();
        rig.receive(1, frame);
        assertThat(rig.onlySent(2).bytes()).isEqualTo(frame);
    }
}
