package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.tcp;
import static io.hopline.vswitch.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import org.junit.jupiter.api.Test;

/** What is cached, for how long, and what a change of the tables makes of it. */
class FlowLookupTest {
    private static final Match TO_B =
            Match.builder().inPort(1).ethDst(new MacAddress(Packets.MAC_B)).build();

    private static Instruction to(int port) {
        return Instruction.apply(Action.output(port));
    }

    private static byte[] connection(int i) {
        return udp("10.1." + (i >> 8) + "." + (i & 255), 1 + i % 50_000, "10.0.0.2", 53, 4);
    }

    private static Match toAddress(int i) {
        return Match.builder()
                .ethType(0x0800)
                .ipv4Dst(new Ipv4Address(0x0a020000 + i))
                .build();
    }

    @Test
    void manyConnectionsOverFlowsThatDoNotLookAtThemAreAFewMegaflows() {
        try (Rig rig = new Rig()) {
            rig.flow(0, 10, TO_B, to(2));
            rig.settle();
            for (int i = 0; i < 5_000; i++) {
                rig.receive(1, connection(i));
                rig.receive(1, tcp("10.1.1.1", 1 + i, "10.0.0.2", 80, Packets.ACK));
            }
            assertThat(rig.sent(2)).hasSize(10_000);
            CacheCounters counters = rig.datapath.cacheCounters();
            assertThat(counters.translations()).isEqualTo(2);
            assertThat(counters.megaflows()).isEqualTo(2);
            assertThat(counters.masks()).isEqualTo(1);
        }
    }

    @Test
    void changesElsewhereCostNoTranslationAndChangesHereTakeEffectAtTheBarrier() {
        try (Rig rig = new Rig()) {
            rig.flow(0, 10, TO_B, to(2));
            rig.flow(0, 5, toAddress(1), to(4));
            rig.settle();
            rig.receive(1, connection(1));
            CacheCounters counters = rig.datapath.cacheCounters();
            assertThat(counters.translations()).isEqualTo(1);
            rig.flow(0, 20, Match.builder().inPort(3).build(), to(4));
            rig.flow(1, 20, Match.ANY, to(4));
            rig.settle();
            rig.receive(1, connection(1));
            assertThat(counters.translations()).isEqualTo(1);
            assertThat(counters.revalidations()).isEqualTo(1);
            assertThat(rig.sent(2)).hasSize(2);

            rig.flow(0, 30, TO_B, to(3));
            rig.settle();
            rig.receive(1, connection(1));
            assertThat(rig.sent(3)).hasSize(1);
            rig.flow(FlowMod.deleteStrict(0).priority(30).match(TO_B));
            rig.settle();
            rig.receive(1, connection(1));
            assertThat(rig.sent(2)).hasSize(1);
            rig.flow(FlowMod.deleteStrict(0).priority(10).match(TO_B));
            rig.settle();
            rig.receive(1, connection(1));
            rig.nothingSent();
            assertThat(rig.control.drops(DropReason.TABLE_MISS)).isEqualTo(1);
        }
    }

    @Test
    void aChangeOutOfTheLogsReachTakesEffectToo() {
        try (Rig rig = new Rig()) {
            rig.flow(0, 10, TO_B, to(2));
            rig.settle();
            rig.receive(1, connection(1));
            rig.flow(FlowMod.deleteStrict(0).priority(10).match(TO_B));
            rig.settle();
            for (int i = 0; i < 2 * ChangeLog.LENGTH; i++) {
                rig.flow(1, 10, toAddress(i), to(4));
                if (i % 50 == 0) {
                    rig.settle();
                }
            }
            rig.settle();
            rig.receive(1, connection(1));
            assertThat(rig.control.drops(DropReason.TABLE_MISS)).isEqualTo(1);
            rig.flow(0, 10, TO_B, to(3));
            for (int i = 0; i < 2 * ChangeLog.LENGTH; i++) {
                rig.flow(1, 11, toAddress(i), to(4));
            }
            rig.settle();
            rig.receive(1, connection(1));
            assertThat(rig.sent(3)).hasSize(1);
            rig.sent(2);
        }
    }

