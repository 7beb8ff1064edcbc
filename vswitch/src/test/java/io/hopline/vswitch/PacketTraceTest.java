package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.Bytes;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.FlowTrace.Kind;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.MatchPacket;
import io.hopline.openflow.MatchText;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ipv4Address;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PacketTraceTest {
    private static final String TO_VIP =
            "tcp,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.9,nw_dst=10.0.1.100,tp_src=4%03d,tp_dst=80";

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private List<FlowTrace.Step> trace(String packet) {
        Match match = MatchText.parse(packet);
        Match pipeline = new Match(match.fields().stream()
                .filter(field -> field.field() == OxmField.IN_PORT || field.field() == OxmField.TUNNEL_ID)
                .toList());
        CompletableFuture<List<FlowTrace.Step>> answer =
                PacketTrace.of(rig.control, new FlowTrace.Request(pipeline, Bytes.of(MatchPacket.frame(match))));
        rig.settle();
        return answer.join();
    }

    private static List<String> texts(List<FlowTrace.Step> steps, Kind kind) {
        return steps.stream()
                .filter(step -> step.kind() == kind)
                .map(FlowTrace.Step::text)
                .toList();
    }

    /** A VIP balanced over two guests, as the controller programs it. */
    private void balance() {
        rig.group(GroupMod.add(GroupType.SELECT, 5, List.of(bucket("10.0.1.11"), bucket("10.0.1.12"))));
        rig.flow(
                0,
                100,
                MatchText.parse("tcp,nw_dst=10.0.1.100,tp_dst=80"),
                Instruction.apply(Action.Ct.track(1, 1, Action.Nat.restore())));
        rig.flow(1, 100, MatchText.parse("ct_state=+new+trk,ip"), Instruction.apply(new Action.Group(5)));
        rig.flow(1, 90, MatchText.parse("ct_state=+trk,ip"), new Instruction.GotoTable(2));
        rig.flow(2, 10, MatchText.parse("ip,nw_dst=10.0.1.11"), Instruction.apply(Action.output(2)));
        rig.flow(2, 10, MatchText.parse("ip,nw_dst=10.0.1.12"), Instruction.apply(Action.output(3)));
        rig.settle();
    }

    private static Bucket bucket(String guest) {
        return new Bucket(
                1,
                OpenFlow.PORT_ANY,
                OpenFlow.GROUP_ANY,
                List.of(Action.Ct.commit(1, 2, Action.Nat.destination(Ipv4Address.parse(guest), 80))));
    }

    @Test
    void saysWhatForwardingThenDoes() {
        balance();
        for (int port = 1; port <= 20; port++) {
            String packet = TO_VIP.formatted(port);
            List<FlowTrace.Step> steps = trace("in_port=1," + packet);
            List<String> out = texts(steps, Kind.OUTPUT);
            assertThat(out).hasSize(1);
            rig.receive(1, MatchPacket.frame(MatchText.parse(packet)));
            int guest = out.getFirst().startsWith("to port 2 (port2)") ? 2 : 3;
            assertThat(rig.ports[guest].sent).as("%s", steps).hasSize(1);
            assertThat(rig.ports[5 - guest].sent).isEmpty();
            rig.ports[guest].sent.clear();
        }
    }

    @Test
    void namesTheFlowsTheGroupsBucketAndTheTranslation() {
        balance();
        List<FlowTrace.Step> steps = trace("in_port=1," + TO_VIP.formatted(7));
        assertThat(steps.getFirst())
                .isEqualTo(new FlowTrace.Step(
                        Kind.FLOW,
                        0,
                        0,
                        "priority=100,tcp,nw_dst=10.0.1.100,tp_dst=80 actions=ct(table=1,zone=1,nat)"));
        assertThat(steps).extracting(FlowTrace.Step::tableId).startsWith(0, 0, 1);
        assertThat(texts(steps, Kind.NOTE).getFirst()).contains("zone 1", "not known", "ct_state=+new+trk");
        assertThat(texts(steps, Kind.NOTE)).anyMatch(note -> note.contains("group 5: bucket") && note.contains("of 2"));
        assertThat(texts(steps, Kind.NOTE)).anyMatch(note -> note.contains("translated to 10.0.0.9:4007 -> 10.0.1.1"));
    }

    @Test
    void changesNothing() {
        balance();
        int free = rig.pool.available();
        long translations = rig.datapath.cacheCounters().translations();
        trace("in_port=1," + TO_VIP.formatted(7));
        assertThat(rig.datapath.connections()).isZero();
        assertThat(rig.control.flowStats(FlowQuery.ALL)).allMatch(flow -> flow.packets() == 0);
        assertThat(rig.control.groupStats()).allMatch(group -> group.packets() == 0);
        assertThat(rig.ports[2].sent).isEmpty();
        assertThat(rig.ports[3].sent).isEmpty();
        assertThat(rig.datapath.cacheCounters().translations()).isEqualTo(translations);
        assertThat(rig.pool.available()).isEqualTo(free);
    }

    @Test
    void aConnectionThatIsThereIsFound() {
        balance();
        String packet = TO_VIP.formatted(7);
        rig.receive(1, MatchPacket.frame(MatchText.parse(packet)));
        List<FlowTrace.Step> steps = trace("in_port=1," + packet + ",tcp_flags=0x10");
        assertThat(texts(steps, Kind.NOTE).getFirst()).contains(": known", "dnat", "translated to");
        assertThat(rig.datapath.connections()).isEqualTo(1);
    }

    @Test
    void saysWhyAPacketGoesNoFurther() {
        List<FlowTrace.Step> missed = trace("in_port=1,ip,nw_dst=10.9.9.9");
        assertThat(missed).extracting(FlowTrace.Step::kind).containsExactly(Kind.MISS, Kind.DROP);
        assertThat(missed.getLast().text()).isEqualTo(DropReason.TABLE_MISS.label());
        rig.flow(0, 5, Match.ANY, Instruction.apply(new Action.Resubmit(OpenFlow.PORT_IN_PORT, 0)));
        rig.settle();
        assertThat(texts(trace("in_port=1,ip"), Kind.DROP)).isNotEmpty();
        rig.flow(0, 6, MatchText.parse("ip"), Instruction.apply(new Action.DecNwTtl(), Action.output(2)));
        rig.settle();
        assertThat(texts(trace("in_port=1,ip,ip_ttl=1"), Kind.DROP)).containsExactly(DropReason.TTL_EXPIRED.label());
    }

    @Test
    void copiesGoTheirOwnWay() {
        rig.group(GroupMod.add(
                GroupType.ALL,
                1,
                List.of(
                        new Bucket(
                                0,
                                OpenFlow.PORT_ANY,
                                OpenFlow.GROUP_ANY,
                                List.of(
                                        new Action.PushVlan(0x8100),
                                        Action.set(OxmField.VLAN_VID, 0x1005),
                                        Action.output(2))),
                        new Bucket(0, OpenFlow.PORT_ANY, OpenFlow.GROUP_ANY, List.of(Action.output(3))))));
        rig.flow(0, 1, Match.ANY, Instruction.apply(new Action.Group(1)));
        rig.settle();
        List<String> out = texts(trace("in_port=1,ip,nw_dst=10.0.0.1"), Kind.OUTPUT);
        assertThat(out).containsExactly("to port 2 (port2)", "to port 3 (port3)");
    }
}
