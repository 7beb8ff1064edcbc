package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.ACK;
import static io.hopline.vswitch.Packets.FIN;
import static io.hopline.vswitch.Packets.RST;
import static io.hopline.vswitch.Packets.SYN;
import static io.hopline.vswitch.Packets.assertChecksums;
import static io.hopline.vswitch.Packets.assertPartialChecksum;
import static io.hopline.vswitch.Packets.echo;
import static io.hopline.vswitch.Packets.i32;
import static io.hopline.vswitch.Packets.icmp;
import static io.hopline.vswitch.Packets.ip;
import static io.hopline.vswitch.Packets.payload;
import static io.hopline.vswitch.Packets.tcp;
import static io.hopline.vswitch.Packets.u16;
import static io.hopline.vswitch.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.VnetHeader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connection tracking and NAT as flows use them: clients at port 1, a service address, backends at ports 2 and 3. */
class ConntrackTest {
    private static final String CLIENT = "192.0.2.9";
    private static final String VIP = "10.0.1.100";
    private static final String WEB1 = "10.0.1.11";
    private static final String WEB2 = "10.0.1.12";

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Match state(int state) {
        return Match.builder().ctState(state, state).build();
    }

    /** Says the ct_state of every packet by the port it goes out: 2 new, 3 established, 4 invalid; replies to 1. */
    private void trackAll(int zone) {
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.track(zone, 1)));
        rig.flow(1, 40, state(OpenFlow.CT_INVALID), Instruction.apply(Action.output(4)));
        rig.flow(
                1,
                30,
                Match.builder()
                        .inPort(1)
                        .ctState(OpenFlow.CT_NEW, OpenFlow.CT_NEW)
                        .build(),
                Instruction.apply(Action.Ct.commit(zone, Action.Ct.NO_RECIRC), Action.output(2)));
        rig.flow(1, 20, state(OpenFlow.CT_REPLY | OpenFlow.CT_ESTABLISHED), Instruction.apply(Action.output(1)));
        rig.flow(1, 10, state(OpenFlow.CT_ESTABLISHED), Instruction.apply(Action.output(3)));
        rig.settle();
    }

    @Test
    void followsATcpConnectionFromSynToReset() {
        trackAll(7);
        rig.receive(1, tcp(CLIENT, 4000, WEB1, 80, SYN));
        assertThat(rig.sent(2)).hasSize(1);
        rig.receive(1, tcp(CLIENT, 4000, WEB1, 80, SYN));
        assertThat(rig.sent(2)).as("a repeated SYN is still new").hasSize(1);
        rig.receive(2, tcp(WEB1, 80, CLIENT, 4000, SYN | ACK));
        assertThat(rig.sent(1)).hasSize(1);
        rig.receive(1, tcp(CLIENT, 4000, WEB1, 80, ACK));
        assertThat(rig.sent(3)).as("established").hasSize(1);
        rig.receive(1, tcp(CLIENT, 4000, WEB1, 80, ACK | FIN));
        rig.receive(2, tcp(WEB1, 80, CLIENT, 4000, ACK | FIN));
        rig.receive(1, tcp(CLIENT, 4000, WEB1, 80, ACK));
        assertThat(rig.sent(3)).hasSize(2);
        rig.sent(1);
        rig.receive(1, tcp(CLIENT, 4000, WEB1, 80, SYN));
        assertThat(rig.sent(2))
                .as("the same ports again after both sides closed")
                .hasSize(1);
        assertThat(rig.datapath.connections()).isEqualTo(1);
    }

    @Test
    void callsSenselessFlagsAndStrayAnswersInvalid() {
        trackAll(7);
        for (int flags : new int[] {0, SYN | FIN, SYN | RST, FIN, SYN | ACK, RST}) {
            rig.receive(1, tcp(CLIENT, 5000, WEB1, 80, flags));
            assertThat(rig.sent(4)).as("flags %d", flags).hasSize(1);
        }
        rig.receive(1, echo(CLIENT, WEB1, true, 9));
        assertThat(rig.sent(4)).as("an echo reply that nobody asked for").hasSize(1);
        rig.receive(1, Packets.arp(1, Packets.MAC_A, CLIENT, 0, WEB1));
        assertThat(rig.sent(4)).as("not IP").hasSize(1);
        assertThat(rig.datapath.connections()).isZero();
    }

    @Test
    void keepsZonesApart() {
        rig.flow(0, 10, Match.builder().inPort(1).build(), Instruction.apply(Action.Ct.commit(1, 1)));
        rig.flow(0, 10, Match.builder().inPort(2).build(), Instruction.apply(Action.Ct.track(2, 1)));
        rig.flow(0, 10, Match.builder().inPort(3).build(), Instruction.apply(Action.Ct.track(1, 1)));
        rig.flow(1, 10, state(OpenFlow.CT_REPLY), Instruction.apply(Action.output(1)));
        rig.settle();
        rig.receive(1, udp(CLIENT, 53, WEB1, 53, 8));
        rig.receive(2, udp(WEB1, 53, CLIENT, 53, 8));
        rig.nothingSent();
        rig.receive(3, udp(WEB1, 53, CLIENT, 53, 8));
        assertThat(rig.sent(1)).hasSize(1);
    }

    @Test
    void endsSilentConnectionsAFewAtATime() {
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.commit(1, Action.Ct.NO_RECIRC), Action.output(2)));
        rig.settle();
        for (int port = 1; port <= 300; port++) {
            rig.receive(1, udp(CLIENT, port, WEB1, 53, 8));
        }
        assertThat(rig.datapath.connections()).isEqualTo(300);
        rig.after(40);
        for (int port = 1; port <= 100; port++) {
            rig.receive(1, udp(CLIENT, port, WEB1, 53, 8));
        }
        rig.after(30);
        rig.datapath.poll();
        assertThat(rig.datapath.connections()).as("one cycle ends only some").isGreaterThan(100);
        for (int i = 0; i < 20; i++) {
            rig.datapath.poll();
        }
        assertThat(rig.datapath.connections())
                .as("those that spoke again live on")
                .isEqualTo(100);
        rig.after(100);
        for (int i = 0; i < 20; i++) {
            rig.datapath.poll();
        }
        assertThat(rig.datapath.connections()).isZero();
    }

    @Test
    void remembersMarkAndLabel() {
        Action mark = Action.set(OxmField.CT_MARK, 77);
        Action label = new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.CT_LABEL, 0, 48);
        Action high = new Action.RegMove(OxmField.REG1, 0, OxmField.CT_LABEL, 64, 32);
        rig.flow(
                0,
                10,
                Match.builder().inPort(1).build(),
                Instruction.apply(Action.set(OxmField.REG1, 0xabcd), Action.Ct.commit(1, 1, mark, label, high)));
        rig.flow(0, 10, Match.builder().inPort(2).build(), Instruction.apply(Action.Ct.track(1, 1)));
        rig.flow(
                1,
                10,
                Match.builder().inPort(2).ctMark(77).build(),
                Instruction.apply(
                        new Action.RegMove(OxmField.CT_LABEL, 0, OxmField.ETH_DST, 0, 48),
                        new Action.RegMove(OxmField.CT_LABEL, 64, OxmField.ETH_SRC, 0, 32),
                        Action.output(1)));
        rig.settle();
        rig.receive(1, Packets.with(udp(CLIENT, 53, WEB1, 53, 8), 6, 2, 9, 8, 7, 6, 5));
        rig.receive(2, udp(WEB1, 53, CLIENT, 53, 8));
        byte[] reply = rig.onlySent(1).bytes();
        assertThat(Packets.u48(reply, 0)).isEqualTo(0x0209_0807_0605L);
        assertThat(Packets.u48(reply, 6)).isEqualTo(0x0200_0000_abcdL);
    }

    /** The pipeline of the contract: track, choose a backend for new connections, route by the translated address. */
    private void balance() {
        backends(WEB1, WEB2);
        Action.Ct track = Action.Ct.track(5, 3, Action.Nat.restore());
        rig.flow(0, 10, Match.ANY, new Instruction.GotoTable(2));
        rig.flow(2, 10, Match.ANY, Instruction.apply(track));
        rig.flow(
                3,
                10,
                Match.builder()
                        .ethType(0x0800)
                        .ipProto(6)
                        .ctState(OpenFlow.CT_NEW, OpenFlow.CT_NEW)
                        .ipv4Dst(Ipv4Address.parse(VIP))
                        .tcpDst(80)
                        .build(),
                Instruction.apply(new Action.Group(1)));
        rig.flow(3, 1, Match.ANY, new Instruction.GotoTable(4));
        route(WEB1, 2);
        route(WEB2, 3);
        route(CLIENT, 1);
        rig.settle();
    }

    private void route(String address, int port) {
        rig.flow(
                4,
                10,
                Match.builder()
                        .ethType(0x0800)
                        .ipv4Dst(Ipv4Address.parse(address))
                        .build(),
                Instruction.apply(new Action.DecNwTtl(), Action.output(port)));
    }

    private void backends(String... addresses) {
        List<Bucket> buckets = new ArrayList<>();
        for (String address : addresses) {
            buckets.add(Bucket.weighted(
                    1,
                    Action.Ct.commit(
                            5,
                            4,
                            Action.Nat.destination(Ipv4Address.parse(address), 8080),
                            new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.CT_LABEL, 0, 48))));
        }
        boolean known = rig.control.groupDescriptions().stream().anyMatch(group -> group.groupId() == 1);
        rig.group(known ? GroupMod.modify(GroupType.SELECT, 1, buckets) : GroupMod.add(GroupType.SELECT, 1, buckets));
    }

    @Test
    void balancesTcpAndTranslatesBothWays() {
        balance();
        Set<Integer> backends = new HashSet<>();
        for (int port = 1000; port < 1064; port++) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
            int backend = rig.ports[2].sent.isEmpty() ? 3 : 2;
            backends.add(backend);
            byte[] syn = rig.onlySent(backend).bytes();
            assertChecksums(syn);
            assertThat(i32(syn, 30)).isEqualTo(ip(backend == 2 ? WEB1 : WEB2));
            assertThat(u16(syn, 36)).isEqualTo(8080);

            rig.receive(backend, tcp(backend == 2 ? WEB1 : WEB2, 8080, CLIENT, port, SYN | ACK));
            byte[] answer = rig.onlySent(1).bytes();
            assertChecksums(answer);
            assertThat(i32(answer, 26)).isEqualTo(ip(VIP));
            assertThat(u16(answer, 34)).isEqualTo(80);

            rig.receive(1, tcp(CLIENT, port, VIP, 80, ACK, 100));
            byte[] data = rig.onlySent(backend).bytes();
            assertChecksums(data);
        }
        assertThat(backends).containsExactlyInAnyOrder(2, 3);
        rig.nothingSent();
    }

    @Test
    void keepsConnectionsWhereTheyAreWhenABackendGoes() {
        balance();
        List<Integer> onWeb1 = new ArrayList<>();
        for (int port = 1000; port < 1064; port++) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
            if (!rig.sent(2).isEmpty()) {
                onWeb1.add(port);
                rig.receive(2, tcp(WEB1, 8080, CLIENT, port, SYN | ACK));
            }
        }
        assertThat(onWeb1).isNotEmpty();
        rig.sent(1);
        rig.sent(3);
        backends(WEB2);
        rig.settle();
        for (int port : onWeb1) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, ACK, 10));
        }
        assertThat(rig.sent(2)).hasSameSizeAs(onWeb1);
        for (int port = 2000; port < 2020; port++) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
        }
        assertThat(rig.sent(3)).hasSize(20);
        assertThat(rig.sent(2)).isEmpty();
    }

    @Test
    void translatesPartialChecksumsAndSuperFrames() {
        balance();
        rig.receivePartial(1, tcp(CLIENT, 1000, VIP, 80, SYN), VnetHeader.GSO_NONE, 0);
        int backend = rig.ports[2].sent.isEmpty() ? 3 : 2;
        FakePort.Sent syn = rig.onlySent(backend);
        assertThat(syn.needsChecksum()).isTrue();
        assertPartialChecksum(syn.bytes());

        rig.receivePartial(1, tcp(CLIENT, 1000, VIP, 80, ACK, 9000), VnetHeader.GSO_TCPV4, 1448);
        FakePort.Sent data = rig.onlySent(backend);
        assertPartialChecksum(data.bytes());
        assertThat(i32(data.bytes(), 30)).isEqualTo(ip(backend == 2 ? WEB1 : WEB2));
        assertThat(u16(data.bytes(), 36)).isEqualTo(8080);
        assertThat(data.vnet()[1]).isEqualTo((byte) VnetHeader.GSO_TCPV4);
        assertThat(payload(data.bytes(), 54)).isEqualTo(payload(tcp(CLIENT, 1000, VIP, 80, ACK, 9000), 54));
    }

    @Test
    void translatesIcmpErrorsAndWhatTheyQuote() {
        balance();
        backends(WEB1);
        rig.settle();
        rig.receive(1, tcp(CLIENT, 1000, VIP, 80, SYN));
        byte[] translated = rig.onlySent(2).bytes();
        byte[] quoted = payload(translated, 14);
        rig.receive(2, icmp(WEB1, CLIENT, 3, 4, 1400, quoted));
        byte[] error = rig.onlySent(1).bytes();
        assertChecksums(error);
        assertThat(i32(error, 26)).isEqualTo(ip(VIP));
        assertThat(i32(error, 42 + 12)).as("quoted source").isEqualTo(ip(CLIENT));
        assertThat(i32(error, 42 + 16)).as("quoted destination").isEqualTo(ip(VIP));
        assertThat(u16(error, 62 + 2)).as("quoted port").isEqualTo(80);
        byte[] inner = new byte[14 + error.length - 42];
        System.arraycopy(error, 0, inner, 0, 12);
        inner[12] = 8;
        System.arraycopy(error, 42, inner, 14, error.length - 42);
        assertChecksums(inner);

        rig.receive(2, tcp(WEB1, 8080, CLIENT, 1000, SYN | ACK));
        byte[] answer = rig.onlySent(1).bytes();
        rig.receive(1, icmp(CLIENT, VIP, 3, 3, 0, payload(answer, 14)));
        byte[] back = rig.onlySent(2).bytes();
        assertChecksums(back);
        assertThat(i32(back, 30)).isEqualTo(ip(WEB1));
        assertThat(i32(back, 42 + 12)).isEqualTo(ip(WEB1));
        assertThat(u16(back, 62)).isEqualTo(8080);
    }

    @Test
    void sourceNatChoosesAnotherPortWhenTheFirstIsTaken() {
        Action.Nat nat = Action.Nat.source(Ipv4Address.parse("198.51.100.1"));
        rig.flow(0, 10, Match.builder().inPort(1).build(), Instruction.apply(Action.Ct.commit(1, 1, nat)));
        rig.flow(
                0,
                10,
                Match.builder().inPort(2).build(),
                Instruction.apply(Action.Ct.track(1, 1, Action.Nat.restore())));
        rig.flow(1, 10, Match.builder().inPort(1).build(), Instruction.apply(Action.output(2)));
        rig.flow(1, 10, Match.builder().inPort(2).build(), Instruction.apply(Action.output(1)));
        rig.settle();
        Set<Integer> ports = new HashSet<>();
        for (String client : new String[] {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
            rig.receive(1, udp(client, 5353, "203.0.113.5", 53, 4));
            byte[] out = rig.onlySent(2).bytes();
            assertChecksums(out);
            assertThat(i32(out, 26)).isEqualTo(ip("198.51.100.1"));
            int port = u16(out, 34);
            ports.add(port);
            rig.receive(2, udp("203.0.113.5", 53, "198.51.100.1", port, 4));
            byte[] reply = rig.onlySent(1).bytes();
            assertChecksums(reply);
            assertThat(i32(reply, 30)).isEqualTo(ip(client));
            assertThat(u16(reply, 36)).isEqualTo(5353);
        }
        assertThat(ports).hasSize(3).contains(5353);
    }

    @Test
    void refusesConnectionsBeyondAUsedUpRange() {
        Action.Nat nat = new Action.Nat(
                Action.Nat.SRC,
                new Action.Ipv4Range(Ipv4Address.parse("198.51.100.1"), null),
                null,
                new Action.PortRange(1000, 1003));
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.commit(1, Action.Ct.NO_RECIRC, nat), Action.output(2)));
        rig.settle();
        for (int i = 0; i < 6; i++) {
            rig.receive(1, udp(CLIENT, 6000 + i, "203.0.113.5", 53, 4));
        }
        assertThat(rig.sent(2)).hasSize(4);
        assertThat(rig.control.drops(DropReason.CONNTRACK_FULL)).isEqualTo(2);
    }

    @Test
    void tracksEchoAndTranslatesIpv6() {
        Action.Nat nat = new Action.Nat(
                Action.Nat.DST,
                null,
                new Action.Ipv6Range(io.hopline.openflow.Bytes.parse("fd000000000000000000000000000011"), null),
                null);
        rig.flow(0, 10, Match.builder().inPort(1).build(), Instruction.apply(Action.Ct.commit(1, 1, nat)));
        rig.flow(
                0,
                10,
                Match.builder().inPort(2).build(),
                Instruction.apply(Action.Ct.track(1, 1, Action.Nat.restore())));
        rig.flow(1, 10, Match.builder().inPort(1).build(), Instruction.apply(Action.output(2)));
        rig.flow(
                1,
                10,
                Match.builder()
                        .inPort(2)
                        .ctState(OpenFlow.CT_ESTABLISHED | OpenFlow.CT_REPLY | OpenFlow.CT_SRC_NAT, 0xca)
                        .build(),
                Instruction.apply(Action.output(1)));
        rig.settle();
        String client = "fd000000000000000000000000000001";
        String vip = "fd000000000000000000000000000100";
        String backend = "fd000000000000000000000000000011";
        byte[] request = {(byte) 128, 0, 0, 0, 0, 7, 0, 1, 1, 2, 3};
        rig.receive(1, Packets.ipv6(58, client, vip, request));
        byte[] out = rig.onlySent(2).bytes();
        assertChecksums(out);
        assertThat(out[53]).isEqualTo((byte) 0x11);
        byte[] reply = {(byte) 129, 0, 0, 0, 0, 7, 0, 1, 1, 2, 3};
        rig.receive(2, Packets.ipv6(58, backend, client, reply));
        byte[] in = rig.onlySent(1).bytes();
        assertChecksums(in);
        assertThat(u16(in, 14 + 8 + 14)).isEqualTo(0x0100);
    }

    @Test
    void aLaterActionDoesNotSeeWhatTrackingWithoutATableFound() {
        rig.flow(
                0,
                10,
                Match.ANY,
                Instruction.apply(
                        Action.Ct.commit(1, Action.Ct.NO_RECIRC), new Action.Resubmit(OpenFlow.PORT_IN_PORT, 1)));
        rig.flow(1, 20, state(OpenFlow.CT_TRACKED), Instruction.apply(Action.output(3)));
        rig.flow(1, 10, Match.ANY, Instruction.apply(Action.output(2)));
        rig.settle();
        rig.receive(1, udp(CLIENT, 1, WEB1, 2, 4));
        assertThat(rig.sent(2)).hasSize(1);
        assertThat(rig.sent(3)).isEmpty();
    }

    @Test
    void goesOnWithTheUntrackedPacketAfterSendingACopyRound() {
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.track(1, 1), Action.output(2)));
        rig.flow(
                1,
                10,
                state(OpenFlow.CT_TRACKED),
                Instruction.apply(Action.set(OxmField.ETH_DST, 5), Action.output(3)));
        rig.settle();
        byte[] frame = udp(CLIENT, 1, WEB1, 2, 4);
        rig.receive(1, frame);
        assertThat(rig.onlySent(2).bytes()).isEqualTo(frame);
        assertThat(Packets.u48(rig.onlySent(3).bytes(), 0)).isEqualTo(5);
    }

    @Test
    void endlessTrackingIsALoop() {
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.track(1, 1)));
        rig.flow(1, 10, Match.ANY, Instruction.apply(Action.Ct.track(1, 1)));
        rig.settle();
        rig.receive(1, udp(CLIENT, 1, WEB1, 2, 4));
        assertThat(rig.control.drops(DropReason.LOOP)).isEqualTo(1);
    }

    @Test
    void actionSetTravelsAlong() {
        rig.flow(
                0,
                10,
                Match.ANY,
                Instruction.apply(Action.Ct.track(1, 1)),
                new Instruction.WriteActions(List.of(Action.output(4))));
        rig.flow(1, 10, Match.ANY, new Instruction.WriteActions(List.of(Action.set(OxmField.ETH_DST, 9))));
        rig.flow(FlowMod.add(2).match(Match.ANY));
        rig.settle();
        rig.receive(1, udp(CLIENT, 1, WEB1, 2, 4));
        // The set is taken along as it was when the packet was sent round: before the write of the same flow.
        assertThat(rig.control.drops(DropReason.POLICY)).isEqualTo(1);
        assertThat(rig.sent(4)).hasSize(1);
    }
}
