package io.hopline.vswitch;

import static io.hopline.openflow.OpenFlowError.BAD_ACTION_MATCH_INCONSISTENT;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_OUT_GROUP;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_OUT_PORT;
import static io.hopline.openflow.OpenFlowError.BAD_INSTRUCTION_TABLE_ID;
import static io.hopline.openflow.OpenFlowError.BAD_MATCH_FIELD;
import static io.hopline.openflow.OpenFlowError.FLOW_MOD_OVERLAP;
import static io.hopline.openflow.OpenFlowError.FLOW_MOD_TABLE_ID;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_CHAINED_GROUP;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_EXISTS;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_INVALID_GROUP;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_LOOP;
import static io.hopline.openflow.OpenFlowError.GROUP_MOD_UNKNOWN_GROUP;
import static io.hopline.vswitch.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OxmField;
import io.hopline.openflow.PortStatus;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ipv4Address;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtualSwitchTest {
    private static final Match TO_2 = Match.builder()
            .ethType(0x0800)
            .ipv4Dst(Ipv4Address.parse("10.0.0.2"))
            .build();
    private static final Match TO_NET = Match.builder()
            .ethType(0x0800)
            .ipv4Dst(Ipv4Address.parse("10.0.0.0"), 24)
            .build();
    private static final byte[] FRAME = udp("10.0.0.1", 1, "10.0.0.2", 2, 10);

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Instruction to(int port) {
        return Instruction.apply(Action.output(port));
    }

    private List<FlowStats> flows() {
        return rig.control.flowStats(FlowQuery.ALL);
    }

    private static void refused(OpenFlowError error, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        OpenFlowException thrown = catchThrowableOfType(OpenFlowException.class, call);
        assertThat(thrown).isNotNull();
        assertThat(thrown.error()).isEqualTo(error);
    }

    @Test
    void thePriorityDecidesAndCountersCount() {
        rig.flow(0, 10, TO_NET, to(2));
        rig.flow(0, 20, TO_2, to(3));
        rig.flow(0, 0, Match.ANY, to(4));
        rig.settle();
        rig.receive(1, FRAME);
        rig.receive(1, FRAME);
        rig.receive(1, udp("10.0.0.1", 1, "10.0.0.3", 2, 10));
        rig.receive(1, udp("10.0.0.1", 1, "10.0.1.3", 2, 10));
        assertThat(rig.sent(3)).hasSize(2);
        assertThat(rig.sent(2)).hasSize(1);
        assertThat(rig.sent(4)).hasSize(1);
        assertThat(flows()).extracting(FlowStats::packets).containsExactly(1L, 2L, 1L);
        assertThat(flows()).extracting(FlowStats::bytes).containsExactly(52L, 104L, 52L);
        assertThat(rig.control.tableStats().getFirst().lookups()).isEqualTo(4);
        assertThat(rig.control.tableStats().getFirst().matched()).isEqualTo(4);
        assertThat(rig.control.tableStats().getFirst().activeCount()).isEqualTo(3);
    }

    @Test
    void framesThatDifferInNothingMatchedShareAProgramButAreNotConfused() {
        rig.flow(0, 10, Match.builder().ethType(0x0800).ipProto(17).build(), new Instruction.GotoTable(1));
        for (int host = 1; host < 250; host++) {
            Match match = Match.builder()
                    .ethType(0x0800)
                    .ipv4Dst(Ipv4Address.parse("10.0.0." + host))
                    .build();
            rig.flow(1, 10, match, Instruction.apply(Action.set(OxmField.ETH_DST, host), Action.output(2)));
        }
        rig.settle();
        for (int round = 0; round < 3; round++) {
            for (int host = 1; host < 250; host++) {
                rig.receive(1, udp("10.1." + round + ".1", host, "10.0.0." + host, round, 10));
                assertThat(Packets.u48(rig.onlySent(2).bytes(), 0)).isEqualTo(host);
            }
        }
    }

    @Test
    void anAddReplacesTheSameFlowAndKeepsItsCounts() {
        rig.flow(0, 10, TO_2, to(2));
        rig.settle();
        rig.receive(1, FRAME);
        rig.flow(FlowMod.add(0).priority(10).match(TO_2).cookie(5).instructions(to(3)));
        rig.settle();
        rig.receive(1, FRAME);
        assertThat(rig.sent(3)).hasSize(1);
        assertThat(flows()).singleElement().satisfies(flow -> {
            assertThat(flow.packets()).isEqualTo(2);
            assertThat(flow.cookie()).isEqualTo(5);
        });
        rig.flow(FlowMod.add(0)
                .priority(10)
                .match(TO_2)
                .flags(OpenFlow.FLOW_RESET_COUNTS)
                .instructions(to(3)));
        assertThat(flows())
                .singleElement()
                .satisfies(flow -> assertThat(flow.packets()).isZero());
        assertThat(rig.removed).isEmpty();
        rig.sent(2);
    }

    @Test
    void checksOverlapOnlyWhenAskedAndOnlyAtTheSamePriority() {
        rig.flow(0, 10, TO_NET, to(2));
        FlowMod.Builder overlapping =
                FlowMod.add(0).match(TO_2).flags(OpenFlow.FLOW_CHECK_OVERLAP).instructions(to(3));
        refused(FLOW_MOD_OVERLAP, () -> rig.flow(overlapping.priority(10)));
        assertThat(flows()).hasSize(1);
        rig.flow(overlapping.priority(11));
        rig.flow(FlowMod.add(0)
                .priority(10)
                .match(Match.builder().ethType(0x0806).build())
                .flags(OpenFlow.FLOW_CHECK_OVERLAP));
        assertThat(flows()).hasSize(3);
    }

    @Test
    void modifiesStrictlyOrNotAndHonoursCookies() {
        rig.flow(FlowMod.add(0).priority(10).match(TO_2).cookie(0x11).instructions(to(2)));
        rig.flow(FlowMod.add(0).priority(20).match(TO_2).cookie(0x12).instructions(to(2)));
        rig.flow(FlowMod.add(0).priority(10).match(TO_NET).cookie(0x11).instructions(to(2)));
        FlowMod.Command modify = FlowMod.Command.MODIFY;
        rig.control.flowMod(
                new FlowMod(modify, 0x11, 0xff, 0, 0, 0, 0, OpenFlow.NO_BUFFER, 0, 0, 0, TO_2, List.of(to(3))));
        assertThat(flows())
                .extracting(FlowStats::instructions)
                .containsExactly(List.of(to(3)), List.of(to(2)), List.of(to(2)));
        rig.flow(FlowMod.modifyStrict(0).priority(20).match(TO_2).instructions(to(4)));
        rig.flow(FlowMod.modifyStrict(0).priority(21).match(TO_2).instructions(to(4)));
        assertThat(flows())
                .extracting(FlowStats::instructions)
                .containsExactly(List.of(to(3)), List.of(to(4)), List.of(to(2)));
        assertThat(flows()).extracting(FlowStats::cookie).containsExactly(0x11L, 0x12L, 0x11L);
        rig.settle();
        rig.receive(1, FRAME);
        assertThat(rig.sent(4)).hasSize(1);
    }

    @Test
    void deletesWhatTheMatchCoversFilteredByOutputAndCookie() {
        rig.flow(FlowMod.add(0)
                .priority(10)
                .match(TO_2)
                .cookie(1)
                .flags(OpenFlow.FLOW_SEND_REMOVED)
                .instructions(to(2)));
        rig.flow(FlowMod.add(0).priority(20).match(TO_NET).cookie(2).instructions(to(3)));
        rig.flow(FlowMod.add(1).priority(30).match(TO_2).cookie(1).instructions(to(3)));
        rig.flow(FlowMod.delete(0).match(TO_2).outPort(3));
        assertThat(flows()).hasSize(3);
        rig.flow(FlowMod.delete(0).match(TO_2).cookie(2).cookieMask(3));
        assertThat(flows()).hasSize(3);
        rig.flow(FlowMod.deleteStrict(0).priority(20).match(TO_2));
        assertThat(flows()).hasSize(3);
        rig.flow(FlowMod.delete(0).match(TO_NET).outPort(3));
        assertThat(flows()).extracting(FlowStats::priority).containsExactly(10, 30);
        rig.flow(FlowMod.delete(OpenFlow.TABLE_ALL));
        assertThat(flows()).isEmpty();
        assertThat(rig.removed).singleElement().satisfies(removed -> {
            assertThat(removed.reason()).isEqualTo(FlowRemoved.Reason.DELETE);
            assertThat(removed.cookie()).isEqualTo(1);
        });
        rig.settle();
        rig.receive(1, FRAME);
        assertThat(rig.control.drops(DropReason.TABLE_MISS)).isEqualTo(1);
    }

    @Test
    void flowsEndAfterSilenceOrAge() {
        rig.flow(FlowMod.add(0)
                .priority(1)
                .idleTimeoutS(10)
                .flags(OpenFlow.FLOW_SEND_REMOVED)
                .match(TO_2)
                .instructions(to(2)));
        rig.flow(FlowMod.add(0)
                .priority(2)
                .hardTimeoutS(30)
                .flags(OpenFlow.FLOW_SEND_REMOVED)
                .instructions(to(3)));
        rig.flow(FlowMod.add(1)
                .priority(3)
                .idleTimeoutS(10)
                .flags(OpenFlow.FLOW_SEND_REMOVED)
                .instructions(to(3)));
        rig.flow(FlowMod.deleteStrict(0).priority(2));
        rig.flow(FlowMod.add(2)
                .priority(2)
                .hardTimeoutS(30)
                .flags(OpenFlow.FLOW_SEND_REMOVED)
                .instructions(to(3)));
        rig.removed.clear();
        rig.settle();
        rig.after(8);
        rig.receive(1, FRAME);
        rig.after(8);
        rig.control.step();
        assertThat(rig.removed).extracting(FlowRemoved::tableId).containsExactly(1);
        rig.after(8);
        rig.control.step();
        assertThat(rig.removed)
                .extracting(FlowRemoved::reason)
                .containsExactly(FlowRemoved.Reason.IDLE_TIMEOUT, FlowRemoved.Reason.IDLE_TIMEOUT);
        assertThat(rig.removed.get(1).packets()).isEqualTo(1);
        rig.after(8);
        rig.control.step();
        assertThat(rig.removed.get(2).reason()).isEqualTo(FlowRemoved.Reason.HARD_TIMEOUT);
        assertThat(flows()).isEmpty();
        rig.sent(2);
    }

    @Test
    void refusesWhatMakesNoSenseAndStaysAsItWas() {
        rig.flow(0, 1, Match.ANY, to(2));
        refused(FLOW_MOD_TABLE_ID, () -> rig.flow(VirtualSwitch.TABLES, 1, Match.ANY));
        refused(FLOW_MOD_TABLE_ID, () -> rig.flow(OpenFlow.TABLE_ALL, 1, Match.ANY));
        refused(BAD_INSTRUCTION_TABLE_ID, () -> rig.flow(3, 1, Match.ANY, new Instruction.GotoTable(3)));
        refused(BAD_ACTION_OUT_PORT, () -> rig.flow(0, 1, Match.ANY, to(0)));
        refused(BAD_ACTION_OUT_PORT, () -> rig.flow(0, 1, Match.ANY, to(OpenFlow.PORT_NORMAL)));
        refused(BAD_ACTION_OUT_GROUP, () -> rig.flow(0, 1, Match.ANY, Instruction.apply(new Action.Group(1))));
        refused(
                BAD_ACTION_MATCH_INCONSISTENT,
                () -> rig.flow(0, 1, Match.ANY, Instruction.apply(Action.set(OxmField.TCP_DST, 1))));
        refused(
                BAD_ACTION_MATCH_INCONSISTENT,
                () -> rig.flow(0, 1, Match.ANY, Instruction.apply(new Action.PopVlan())));
        refused(
                BAD_MATCH_FIELD,
                () -> rig.flow(0, 1, Match.builder().exact(OxmField.PKT_MARK, 1).build()));
        assertThat(flows())
                .singleElement()
                .satisfies(flow -> assertThat(flow.instructions()).containsExactly(to(2)));
    }

    @Test
    void groupsCopyChooseAndFailOver() {
        rig.group(GroupMod.add(
                GroupType.ALL,
                1,
                List.of(
                        Bucket.of(Action.set(OxmField.ETH_DST, 2), Action.output(2)),
                        Bucket.of(Action.output(1)),
                        Bucket.of(Action.set(OxmField.TUNNEL_ID, 9), Action.output(3)))));
        rig.group(GroupMod.add(GroupType.INDIRECT, 2, List.of(Bucket.of(Action.output(4)))));
        rig.group(GroupMod.add(
                GroupType.FAST_FAILOVER,
                3,
                List.of(
                        new Bucket(0, 2, OpenFlow.GROUP_ANY, List.of(Action.output(2))),
                        new Bucket(0, 3, OpenFlow.GROUP_ANY, List.of(Action.output(3))))));
        for (int i = 1; i < 4; i++) {
            rig.flow(
                    0,
                    10,
                    Match.builder()
                            .inPort(1)
                            .ethType(0x0800)
                            .exact(OxmField.IP_DSCP, i)
                            .build(),
                    Instruction.apply(new Action.Group(i)));
        }
        rig.settle();
        rig.receive(1, Packets.complete(Packets.with(FRAME, 15, 1 << 2)));
        assertThat(Packets.u48(rig.onlySent(2).bytes(), 0)).isEqualTo(2);
        FakePort.Sent third = rig.onlySent(3);
        assertThat(Packets.u48(third.bytes(), 0)).isEqualTo(Packets.MAC_B);
        assertThat(third.tunnelId()).isEqualTo(9);
        rig.receive(1, Packets.complete(Packets.with(FRAME, 15, 2 << 2)));
        assertThat(rig.sent(4)).hasSize(1);
        byte[] failover = Packets.complete(Packets.with(FRAME, 15, 3 << 2));
        rig.receive(1, failover);
        assertThat(rig.sent(2)).hasSize(1);
        rig.ports[2].up = false;
        rig.receive(1, failover);
        assertThat(rig.sent(3)).hasSize(1);
        rig.ports[3].up = false;
        rig.receive(1, failover);
        assertThat(rig.control.drops(DropReason.NO_BUCKET)).isEqualTo(1);
        rig.nothingSent();
        assertThat(rig.control.groupStats().get(2).packets()).isEqualTo(3);
        assertThat(rig.control.groupStats().get(2).references()).isEqualTo(1);
        assertThat(rig.control.groupStats().get(0).buckets().get(2).packets()).isEqualTo(1);
        assertThat(rig.drops()).isEqualTo(1);
    }

    @Test
    void selectGroupsShareByWeightAndStickToAFlow() {
        rig.group(GroupMod.add(
                GroupType.SELECT,
                1,
                List.of(Bucket.weighted(3, Action.output(2)), Bucket.weighted(1, Action.output(3)))));
        rig.flow(0, 1, Match.ANY, Instruction.apply(new Action.Group(1)));
        rig.settle();
        int flows = 4000;
        for (int i = 0; i < flows; i++) {
            byte[] frame = udp("10.0." + i / 200 + "." + (1 + i % 200), 1000 + i, "10.9.9.9", 53, 4);
            rig.receive(1, frame);
            rig.receive(1, frame);
        }
        int second = rig.sent(2).size();
        int third = rig.sent(3).size();
        assertThat(second + third).isEqualTo(2 * flows);
        assertThat(second % 2).isZero();
        assertThat((double) second / (2 * flows)).isBetween(0.71, 0.79);
    }

    @Test
    void selectGroupsShareByEthernetAndArpAddresses() {
        rig.group(GroupMod.add(
                GroupType.SELECT,
                1,
                List.of(Bucket.weighted(1, Action.output(2)), Bucket.weighted(1, Action.output(3)))));
        rig.flow(0, 1, Match.ANY, Instruction.apply(new Action.Group(1)));
        rig.settle();
        for (int i = 0; i < 400; i++) {
            rig.receive(1, Packets.with(FRAME, 10, i >> 8, i));
            rig.receive(1, Packets.arp(1, Packets.MAC_A, "10.0." + (i >> 8) + "." + (i & 255), 0, "10.0.0.2"));
        }
        assertThat(rig.sent(2).size()).isBetween(330, 470);
        rig.sent(3);
    }

    @Test
    void aFloodThatLeadsOnlyBackIsADrop() {
        rig.group(GroupMod.add(GroupType.ALL, 1, List.of(Bucket.of(Action.output(1)))));
        rig.flow(0, 1, Match.ANY, Instruction.apply(new Action.Group(1)));
        rig.settle();
        rig.receive(1, FRAME);
        rig.nothingSent();
        assertThat(rig.control.drops(DropReason.POLICY)).isEqualTo(1);
    }

    @Test
    void groupRulesOfTheSpecification() {
        List<Bucket> one = List.of(Bucket.of(Action.output(2)));
        rig.group(GroupMod.add(GroupType.ALL, 1, one));
        refused(GROUP_MOD_EXISTS, () -> rig.group(GroupMod.add(GroupType.ALL, 1, one)));
        refused(GROUP_MOD_UNKNOWN_GROUP, () -> rig.group(GroupMod.modify(GroupType.ALL, 2, one)));
        refused(GROUP_MOD_INVALID_GROUP, () -> rig.group(GroupMod.add(GroupType.INDIRECT, 2, List.of())));
        refused(GROUP_MOD_INVALID_GROUP, () -> rig.group(GroupMod.add(GroupType.ALL, OpenFlow.GROUP_ALL, one)));
        refused(GROUP_MOD_INVALID_GROUP, () -> rig.group(GroupMod.add(GroupType.FAST_FAILOVER, 2, one)));
        refused(
                BAD_ACTION_OUT_GROUP,
                () -> rig.group(GroupMod.add(GroupType.ALL, 2, List.of(Bucket.of(new Action.Group(7))))));
        rig.group(GroupMod.add(GroupType.ALL, 2, List.of(Bucket.of(new Action.Group(1)))));
        refused(
                GROUP_MOD_LOOP,
                () -> rig.group(GroupMod.modify(GroupType.ALL, 1, List.of(Bucket.of(new Action.Group(2))))));
        refused(GROUP_MOD_CHAINED_GROUP, () -> rig.group(GroupMod.delete(1)));
        rig.flow(FlowMod.add(0).flags(OpenFlow.FLOW_SEND_REMOVED).instructions(Instruction.apply(new Action.Group(2))));
        rig.flow(0, 1, TO_2, to(3));
        rig.group(GroupMod.delete(2));
        assertThat(flows()).hasSize(1);
        assertThat(rig.removed)
                .singleElement()
                .satisfies(removed -> assertThat(removed.reason()).isEqualTo(FlowRemoved.Reason.GROUP_DELETE));
        rig.group(GroupMod.delete(OpenFlow.GROUP_ALL));
        rig.group(GroupMod.delete(77));
        assertThat(rig.control.groupDescriptions()).isEmpty();
    }

    @Test
    void portsComeGoAndChange() {
        rig.flow(0, 1, Match.builder().inPort(1).build(), to(2));
        rig.settle();
        rig.portStatuses.clear();
        CompletableFuture<Void> gone = rig.control.removePort(2);
        assertThat(gone).isNotDone();
        rig.settle();
        assertThat(gone).isDone();
        rig.receive(1, FRAME);
        assertThat(rig.control.drops(DropReason.NO_PORT)).isEqualTo(1);
        rig.control.addPort(2, rig.ports[2]);
        rig.ports[3].up = false;
        rig.after(1);
        rig.control.step();
        rig.control.portMod(2, rig.ports[2].mac(), OpenFlow.PORT_CONFIG_NO_FWD, OpenFlow.PORT_CONFIG_NO_FWD);
        rig.settle();
        rig.receive(1, FRAME);
        assertThat(rig.control.drops(DropReason.POLICY)).isEqualTo(1);
        rig.nothingSent();
        assertThat(rig.portStatuses)
                .extracting(PortStatus::reason)
                .containsExactly(
                        PortStatus.Reason.DELETE,
                        PortStatus.Reason.ADD,
                        PortStatus.Reason.MODIFY,
                        PortStatus.Reason.MODIFY);
        assertThat(rig.portStatuses.get(2).port().state()).isEqualTo(OpenFlow.PORT_STATE_LINK_DOWN);
        assertThat(rig.control.portStats().getFirst().rxDropped()).isEqualTo(2);
        assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> rig.control.addPort(9, rig.ports[2])))
                .hasMessageContaining("port2");
    }

    @Test
    void tenThousandFlowsAreAFewSnapshots() {
        long before = rig.datapath.appliedEpoch();
        for (int i = 0; i < 10_000; i++) {
            rig.flow(
                    0,
                    10,
                    Match.builder()
                            .ethType(0x0800)
                            .ipv4Dst(new Ipv4Address(0x0a000000 | i))
                            .build(),
                    to(2 + i % 2));
            if (i % 100 == 0) {
                rig.datapath.poll();
                rig.control.step();
            }
        }
        rig.settle();
        assertThat(rig.datapath.appliedEpoch() - before).isLessThan(110);
        rig.receive(1, udp("1.1.1.1", 1, "10.0.39.15", 2, 3));
        assertThat(rig.sent(3)).hasSize(1);
    }
}
