package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.ACK;
import static io.hopline.vswitch.Packets.SYN;
import static io.hopline.vswitch.Packets.assertChecksums;
import static io.hopline.vswitch.Packets.i32;
import static io.hopline.vswitch.Packets.ip;
import static io.hopline.vswitch.Packets.tcp;
import static io.hopline.vswitch.Packets.u16;
import static io.hopline.vswitch.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.PortStats;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4Address;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A switch of two workers: what each keeps to itself and what they share. */
class SeveralWorkersTest {
    private static final int WORKERS = 2;
    private static final int PORTS = 2;
    private static final int POOL = 256;
    private static final String CLIENT = "192.0.2.9";
    private static final String VIP = "10.0.1.100";
    private static final String WEB = "10.0.1.11";

    private final List<FramePool> pools = List.of(FramePool.of(POOL), FramePool.of(POOL));
    private final List<AtomicInteger> wakes = List.of(new AtomicInteger(), new AtomicInteger());
    /** By worker, then by OpenFlow number less one. */
    private final List<List<FakePort>> queues = new ArrayList<>();

    private final VirtualSwitch control;

    SeveralWorkersTest() {
        List<VirtualSwitch.WorkerParts> parts = new ArrayList<>();
        for (int worker = 0; worker < WORKERS; worker++) {
            AtomicInteger wake = wakes.get(worker);
            parts.add(new VirtualSwitch.WorkerParts(pools.get(worker), HopRecorder.NONE, () -> wake.incrementAndGet()));
            queues.add(List.of(new FakePort("port1"), new FakePort("port2")));
        }
        control = new VirtualSwitch(parts, SelectorFactory.RENDEZVOUS, LocalHandler.NONE, () -> 1_700_000_000L);
        for (int port = 0; port < PORTS; port++) {
            control.addPort(port + 1, queues.get(0).get(port), queues.get(1).get(port));
        }
        settle();
    }

    @AfterEach
    void close() {
        control.close();
        for (FramePool pool : pools) {
            assertThat(pool.available()).as("free slots").isEqualTo(POOL);
            pool.close();
        }
    }

    private Datapath datapath(int worker) {
        return control.datapaths().get(worker);
    }

    private FakePort queue(int worker, int port) {
        return queues.get(worker).get(port - 1);
    }

    private void settle() {
        CompletableFuture<Void> done = control.barrier();
        for (int i = 0; i < 3 && !done.isDone(); i++) {
            control.datapaths().forEach(Datapath::poll);
            control.step();
        }
        assertThat(done).isDone();
    }

    private void flow(int table, int priority, Match match, Action... actions) {
        control.flowMod(FlowMod.add(table)
                .priority(priority)
                .match(match)
                .instructions(Instruction.apply(actions))
                .build());
    }

    private static Match from(int port) {
        return Match.builder().inPort(port).build();
    }

    private void receive(int worker, int inPort, byte[] bytes) {
        Frame frame = Objects.requireNonNull(pools.get(worker).acquire());
        frame.length(bytes.length);
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        frame.inPort(inPort);
        Batch batch = new Batch();
        batch.add(frame);
        datapath(worker).process(batch);
    }

    private byte[] onlySent(int worker, int port) {
        List<FakePort.Sent> sent = queue(worker, port).sent;
        assertThat(sent).hasSize(1);
        return sent.removeFirst().bytes();
    }

    @Test
    void aBarrierIsDoneWhenEveryWorkerRunsTheChange() {
        flow(0, 1, from(1), Action.output(2));
        CompletableFuture<Void> done = control.barrier();
        assertThat(wakes).allSatisfy(wake -> assertThat(wake.get()).isPositive());
        datapath(0).poll();
        control.step();
        assertThat(done).isNotDone();
        receive(0, 1, udp(CLIENT, 1, WEB, 2, 8));
        receive(1, 1, udp(CLIENT, 1, WEB, 2, 8));
        assertThat(queue(0, 2).sent).hasSize(1);
        assertThat(queue(1, 2).sent).as("its worker is behind").isEmpty();
        queue(0, 2).sent.clear();
        datapath(1).poll();
        control.step();
        assertThat(done).isDone();
    }

    @Test
    void aChangeWhileOneWorkerIsBehindRidesInTheNextSnapshot() {
        flow(0, 1, from(1), Action.output(2));
        CompletableFuture<Void> first = control.barrier();
        datapath(0).poll();
        flow(0, 2, from(1), Action.output(OpenFlow.PORT_IN_PORT));
        CompletableFuture<Void> second = control.barrier();
        datapath(0).poll();
        control.step();
        assertThat(first).isNotDone();
        datapath(1).poll();
        control.step();
        assertThat(first).isDone();
        assertThat(second).isNotDone();
        control.datapaths().forEach(Datapath::poll);
        control.step();
        assertThat(second).isDone();
        receive(1, 1, udp(CLIENT, 1, WEB, 2, 8));
        onlySent(1, 1);
    }

