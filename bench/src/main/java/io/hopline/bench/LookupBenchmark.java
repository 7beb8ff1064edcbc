package io.hopline.bench;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.packet.Batch;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Tcp;
import io.hopline.vswitch.Datapath;
import io.hopline.vswitch.HopRecorder;
import io.hopline.vswitch.SelectorFactory;
import io.hopline.vswitch.VirtualSwitch;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a frame costs from the port it came in by to the port it leaves by, with few and with many flows installed: batches
 * of {@value #BATCH} TCP segments through {@link Datapath#process}. One table; flows match in_port and eth_dst.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LookupBenchmark {
    static final int BATCH = 64;
    private static final long NOW_NS = 1_700_000_000_000_000_000L;
    private static final int IN_PORT = 1;
    private static final int OUT_PORT = 2;
    private static final long FIRST_MAC = 0x0200_0000_0000L;

    /** How frames find their flow: by how many connections take turns, and to how many addresses they go. */
    public enum Way {
        /** Every connection has its exact-match entry, close at hand. */
        CACHED(64, 64),
        /** Exact-match entries too, but more than the processor's first caches hold. */
        CACHED_10K(10_000, 10_000),
        /** Hardly any connection has an exact-match entry; 8 megaflows serve them. */
        CONNECTIONS_50K(50_000, 8),
        CONNECTIONS_200K(200_000, 8),
        MEGAFLOW(4_000_000, 8),
        /** A flow of higher priority looks at the source address, so that each of more sources than there can be megaflows
         * is translated. */
        UNCACHED(4_000_000, Integer.MAX_VALUE);

        private final int connections;
        private final int addresses;

        Way(int connections, int addresses) {
            this.connections = connections;
            this.addresses = addresses;
        }
    }

    @Param({"1000", "100000", "1000000"})
    int flows;

    @Param({"CACHED", "MEGAFLOW", "UNCACHED"})
    Way way = Way.CACHED;

    private final Batch batch = new Batch();
    private final Frame[] frames = new Frame[BATCH];
    private FramePool pool;
    private VirtualSwitch control;
    private Datapath datapath;
    private KeptPort out;
    private int next;

    /** The switch with its flows. */
    @Setup
    public void install() {
        pool = FramePool.of(2 * BATCH);
        control = new VirtualSwitch(
                List.of(new VirtualSwitch.WorkerParts(pool, HopRecorder.NONE, () -> {})),
                SelectorFactory.RENDEZVOUS,
                (frame, port) -> {},
                () -> NOW_NS);
        datapath = control.datapaths().getFirst();
        control.start();
        out = new KeptPort("out", 2 * BATCH);
        control.addPort(IN_PORT, new KeptPort("in", 1));
        control.addPort(OUT_PORT, out);
        for (int i = 0; i < flows; i++) {
            control.flowMod(flow(i));
        }
        if (way == Way.UNCACHED) {
            Match source = Match.builder()
                    .ethType(Ethernet.TYPE_IPV4)
                    .ipv4Src(Ipv4Address.parse("192.0.2.66"))
                    .build();
            control.flowMod(FlowMod.add(0).priority(20).match(source).build());
        }
        settle();
        for (int i = 0; i < BATCH; i++) {
            frames[i] = Segments.tcp(pool, 40_000, 0);
        }
    }

    static FlowMod flow(int i) {
        return FlowMod.add(0)
                .priority(10)
                .match(Match.builder()
                        .inPort(IN_PORT)
                        .ethDst(new MacAddress(FIRST_MAC + i))
                        .build())
                .instructions(Instruction.apply(Action.output(OUT_PORT)))
                .build();
    }

    private void settle() {
        CompletableFuture<Void> done = control.barrier();
        while (!done.isDone()) {
            datapath.poll();
            Thread.onSpinWait();
        }
    }

    @TearDown
    public void close() {
        control.close();
        pool.close();
    }

    /** A batch of frames of the next connections, classified, run and handed to a port. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int forward() {
        for (Frame frame : frames) {
            int connection = next;
            next = connection + 1 == way.connections ? 0 : connection + 1;
            int address = connection % Math.min(flows, way.addresses);
            long ip = frame.offset() + Ethernet.BYTES;
            Ethernet.destination(frame.memory(), frame.offset(), FIRST_MAC + address);
            Ipv4.source(frame.memory(), ip, 0x0a00_0000 + connection);
            Tcp.sourcePort(frame.memory(), ip + Ipv4.MIN_BYTES, connection & 0xffff);
            frame.inPort(IN_PORT);
            batch.add(frame);
        }
        datapath.process(batch);
        return out.take(frames);
    }
}
