package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Ipv4Address;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is said of whole packets' ways is tested where real switches are at hand; this is about single flows and groups. */
class FlowCompilerTest {
    private static NodeProgram program(NetworkState state, String node) {
        return FlowCompiler.compile(state).getOrDefault(node, NodeProgram.EMPTY);
    }

    private static List<Action> applied(Flow flow) {
        return flow.instructions().stream()
                .filter(Instruction.ApplyActions.class::isInstance)
                .flatMap(i -> ((Instruction.ApplyActions) i).actions().stream())
                .toList();
    }

    private static Collection<Flow> in(NodeProgram program, int table) {
        return program.flows().values().stream()
                .filter(f -> f.key().tableId() == table)
                .toList();
    }

    private static boolean matches(Flow flow, OxmField field, long value) {
        return flow.key().match().isExactly(field, value);
    }

    private static GroupDescription group(NodeProgram program, int id) {
        GroupDescription group = program.groups().get(id);
        assertThat(group).as("group %x", id).isNotNull();
        return group == null ? new GroupDescription(GroupType.ALL, 0, List.of()) : group;
    }

    @Test
    void theSameStateCompilesToEqualPrograms() {
        assertThat(FlowCompiler.compile(States.twoHosts())).isEqualTo(FlowCompiler.compile(States.twoHosts()));
    }

    @Test
    void everyFlowIsMarkedAsOursAndEveryGotoLeadsOn() {
        for (NodeProgram program : FlowCompiler.compile(States.twoHosts()).values()) {
            for (Flow flow : program.flows().values()) {
                assertThat(flow.cookie() & Flow.COOKIE_MARK_MASK).isEqualTo(Flow.COOKIE_MARK);
                flow.key().match().requirePrerequisites();
                for (Instruction instruction : flow.instructions()) {
                    if (instruction instanceof Instruction.GotoTable next) {
                        assertThat(next.tableId()).isGreaterThan(flow.key().tableId());
                    }
                }
            }
            assertThat(program.groups().keySet()).allMatch(RouteFlows::isOurs);
        }
    }

    @Test
    void everyGroupThatFlowsUseIsThere() {
        for (NodeProgram program : FlowCompiler.compile(States.twoHosts()).values()) {
            Set<Integer> used = program.flows().values().stream()
                    .flatMap(f -> applied(f).stream())
                    .filter(Action.Group.class::isInstance)
                    .map(a -> ((Action.Group) a).groupId())
                    .collect(Collectors.toSet());
            assertThat(program.groups().keySet()).containsAll(used);
        }
    }

    @Test
    void afterClassificationEveryFlowIsOfOneNetwork() {
        NodeProgram program = program(States.twoHosts(), "a");
        for (Flow flow : program.flows().values()) {
            if (flow.key().tableId() > Tables.CLASSIFY && flow.key().priority() > 0) {
                assertThat(matches(flow, OxmField.METADATA, 100)).as("%s", flow).isTrue();
            }
        }
    }

    @Test
    void onlyTheGatewayNodeKnowsTheUplink() {
        NetworkState state = States.twoHosts();
        assertThat(in(program(state, "a"), Tables.CLASSIFY)).anyMatch(f -> matches(f, OxmField.IN_PORT, 1));
        NodeProgram b = program(state, "b");
        assertThat(in(b, Tables.ROUTE))
                .filteredOn(f -> f.key().priority() == 20)
                .singleElement()
                .satisfies(f -> assertThat(applied(f))
                        .containsExactly(
                                Action.set(OxmField.TUNNEL_ID, 100),
                                Action.set(OxmField.TUN_IPV4_DST, Ipv4Address.parse("192.0.2.1")),
                                Action.output(1)));
    }

