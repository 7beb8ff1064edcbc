package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.ACK;
import static io.hopline.vswitch.Packets.SYN;
import static io.hopline.vswitch.Packets.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowException;
import io.hopline.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients keep their backend: of three at ports 2, 3 and 4, behind a group that remembers them for ten minutes. */
class ClientAffinityTest {
    private static final String VIP = "10.0.1.100";
    private static final String[] SERVERS = {"", "", "10.0.1.12", "10.0.1.13", "10.0.1.14"};
    private static final int TIMEOUT_S = 600;
    private static final long SECOND = 1_000_000_000L;

    private Rig rig;
    private int port = 1024;

    @BeforeEach
    void start() {
        rig = new Rig();
        rig.group(GroupMod.add(GroupType.SELECT, 1, buckets(2, 3, 4)));
        rig.flow(0, 10, Match.ANY, Instruction.apply(Action.Ct.track(5, 3, Action.Nat.restore())));
        Match first = Match.builder()
                .ethType(0x0800)
                .ipProto(6)
                .ctState(OpenFlow.CT_NEW, OpenFlow.CT_NEW)
                .ipv4Dst(Ipv4Address.parse(VIP))
                .tcpDst(80)
                .build();
        rig.flow(3, 10, first, Instruction.apply(new Action.Group(1)));
        rig.flow(3, 1, Match.ANY, new Instruction.GotoTable(4));
        for (int i = 2; i < SERVERS.length; i++) {
            Match to = Match.builder()
                    .ethType(0x0800)
                    .ipv4Dst(Ipv4Address.parse(SERVERS[i]))
                    .build();
            rig.flow(4, 10, to, Instruction.apply(Action.output(i)));
        }
        rig.flow(4, 1, Match.ANY, Instruction.apply(Action.output(1)));
        rig.settle();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private static List<Bucket> buckets(int... ports) {
        List<Bucket> buckets = new ArrayList<>();
        for (int server : ports) {
            buckets.add(Bucket.weighted(
                    1,
                    new Action.Affinity(TIMEOUT_S),
                    Action.Ct.commit(5, 4, Action.Nat.destination(Ipv4Address.parse(SERVERS[server]), 8080))));
        }
        return buckets;
    }

    private void serve(int... ports) {
        rig.group(GroupMod.modify(GroupType.SELECT, 1, buckets(ports)));
        rig.settle();
    }

    private void wait(int seconds) {
        rig.nowNs += seconds * SECOND;
        rig.settle();
    }

    private int sentTo() {
        int found = 0;
        for (int i = 2; i < SERVERS.length; i++) {
            if (!rig.ports[i].sent.isEmpty()) {
                rig.onlySent(i);
                found = i;
            }
        }
        assertThat(found).as("a backend").isPositive();
        return found;
    }

    /** A client's SYN from a new port: where it went. */
    private int asks(String client) {
        rig.receive(1, tcp(client, ++port, VIP, 80, SYN));
        return sentTo();
    }

    /** A whole handshake. */
    private int connects(String client) {
        int backend = asks(client);
        rig.receive(backend, tcp(SERVERS[backend], 8080, client, port, SYN | ACK));
        rig.onlySent(1);
        rig.receive(1, tcp(client, port, VIP, 80, ACK));
        assertThat(sentTo()).isEqualTo(backend);
        return backend;
    }

    private static String client(int i) {
        return "198." + (18 + (i >>> 16)) + "." + (i >>> 8 & 0xff) + "." + (i & 0xff);
    }

    private Map<String, Integer> connect(int clients) {
        Map<String, Integer> homes = new HashMap<>();
        for (int i = 0; i < clients; i++) {
            homes.put(client(i), connects(client(i)));
        }
        return homes;
    }

    @Test
    void allConnectionsOfAClientGoToOneBackendAndClientsSpread() {
        Map<String, Integer> homes = connect(60);
        assertThat(homes.values()).contains(2, 3, 4);
        for (int round = 0; round < 5; round++) {
            homes.forEach((client, backend) -> assertThat(asks(client)).isEqualTo(backend));
        }
    }

    @Test
    void aBackendThatComesTakesNoClientAndOneThatGoesGivesItsOwnAwayForGood() {
        serve(2, 3);
        Map<String, Integer> homes = connect(60);
        serve(2, 3, 4);
        homes.forEach((client, backend) -> assertThat(asks(client)).isEqualTo(backend));
        serve(4, 2);
        Map<String, Integer> moved = new HashMap<>();
        homes.forEach((client, backend) -> {
            int now = connects(client);
            moved.put(client, now);
            if (backend == 2) {
                assertThat(now).as("its backend stayed").isEqualTo(2);
            }
        });
        assertThat(moved.values()).contains(4).doesNotContain(3);
        serve(2, 3, 4);
        moved.forEach((client, backend) -> assertThat(asks(client)).isEqualTo(backend));
    }

    /** Clients that the table alone would send elsewhere: they stay as long as they are heard, and not longer. */
    @Test
    void aClientIsForgottenAfterItsSilenceOnly() {
        serve(2);
        List<Integer> talking = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            connects(client(i));
            talking.add(port);
            connects(client(100 + i));
        }
        serve(2, 3, 4);
        for (int round = 0; round < 4; round++) {
            wait(TIMEOUT_S - 100);
            for (int i = 0; i < 30; i++) {
                rig.receive(1, tcp(client(i), talking.get(i), VIP, 80, ACK, 10));
                assertThat(sentTo()).isEqualTo(2);
            }
        }
        wait(TIMEOUT_S - 1);
        List<Integer> strangers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            assertThat(asks(client(i))).as("was heard all the time").isEqualTo(2);
            strangers.add(asks(client(100 + i)));
        }
        assertThat(strangers).contains(3, 4);
        wait(TIMEOUT_S);
        List<Integer> forgotten = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            forgotten.add(asks(client(i)));
        }
        assertThat(forgotten).contains(3, 4);
    }

    @Test
    void aFloodOfSynsForgetsNoClientThatHadAConnection() {
        serve(2);
        for (int i = 0; i < 30; i++) {
            connects(client(i));
        }
        serve(2, 3, 4);
        for (int i = 0; i < 3 * ClientAffinity.DEFAULT_CAPACITY; i++) {
            int from = 1024 + i % 60_000;
            rig.receive(1, tcp(client(1000 + i), from, VIP, 80, SYN));
            int backend = sentTo();
            rig.receive(backend, tcp(SERVERS[backend], 8080, client(1000 + i), from, SYN | ACK));
            rig.ports[1].sent.clear();
        }
        for (int i = 0; i < 30; i++) {
            assertThat(asks(client(i))).isEqualTo(2);
        }
        int late = connects(client(999));
        assertThat(asks(client(999))).isEqualTo(late);
    }

    @Test
    void whenAllHadConnectionsTheOneGoesThatWasSilentLongest() {
        ClientAffinity clients = new ClientAffinity(8);
        int[] choice = {1};
        GroupEntry group = new GroupEntry(1, GroupType.SELECT, buckets(2, 3), hash -> choice[0], 0, new Tally());
        FlowKey key = new FlowKey();
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            connections.add(speak(clients, group, key, i, i));
        }
        clients.heard(connections.getFirst(), Connection.Phase.TCP_ESTABLISHED, false, 100);
        choice[0] = 0;
        speak(clients, group, key, 8, 101);
        assertThat(clients.size()).isEqualTo(8);
        assertThat(peek(clients, group, key, 0)).as("heard last").isEqualTo(1);
        assertThat(peek(clients, group, key, 1)).as("silent longest").isZero();
        assertThat(peek(clients, group, key, 2)).isEqualTo(1);
        clients.heard(connections.get(1), Connection.Phase.TCP_ESTABLISHED, false, 102);
        assertThat(peek(clients, group, key, 1)).as("its place is another's").isZero();
    }

    private static void address(FlowKey key, int client) {
        key.words[FlowKey.IPV4] = (long) client << 32;
    }

    private static Connection speak(ClientAffinity clients, GroupEntry group, FlowKey key, int client, long nowNs) {
        address(key, client);
        ClientAffinity.Choice choice = new ClientAffinity.Choice();
        clients.choose(group, key, nowNs, choice);
        Connection connection = new Connection();
        choice.claim(connection);
        clients.heard(connection, Connection.Phase.TCP_ESTABLISHED, true, nowNs);
        return connection;
    }

    private static int peek(ClientAffinity clients, GroupEntry group, FlowKey key, int client) {
        address(key, client);
        return clients.peek(group, key, 200);
    }

    @Test
    void onlyBucketsToChooseFromRememberClients() {
        assertThatThrownBy(() -> rig.group(GroupMod.add(
                        GroupType.INDIRECT, 2, List.of(Bucket.of(new Action.Affinity(5), Action.output(1))))))
                .isInstanceOf(OpenFlowException.class)
                .hasMessageContaining("SELECT");
        assertThatThrownBy(() -> rig.flow(0, 9, Match.ANY, Instruction.apply(new Action.Affinity(5))))
                .isInstanceOf(OpenFlowException.class);
    }
}
