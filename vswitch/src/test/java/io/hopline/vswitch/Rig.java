package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.PacketIn;
import io.hopline.openflow.PortStatus;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A whole switch without threads, stepped by the test, with four ports and a clock of the test's. */
final class Rig implements AutoCloseable {
    static final int POOL = 256;

    final FramePool pool = FramePool.of(POOL);
    final FakePort[] ports = new FakePort[5];
    final List<PacketIn> packetIns = new ArrayList<>();
    final List<FlowRemoved> removed = new ArrayList<>();
    final List<PortStatus> portStatuses = new ArrayList<>();
    final List<byte[]> localFrames = new ArrayList<>();
    final VirtualSwitch control;
    final Datapath datapath;
    final Batch batch = new Batch();
    long nowNs = 1_700_000_000_000_000_000L;

    Rig() {
        this(HopRecorder.NONE, SelectorFactory.RENDEZVOUS);
    }

    Rig(HopRecorder recorder, SelectorFactory selectors) {
        control = new VirtualSwitch(
                List.of(new VirtualSwitch.WorkerParts(pool, recorder, () -> {})),
                selectors,
                (frame, inPort) -> localFrames.add(frame),
                () -> nowNs);
        datapath = control.datapaths().getFirst();
        control.addListener(new SwitchListener() {
            @Override
            public void portStatus(PortStatus status) {
                portStatuses.add(status);
            }

            @Override
            public void flowRemoved(FlowRemoved flow) {
                removed.add(flow);
            }

            @Override
            public void packetIn(PacketIn packetIn) {
                packetIns.add(packetIn);
            }
        });
        for (int number = 1; number < ports.length; number++) {
            ports[number] = new FakePort("port" + number);
            control.addPort(number, ports[number]);
        }
        settle();
    }

    /** Brings what was changed to the worker and what the worker said to the listeners. */
    void settle() {
        CompletableFuture<Void> done = control.barrier();
        for (int i = 0; i < 3 && !done.isDone(); i++) {
            while (datapath.poll()) {}
            control.step();
        }
        assertThat(done).isDone();
    }

    void flow(FlowMod.Builder flow) {
        control.flowMod(flow.build());
    }

    void flow(int table, int priority, Match match, Instruction... instructions) {
        flow(FlowMod.add(table).priority(priority).match(match).instructions(instructions));
    }

    void group(GroupMod mod) {
        control.groupMod(mod);
    }

    /** Puts a frame into the switch by a port. */
    void receive(int inPort, byte[] bytes) {
        receive(inPort, bytes, frame -> {});
    }

    void receive(int inPort, byte[] bytes, Consumer<Frame> prepare) {
        Frame frame = pool.acquire();
        if (frame == null) {
            throw new AssertionError("the pool is empty: slots leak");
        }
        frame.length(bytes.length);
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        frame.inPort(inPort);
        prepare.accept(frame);
        batch.add(frame);
        datapath.process(batch);
    }

    /** Like a TAP: the transport checksum has only the pseudo-header's sum. */
    void receivePartial(int inPort, byte[] bytes, int gsoType, int gsoSize) {
        byte[] partial = Packets.withPartialChecksum(bytes);
        receive(inPort, partial, frame -> {
            MemorySegment memory = frame.memory();
            int l4 = Packets.l4(bytes);
            boolean tcp = Packets.protocol(bytes) == 6;
            VnetHeader.flags(memory, frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
            VnetHeader.checksumStart(memory, frame.vnet(), l4);
            VnetHeader.checksumOffset(memory, frame.vnet(), tcp ? 16 : 6);
            VnetHeader.gsoType(memory, frame.vnet(), gsoType);
            VnetHeader.gsoSize(memory, frame.vnet(), gsoSize);
            VnetHeader.headerLength(memory, frame.vnet(), l4 + (tcp ? 20 : 8));
        });
    }

    /** The frames a port was given since the last call. */
    List<byte[]> sent(int port) {
        List<byte[]> frames =
                ports[port].sent.stream().map(FakePort.Sent::bytes).toList();
        ports[port].sent.clear();
        return frames;
    }

    FakePort.Sent onlySent(int port) {
        assertThat(ports[port].sent).hasSize(1);
        return ports[port].sent.removeFirst();
    }

    void nothingSent() {
        for (int i = 1; i < ports.length; i++) {
            assertThat(ports[i].sent).as("frames at port %d", i).isEmpty();
        }
    }

    long drops() {
        long sum = 0;
        for (DropReason reason : DropReason.values()) {
            sum += control.drops(reason);
        }
        return sum;
    }

    void after(long seconds) {
        nowNs += seconds * 1_000_000_000L;
    }

    @Override
    public void close() {
        assertThat(pool.available()).as("free slots").isEqualTo(POOL);
        control.close();
        pool.close();
    }
}