    @Test
    void aServiceIsASelectGroupOverItsAvailableBackends() {
        NetworkState state = States.twoHosts();
        int id = ServiceFlows.GROUP_BASE | 1;
        GroupDescription group = group(program(state, "b"), id);
        assertThat(group.type()).isEqualTo(GroupType.SELECT);
        assertThat(group.buckets()).hasSize(2);
        Action.Ct first = (Action.Ct) group.buckets().getFirst().actions().getFirst();
        assertThat(first.isCommit()).isTrue();
        assertThat(first.zone()).isEqualTo(100);
        assertThat(first.recircTable()).isEqualTo(Tables.ROUTE);
        assertThat(first.actions())
                .containsExactly(
                        Action.Nat.destination(Ipv4Address.parse("10.0.1.11"), 80),
                        new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.CT_LABEL, 0, 48));
        NetworkState sick = Changes.observeHealth(state, new Health("web", "web1", false, ""));
        assertThat(group(program(sick, "b"), id).buckets()).hasSize(1);
        NetworkState none = Changes.drain(sick, "web", "web2", true);
        assertThat(group(program(none, "b"), id).buckets()).isEmpty();
    }

    @Test
    void bucketsCarryTheirBackendsWeights() {
        NetworkState state = States.guests();
        Service draft = Service.named("web", "blue", Endpoint.parse("vip", "10.0.1.100:80"))
                .backends(List.of(new Backend("web1", 80, 3, false), new Backend("web2", 80, 1, false)))
                .check(Check.parse("none"))
                .build();
        state = Changes.createService(state, draft);
        state = Changes.registerNode(state, States.nodeA());
        state = Changes.observePorts(state, "a", new TreeMap<>(Map.of("web1", 1, "web2", 2)));
        assertThat(group(program(state, "a"), ServiceFlows.GROUP_BASE | 1).buckets())
                .extracting(Bucket::weight)
                .containsExactly(3, 1);
    }

    @Test
    void aUdpServicesFlowsAreAboutUdp() {
        Service draft = Service.named("dns", "blue", Endpoint.parse("vip", "10.0.1.53:53"))
                .protocol(Service.Protocol.UDP)
                .backends(List.of(Backend.parse("web1:5353")))
                .check(Check.parse("none"))
                .build();
        NodeProgram program = program(Changes.createService(States.twoHosts(), draft), "a");
        assertThat(in(program, Tables.SERVICE))
                .filteredOn(f -> matches(f, OxmField.UDP_DST, 53))
                .singleElement()
                .satisfies(f -> assertThat(applied(f)).containsExactly(new Action.Group(ServiceFlows.GROUP_BASE | 2)));
        assertThat(in(program, Tables.TRACK))
                .filteredOn(f -> matches(f, OxmField.UDP_SRC, 5353))
                .hasSize(1);
        assertThat(in(program, Tables.TRACK)).noneMatch(f -> matches(f, OxmField.TCP_SRC, 5353));
    }

    @Test
    void floodsGoOnceToEachHostAndNeverOn() {
        NodeProgram a = program(States.twoHosts(), "a");
        List<Bucket> everywhere = group(a, RouteFlows.FLOOD_BASE | 100).buckets();
        assertThat(everywhere).hasSize(4);
        assertThat(everywhere).filteredOn(b -> b.actions().size() == 3).hasSize(1);
        assertThat(group(a, RouteFlows.LOCAL_FLOOD_BASE | 100).buckets()).hasSize(3);
    }

    @Test
    void aNetworkThatIsNotExposedIsNotReachedFromOutside() {
        NetworkState state = Changes.createNetwork(
                States.twoHosts(), "hidden", Subnet.parse("10.0.2.0/24"), Optional.empty(), Optional.of(200), false);
        state = Changes.createVnic(state, "secret", "hidden", Optional.empty());
        state = Changes.observePorts(state, "a", new TreeMap<>(Map.of("eth0", 1, "vxlan0", 2, "secret", 9)));
        NodeProgram program = program(state, "a");
        for (Flow flow : program.flows().values()) {
            boolean hidden = matches(flow, OxmField.METADATA, 200)
                    || flow.instructions().contains(new Instruction.WriteMetadata(200, -1L));
            if (hidden) {
                assertThat(matches(flow, OxmField.IN_PORT, 1)).as("%s", flow).isFalse();
                assertThat(applied(flow)).doesNotContain(Action.output(1));
            }
        }
    }

    @Test
    void twoServicesMayShareABackendEndpoint() {
        NetworkState state = Changes.createService(
                States.twoHosts(), States.draft("again", "10.0.1.101:80", Service.Mode.L4, "tcp", "web1:80"));
        assertThat(in(program(state, "a"), Tables.SERVICE))
                .filteredOn(f -> f.key().match().has(OxmField.TCP_DST))
                .hasSize(2);
    }

    @Test
    void aMatchComparesEqualHoweverItIsWritten() {
        FieldMatch plain = FieldMatch.exact(OxmField.METADATA, 100);
        FieldMatch masked = FieldMatch.masked(OxmField.METADATA, 100, -1);
        FieldMatch port = FieldMatch.exact(OxmField.IN_PORT, 1);
        Flow.Key one = new Flow.Key(0, 1, new Match(List.of(plain, port)));
        Flow.Key other = new Flow.Key(0, 1, new Match(List.of(port, masked)));
        assertThat(one).isEqualTo(other);
    }
}
