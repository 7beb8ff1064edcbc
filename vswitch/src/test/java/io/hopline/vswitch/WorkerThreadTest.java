package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Control calls, the slow-path thread and a worker, each a thread of its own. */
class WorkerThreadTest {
    private final Semaphore wakeUps = new Semaphore(0);
    private volatile boolean running = true;
    private final AtomicReference<Throwable> fault = new AtomicReference<>();

    private void work(Datapath datapath, FramePool pool, byte[] frame) {
        Batch batch = new Batch();
        try {
            while (running) {
                wakeUps.tryAcquire(1, TimeUnit.MILLISECONDS);
                datapath.poll();
                for (int i = 0; i < 16; i++) {
                    Frame slot = Objects.requireNonNull(pool.acquire());
                    slot.length(frame.length);
                    MemorySegment.copy(frame, 0, slot.memory(), ValueLayout.JAVA_BYTE, slot.offset(), frame.length);
                    slot.inPort(1);
                    batch.add(slot);
                }
                datapath.process(batch);
            }
        } catch (InterruptedException | RuntimeException e) {
            fault.set(e);
        }
    }

    @Test
    @Timeout(60)
    void changesReachTheWorkerAndBarriersSaySo() throws Exception {
        LinkedBlockingQueue<byte[]> local = new LinkedBlockingQueue<>();
        try (FramePool pool = FramePool.of(64);
                VirtualSwitch control = new VirtualSwitch(
                        pool,
                        SelectorFactory.RENDEZVOUS,
                        HopRecorder.NONE,
                        (frame, inPort) -> local.add(frame),
                        System::nanoTime,
                        wakeUps::release)) {
            FakePort in = new FakePort("in");
            control.addPort(1, in);
            control.start();
            byte[] frame = Packets.udp("10.0.0.1", 1, "10.0.0.2", 2, 10);
            Thread worker = Thread.ofPlatform().start(() -> work(control.datapath(), pool, frame));
            try {
                for (int i = 0; i < 2_000; i++) {
                    control.flowMod(FlowMod.add(1)
                            .priority(i)
                            .match(Match.builder().inPort(5).build())
                            .build());
                    if (i % 500 == 0) {
                        control.barrier().get(20, TimeUnit.SECONDS);
                    }
                }
                control.flowMod(FlowMod.add(0)
                        .instructions(Instruction.apply(Action.output(OpenFlow.PORT_LOCAL)))
                        .build());
                assertThat(local.poll(20, TimeUnit.SECONDS)).as("without a barrier, too").isEqualTo(frame);
                control.packetOut(frame, OpenFlow.PORT_LOCAL, List.of(Action.output(1)));
                control.flowMod(FlowMod.delete(OpenFlow.TABLE_ALL).build());
                control.barrier().get(20, TimeUnit.SECONDS);
                assertThat(control.flowStats(FlowQuery.ALL)).isEmpty();
                control.removePort(1).get(20, TimeUnit.SECONDS);
            } finally {
                running = false;
                worker.join();
            }
            assertThat(fault.get()).isNull();
            assertThat(in.sent).as("the packet-out").hasSize(1);
            assertThat(pool.available()).isEqualTo(64);
        }
    }
}