    @Test
    void framesLeaveByTheWorkersOwnQueueAndOpenFlowSeesOnePort() {
        flow(0, 1, from(1), Action.output(2));
        settle();
        for (int i = 0; i < 3; i++) {
            receive(i == 0 ? 0 : 1, 1, udp(CLIENT, i + 1, WEB, 2, 8));
        }
        receive(1, 2, udp(WEB, 2, CLIENT, 1, 8));
        assertThat(queue(0, 2).sent).hasSize(1);
        assertThat(queue(1, 2).sent).hasSize(2);
        assertThat(control.portStats())
                .extracting(PortStats::port, PortStats::txPackets)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, 0L), org.assertj.core.groups.Tuple.tuple(2, 3L));
        assertThat(control.portDescriptions()).hasSize(PORTS);
        assertThat(control.drops(DropReason.TABLE_MISS)).isEqualTo(1);
        assertThat(control.flowStats(FlowQuery.ALL))
                .extracting(FlowStats::packets)
                .containsExactly(3L);
    }

    @Test
    void aPortIsDownWhenOneOfItsQueuesIs() {
        queue(1, 2).up = false;
        flow(0, 1, from(1), Action.output(2));
        settle();
        receive(0, 1, udp(CLIENT, 1, WEB, 2, 8));
        receive(1, 1, udp(CLIENT, 1, WEB, 2, 8));
        assertThat(queue(0, 2).sent).as("its own queue has not failed").hasSize(1);
        assertThat(control.drops(DropReason.NO_PORT)).isEqualTo(1);
        assertThatThrownBy(() -> control.addPort(9, new FakePort("one queue")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 queues");
    }

    @Test
    void theTwoDirectionsOfAConnectionMayMeetDifferentWorkers() {
        flow(0, 1, from(1), Action.Ct.commit(3, 1));
        flow(0, 1, from(2), Action.Ct.track(3, 1));
        flow(
                1,
                2,
                Match.builder()
                        .inPort(2)
                        .ctState(
                                OpenFlow.CT_REPLY | OpenFlow.CT_ESTABLISHED,
                                OpenFlow.CT_REPLY | OpenFlow.CT_ESTABLISHED)
                        .build(),
                Action.output(1));
        flow(1, 1, from(1), Action.output(2));
        settle();
        receive(0, 2, tcp(WEB, 80, CLIENT, 4000, SYN | ACK));
        assertThat(queue(0, 1).sent).as("nobody asked yet").isEmpty();
        receive(0, 1, tcp(CLIENT, 4000, WEB, 80, SYN));
        onlySent(0, 2);
        receive(1, 2, tcp(WEB, 80, CLIENT, 4000, SYN | ACK));
        onlySent(1, 1);
        receive(1, 1, tcp(CLIENT, 4000, WEB, 80, ACK));
        onlySent(1, 2);
        assertThat(datapath(0).connections()).isEqualTo(1);
        assertThat(datapath(1).connections()).isEqualTo(1);
    }

    @Test
    void answersOfAServiceAreTranslatedBackByAnyWorker() {
        Bucket web = new Bucket(
                1,
                OpenFlow.PORT_ANY,
                OpenFlow.GROUP_ANY,
                List.of(Action.Ct.commit(5, 4, Action.Nat.destination(Ipv4Address.parse(WEB), 8080))));
        control.groupMod(GroupMod.add(GroupType.SELECT, 1, List.of(web)));
        flow(0, 1, from(1), new Action.Group(1));
        flow(0, 1, from(2), Action.Ct.track(5, 1, Action.Nat.restore()));
        flow(1, 1, from(2), Action.output(1));
        flow(4, 1, from(1), Action.output(2));
        settle();
        receive(0, 1, tcp(CLIENT, 4000, VIP, 80, SYN));
        byte[] request = onlySent(0, 2);
        assertThat(i32(request, 14 + 16)).isEqualTo(ip(WEB));
        assertThat(u16(request, 14 + 20 + 2)).isEqualTo(8080);
        receive(1, 2, tcp(WEB, 8080, CLIENT, 4000, SYN | ACK));
        byte[] answer = onlySent(1, 1);
        assertThat(i32(answer, 14 + 12)).isEqualTo(ip(VIP));
        assertThat(u16(answer, 14 + 20)).isEqualTo(80);
        assertChecksums(answer);
        receive(1, 1, tcp(CLIENT, 4001, VIP, 80, SYN));
        onlySent(1, 2);
        assertThat(control.groupStats().getFirst().packets()).isEqualTo(2);
    }

    /** Both workers at once open the same connections, one from each side, and count for the same flow. */
    @Test
    void workersAtTheSameTimeLoseNoConnectionAndNoCount() throws InterruptedException {
        int connections = 2_000;
        int rounds = 5;
        flow(0, 1, Match.ANY, Action.Ct.commit(1, Action.Ct.NO_RECIRC), Action.output(OpenFlow.PORT_IN_PORT));
        settle();
        List<Thread> threads = new ArrayList<>();
        for (int worker = 0; worker < WORKERS; worker++) {
            int self = worker;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < connections * rounds; i++) {
                    int port = 1 + i % connections;
                    receive(self, self + 1, self == 0 ? udp(CLIENT, port, WEB, 53, 8) : udp(WEB, 53, CLIENT, port, 8));
                    datapath(self).poll();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(datapath(0).connections()).isEqualTo(connections);
        assertThat(queue(0, 1).sent).hasSize(connections * rounds);
        assertThat(queue(1, 2).sent).hasSize(connections * rounds);
        assertThat(control.flowStats(FlowQuery.ALL))
                .extracting(FlowStats::packets)
                .containsExactly(2L * connections * rounds);
    }
}