    @Test
    void marksBelongToConnectionsAndAreAskedForAnew() {
        boolean[] timed = {true};
        HopRecorder recorder = new HopRecorder() {
            @Override
            public int mark(FlowKey key) {
                return timed[0] && key.sourcePort() % 2 == 1 ? 7 : 0;
            }

            @Override
            public void entered(Frame frame) {}

            @Override
            public void left(Frame frame, int outPort) {}
        };
        try (Rig rig = new Rig(recorder, SelectorFactory.RENDEZVOUS)) {
            rig.flow(0, 10, TO_B, to(2));
            rig.settle();
            for (int i = 0; i < 300; i++) {
                int port = 1 + i % 100;
                rig.receive(1, udp("10.1.1.1", port, "10.0.0.2", 53, 4));
                assertThat(rig.onlySent(2).mark()).isEqualTo(port % 2 == 1 ? 7 : 0);
            }
            assertThat(rig.datapath.cacheCounters().translations()).isEqualTo(1);
            assertThat(rig.datapath.cacheCounters().megaflowHits()).isEqualTo(99);
            timed[0] = false;
            rig.control.remark();
            rig.settle();
            rig.receive(1, udp("10.1.1.1", 1, "10.0.0.2", 53, 4));
            assertThat(rig.onlySent(2).mark()).isZero();
            assertThat(rig.datapath.cacheCounters().translations()).isEqualTo(1);
        }
    }

    @Test
    void manyFlowsEndInSlicesEachOnce() {
        try (Rig rig = new Rig()) {
            int flows = FlowTables.EXPIRE_AT_ONCE + 1_000;
            for (int i = 0; i < flows; i++) {
                rig.flow(FlowMod.add(0)
                        .priority(10)
                        .hardTimeoutS(3)
                        .flags(OpenFlow.FLOW_SEND_REMOVED)
                        .match(toAddress(i))
                        .instructions(to(2)));
            }
            rig.flow(FlowMod.add(0).priority(9).hardTimeoutS(4_000).match(toAddress(1)));
            rig.settle();
            rig.after(3);
            assertThat(rig.control.step()).isZero();
            assertThat(rig.removed).hasSize(FlowTables.EXPIRE_AT_ONCE);
            rig.control.step();
            rig.control.step();
            assertThat(rig.removed)
                    .hasSize(flows)
                    .allSatisfy(removed -> assertThat(removed.reason()).isEqualTo(FlowRemoved.Reason.HARD_TIMEOUT));
            assertThat(rig.removed.stream().map(FlowRemoved::match).distinct()).hasSize(flows);
            rig.after(3_000);
            rig.control.step();
            assertThat(rig.control.flowStats(FlowQuery.ALL))
                    .singleElement()
                    .extracting(FlowStats::priority)
                    .isEqualTo(9);
            rig.after(1_000);
            rig.control.step();
            assertThat(rig.control.flowStats(FlowQuery.ALL)).isEmpty();
            rig.settle();
        }
    }

    @Test
    void anIdleFlowLivesOnByMegaflowHits() {
        try (Rig rig = new Rig()) {
            rig.flow(FlowMod.add(0).priority(10).idleTimeoutS(2).match(TO_B).instructions(to(2)));
            rig.settle();
            for (int i = 0; i < 20; i++) {
                rig.after(1);
                rig.receive(1, connection(i));
                rig.control.step();
                while (rig.datapath.poll()) {}
            }
            assertThat(rig.sent(2)).hasSize(20);
            rig.after(2);
            rig.control.step();
            assertThat(rig.control.flowStats(FlowQuery.ALL)).isEmpty();
            rig.settle();
        }
    }
}
