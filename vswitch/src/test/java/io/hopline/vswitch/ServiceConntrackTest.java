package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.ACK;
import static io.hopline.vswitch.Packets.RST;
import static io.hopline.vswitch.Packets.SYN;
import static io.hopline.vswitch.Packets.assertChecksums;
import static io.hopline.vswitch.Packets.i32;
import static io.hopline.vswitch.Packets.icmp;
import static io.hopline.vswitch.Packets.ip;
import static io.hopline.vswitch.Packets.ipv4;
import static io.hopline.vswitch.Packets.payload;
import static io.hopline.vswitch.Packets.tcp;
import static io.hopline.vswitch.Packets.u16;
import static io.hopline.vswitch.Packets.udp;
import static io.hopline.vswitch.Packets.udpDatagram;
import static io.hopline.vswitch.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a service's connections live through: fragments, floods, and a switch that forgot them. */
class ServiceConntrackTest {
    private static final String CLIENT = "192.0.2.9";
    private static final String VIP = "10.0.1.100";
    private static final String WEB1 = "10.0.1.11";
    private static final String WEB2 = "10.0.1.12";
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final List<Rig> rigs = new ArrayList<>();

    @AfterEach
    void close() {
        rigs.forEach(Rig::close);
    }

    /** A switch that tracks what comes, and gives new connections to a VIP's port to one of two backends at ports 2 and 3. */
    private Rig balancing(int protocol, int port) {
        Rig rig = new Rig();
        rigs.add(rig);
        List<Bucket> buckets = new ArrayList<>();
        for (String address : List.of(WEB1, WEB2)) {
            buckets.add(Bucket.weighted(
                    1, Action.Ct.commit(5, 4, Action.Nat.destination(Ipv4Address.parse(address), 8080))));
        }
        rig.group(GroupMod.add(GroupType.SELECT, 1, buckets));
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.track(5, 3, Action.Nat.restore())));
        Match.Builder first = Match.builder()
                .ethType(0x0800)
                .ipProto(protocol)
                .ctState(OpenFlow.CT_NEW, OpenFlow.CT_NEW)
                .ipv4Dst(Ipv4Address.parse(VIP));
        first = protocol == TCP ? first.tcpDst(port) : first.udpDst(port);
        rig.flow(3, 10, first.build(), Instruction.apply(new Action.Group(1)));
        rig.flow(3, 1, Match.ANY, new Instruction.GotoTable(4));
        String[] routes = {"", CLIENT, WEB1, WEB2};
        for (int i = 1; i < routes.length; i++) {
            Match to = Match.builder()
                    .ethType(0x0800)
                    .ipv4Dst(Ipv4Address.parse(routes[i]))
                    .build();
            rig.flow(4, 10, to, Instruction.apply(Action.output(i)));
        }
        rig.settle();
        return rig;
    }

    private static int backendOf(Rig rig) {
        return rig.ports[2].sent.isEmpty() ? 3 : 2;
    }

    /** A fragment of a datagram's bytes, from and to an offset in them that is a multiple of 8. */
    private static byte[] fragment(String from, String to, byte[] datagram, int start, int end, int identification) {
        byte[] part = new byte[end - start];
        System.arraycopy(datagram, start, part, 0, part.length);
        byte[] frame = ipv4(UDP, from, to, part);
        int field = (end < datagram.length ? 0x2000 : 0) | start / 8;
        frame = with(frame, 18, identification >>> 8, identification & 0xff, field >>> 8, field & 0xff, 64, UDP, 0, 0);
        int sum = 0;
        for (int i = 14; i < 34; i += 2) {
            sum += u16(frame, i);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
        return with(frame, 24, sum >>> 8, sum & 0xff);
    }

    @Test
    void everyFragmentOfADatagramReachesTheSameBackendAndOfItsAnswerTheClient() {
        Rig rig = balancing(UDP, 53);
        for (int port = 4000; port < 4032; port++) {
            byte[] question = payload(udp(CLIENT, port, VIP, 53, 3000), 34);
            rig.receive(1, fragment(CLIENT, VIP, question, 0, 1480, port));
            int backend = backendOf(rig);
            String address = backend == 2 ? WEB1 : WEB2;
            assertThat(u16(rig.onlySent(backend).bytes(), 36)).isEqualTo(8080);
            byte[] later = fragment(CLIENT, VIP, question, 1480, 2960, port);
            rig.receive(1, later);
            byte[] second = rig.onlySent(backend).bytes();
            assertThat(i32(second, 30)).isEqualTo(ip(address));
            assertThat(payload(second, 34))
                    .as("no port is written into payload")
                    .isEqualTo(payload(later, 34));
            rig.receive(1, fragment(CLIENT, VIP, question, 2960, question.length, port));
            assertThat(i32(rig.onlySent(backend).bytes(), 30)).isEqualTo(ip(address));

            byte[] answer = udpDatagram(8080, port, 2000);
            rig.receive(backend, fragment(address, CLIENT, answer, 0, 1480, 7));
            assertThat(u16(rig.onlySent(1).bytes(), 34)).isEqualTo(53);
            rig.receive(backend, fragment(address, CLIENT, answer, 1480, answer.length, 7));
            assertThat(i32(rig.onlySent(1).bytes(), 26)).isEqualTo(ip(VIP));
        }
        rig.nothingSent();
    }

    @Test
    void aFragmentWhoseFirstWasNotSeenIsNobodys() {
        Rig rig = balancing(UDP, 53);
        byte[] question = payload(udp(CLIENT, 4000, VIP, 53, 3000), 34);
        rig.receive(1, fragment(CLIENT, VIP, question, 1480, 2960, 9));
        rig.nothingSent();
        rig.receive(1, fragment(CLIENT, VIP, question, 0, 1480, 9));
        int backend = backendOf(rig);
        rig.onlySent(backend);
        rig.receive(1, fragment(CLIENT, VIP, question, 1480, 2960, 10));
        rig.nothingSent();
        rig.nowNs += 31_000_000_000L;
        rig.settle();
        rig.receive(1, fragment(CLIENT, VIP, question, 1480, 2960, 9));
        rig.nothingSent();
    }

    @Test
    void aTooLongAnswersErrorReachesTheUdpBackend() {
        Rig rig = balancing(UDP, 53);
        rig.receive(1, udp(CLIENT, 4000, VIP, 53, 30));
        int backend = backendOf(rig);
        String address = backend == 2 ? WEB1 : WEB2;
        rig.onlySent(backend);
        rig.receive(backend, udp(address, 8080, CLIENT, 4000, 1400));
        byte[] answer = rig.onlySent(1).bytes();
        assertThat(i32(answer, 26)).isEqualTo(ip(VIP));
        rig.receive(1, icmp("192.0.2.1", VIP, 3, 4, 1200, Arrays.copyOfRange(answer, 14, 14 + 28)));
        byte[] error = rig.onlySent(backend).bytes();
        assertChecksums(error);
        assertThat(i32(error, 30)).isEqualTo(ip(address));
        assertThat(i32(error, 42 + 12)).as("quoted source").isEqualTo(ip(address));
        assertThat(u16(error, 62)).as("quoted port").isEqualTo(8080);
    }

    @Test
    void anAnsweredUdpFlowStaysThreeMinutesAndAnUnansweredOneAMinute() {
        Rig rig = balancing(UDP, 53);
        Map<Integer, Integer> backends = new HashMap<>();
        for (int port = 4000; port < 4064; port++) {
            rig.receive(1, udp(CLIENT, port, VIP, 53, 30));
            int backend = backendOf(rig);
            backends.put(port, backend);
            rig.onlySent(backend);
            if (port % 2 == 0) {
                rig.receive(backend, udp(backend == 2 ? WEB1 : WEB2, 8080, CLIENT, port, 30));
                rig.onlySent(1);
            }
        }
        rig.nowNs += 100_000_000_000L;
        rig.group(GroupMod.modify(
                GroupType.SELECT,
                1,
                List.of(Bucket.weighted(
                        1, Action.Ct.commit(5, 4, Action.Nat.destination(Ipv4Address.parse(WEB2), 8080))))));
        rig.settle();
        for (int port = 4000; port < 4064; port++) {
            rig.receive(1, udp(CLIENT, port, VIP, 53, 30));
            rig.onlySent(port % 2 == 0 ? backends.getOrDefault(port, 0) : 3);
        }
    }

    /** More half-open connections than the table holds, and neither an established nor a legitimate new one is hurt. */
    @Test
    void aSynFloodHurtsNobodyElse() {
        Rig rig = balancing(TCP, 80);
        rig.receive(1, tcp(CLIENT, 1000, VIP, 80, SYN));
        int kept = backendOf(rig);
        rig.onlySent(kept);
        rig.receive(kept, tcp(kept == 2 ? WEB1 : WEB2, 8080, CLIENT, 1000, SYN | ACK));
        rig.onlySent(1);
        rig.receive(1, tcp(CLIENT, 1000, VIP, 80, ACK));
        rig.onlySent(kept);
        for (int i = 0; i < 3 * ConnectionTable.DEFAULT_CAPACITY; i++) {
            String attacker = "198." + (i >>> 16 & 0xff) + "." + (i >>> 8 & 0xff) + "." + (i & 0xff);
            // A bare ACK must be worth no more than a SYN.
            rig.receive(1, tcp(attacker, 1024 + i % 60_000, VIP, 80, i % 2 == 0 ? SYN : ACK));
            rig.ports[2].sent.clear();
            rig.ports[3].sent.clear();
            if (i % 20_000 == 0) {
                connects(rig, 2000 + i / 20_000);
                rig.receive(1, tcp(CLIENT, 1000, VIP, 80, ACK, 100));
                rig.onlySent(kept);
            }
        }
    }

    private static void connects(Rig rig, int port) {
        rig.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
        int backend = backendOf(rig);
        rig.onlySent(backend);
        rig.receive(backend, tcp(backend == 2 ? WEB1 : WEB2, 8080, CLIENT, port, SYN | ACK));
        assertThat(i32(rig.onlySent(1).bytes(), 26)).isEqualTo(ip(VIP));
        rig.receive(1, tcp(CLIENT, port, VIP, 80, ACK, 100));
        rig.onlySent(backend);
    }

    @Test
    void openConnectionsAreCountedByServer() {
        Rig rig = balancing(TCP, 80);
        for (int port = 1000; port < 1040; port++) {
            connects(rig, port);
        }
        assertThat(rig.datapath.connectionCounts()).hasSize(2).allSatisfy(count -> {
            assertThat(count.address()).hasToString(VIP);
            assertThat(count.open()).isEqualTo(count.begun()).isPositive();
        });
        for (int port = 1000; port < 1040; port++) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, RST | ACK));
        }
        rig.ports[2].sent.clear();
        rig.ports[3].sent.clear();
        assertThat(rig.datapath.connectionCounts())
                .extracting(ConnectionCount::open)
                .containsOnly(0L);
        assertThat(rig.datapath.connectionCounts().stream()
                        .mapToLong(ConnectionCount::begun)
                        .sum())
                .isEqualTo(40);
        connects(rig, 1000);
        rig.nowNs += 90_000_000_000_000L;
        while (rig.datapath.poll()) {}
        assertThat(rig.datapath.connectionCounts())
                .extracting(ConnectionCount::open)
                .containsOnly(0L);
    }

    /** Another backend knows nothing of them and resets them, which is what their clients are to learn. */
    @Test
    void whatIsLeftOfAServerThatWasEndedGoesToAnother() {
        Rig rig = balancing(TCP, 80);
        Map<Integer, Integer> backends = new HashMap<>();
        for (int port = 1000; port < 1040; port++) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
            int backend = backendOf(rig);
            backends.put(port, backend);
            rig.onlySent(backend);
            rig.receive(backend, tcp(backend == 2 ? WEB1 : WEB2, 8080, CLIENT, port, SYN | ACK));
            rig.onlySent(1);
        }
        assertThat(backends.values()).contains(2, 3);
        rig.group(GroupMod.modify(
                GroupType.SELECT,
                1,
                List.of(Bucket.weighted(
                        1, Action.Ct.commit(5, 4, Action.Nat.destination(Ipv4Address.parse(WEB2), 8080))))));
        rig.datapath.endConnections(rig.datapath.connectionCounts().stream()
                .filter(count -> count.server().toString().equals(WEB1))
                .toList());
        rig.settle();
        assertThat(rig.datapath.connectionCounts())
                .singleElement()
                .satisfies(count -> assertThat(count.server()).hasToString(WEB2));
        for (int port = 1000; port < 1040; port++) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, ACK, 100));
            assertThat(i32(rig.onlySent(3).bytes(), 30)).isEqualTo(ip(WEB2));
            rig.receive(3, tcp(WEB2, 8080, CLIENT, port, RST));
            byte[] reset = rig.onlySent(1).bytes();
            assertThat(i32(reset, 26)).isEqualTo(ip(VIP));
            assertThat(u16(reset, 34)).isEqualTo(80);
        }
        assertThat(rig.datapath.connections()).as("the old ones are gone").isEqualTo(40);
    }

    @Test
    void connectionsThatAreMarkedInsteadAreCountedByTheirMark() {
        Rig rig = new Rig();
        rigs.add(rig);
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.track(5, 3)));
        for (int tens = 0; tens < 2; tens++) {
            Match first = Match.builder()
                    .ethType(0x0800)
                    .ipProto(TCP)
                    .ctState(OpenFlow.CT_NEW, OpenFlow.CT_NEW)
                    .ipv4Src(Ipv4Address.parse("192.0.2." + (8 + tens)))
                    .build();
            Action mark = Action.set(OxmField.CT_MARK, 0xc0a8_0000L + tens);
            rig.flow(3, 10, first, Instruction.apply(Action.Ct.commit(5, 4, mark)));
        }
        rig.flow(3, 1, Match.ANY, new Instruction.GotoTable(4));
        rig.flow(4, 1, Match.ANY, Instruction.apply(Action.output(2)));
        rig.settle();
        for (int port = 1000; port < 1010; port++) {
            rig.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
            rig.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
        }
        rig.receive(1, tcp("192.0.2.8", 1000, VIP, 80, SYN));
        assertThat(rig.datapath.connectionCounts())
                .allSatisfy(count -> assertThat(count.server()).hasToString(VIP))
                .extracting(ConnectionCount::mark, ConnectionCount::open, ConnectionCount::begun)
                .containsExactlyInAnyOrder(tuple(0xc0a8_0000, 1L, 1L), tuple(0xc0a8_0001, 10L, 10L));
        rig.receive(2, tcp(VIP, 80, CLIENT, 1000, RST | ACK));
        assertThat(rig.datapath.connectionCounts())
                .filteredOn(count -> count.mark() == 0xc0a8_0001)
                .extracting(ConnectionCount::open)
                .containsExactly(9L);
        rig.ports[2].sent.clear();
    }

    @Test
    void aSwitchThatForgotItsConnectionsPicksThemUpAtTheSameBackends() {
        Rig before = balancing(TCP, 80);
        Rig after = balancing(TCP, 80);
        for (int port = 1000; port < 1064; port++) {
            before.receive(1, tcp(CLIENT, port, VIP, 80, SYN));
            int backend = backendOf(before);
            before.onlySent(backend);
            after.receive(1, tcp(CLIENT, port, VIP, 80, ACK, 100));
            byte[] data = after.onlySent(backend).bytes();
            assertThat(u16(data, 36)).isEqualTo(8080);
            after.receive(backend, tcp(backend == 2 ? WEB1 : WEB2, 8080, CLIENT, port, ACK, 100));
            byte[] answer = after.onlySent(1).bytes();
            assertThat(i32(answer, 26)).isEqualTo(ip(VIP));
            assertThat(u16(answer, 34)).isEqualTo(80);
        }
    }
}
