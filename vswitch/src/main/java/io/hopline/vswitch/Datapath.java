package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowTrace;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.FramePool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * A worker's side of the switch: takes frames through the flow caches and their action programs. Worker thread only, but
 * for {@link #offer} and what counts. Workers share nothing but the tables, the connections and the counters of flows.
 */
public final class Datapath {
    /** Packet-outs and snapshots that may wait for the worker. */
    static final int COMMANDS = 1_024;

    private static final int COMMANDS_PER_CYCLE = 256;
    /** A frame that connection tracking sends round more often than this is dropped. */
    private static final int MAX_TURNS = 16;

    /** What the control side asks of the worker. */
    sealed interface Command {
        /** Forward by these tables from now on. */
        record Apply(Snapshot snapshot) implements Command {}

        /** Run actions on a frame. */
        record Inject(byte[] frame, int inPort, List<Action> actions) implements Command {}

        /** Forget the connections to these servers. */
        record End(List<ConnectionCount> servers) implements Command {}

        /** Say what would become of a frame. */
        record Trace(FlowTrace.Request request, CompletableFuture<List<FlowTrace.Step>> answer) implements Command {}
    }

    private final FramePool pool;
    private final HopRecorder recorder;
    private final LongSupplier realtimeNs;
    private final boolean alone;
    private final Runnable onApplied;
    private final MpscVarHandleArrayQueue<Command> commands = new MpscVarHandleArrayQueue<>(COMMANDS);
    private final FlowKey key = new FlowKey();
    private final FlowLookup lookup;
    private final Conntrack conntrack;
    private final FrameOutput output;
    private final ActionRunner actions;
    /** Programs with counts to hand over at the end of the batch. */
    private Program[] counted = new Program[64];

    private Snapshot snapshot = Snapshot.empty();
    private int countedSize;
    private int turns;
    private volatile long appliedEpoch;

    /**
     * @param onApplied told on the worker thread after a snapshot was taken into use; must not block
     * @param alone there is no other worker
     */
    Datapath(
            FramePool pool,
            HopRecorder recorder,
            ConnectionTable connections,
            SlowPath slowPath,
            LongSupplier realtimeNs,
            Runnable onApplied,
            boolean alone) {
        this.pool = pool;
        this.recorder = recorder;
        this.realtimeNs = realtimeNs;
        this.onApplied = onApplied;
        this.alone = alone;
        HeaderWriter writer = new HeaderWriter();
        conntrack = new Conntrack(connections, writer);
        output = new FrameOutput(pool, recorder);
        actions = new ActionRunner(pool, key, writer, conntrack, output, slowPath, this::forward, alone);
        lookup = new FlowLookup(recorder, FlowCache.DEFAULT_ENTRIES, MegaflowCache.MAX_MEGAFLOWS);
    }

    /**
     * Forwards frames: takes ownership of each, its inPort set, and empties the batch. The ports that got frames are flushed
     * by {@link #flush}.
     */
    public void process(Batch batch) {
        long nowNs = realtimeNs.getAsLong();
        actions.now(nowNs);
        int taken = 0;
        try {
            while (taken < batch.size()) {
                Frame frame = batch.frame(taken++);
                if (key.extract(frame) == FrameHeaders.Verdict.BAD_ETHERNET) {
                    output.drop(frame, DropReason.MALFORMED);
                    continue;
                }
                output.remember(frame);
                turns = 0;
                Program program = program(frame);
                if (lookup.mark() != 0) {
                    frame.mark(lookup.mark());
                    recorder.entered(frame);
                }
                if (actions.run(program.steps, frame)) {
                    forward(frame);
                }
            }
            handOverCounts(nowNs);
        } finally {
            // Only a bug comes here early; it costs the frame it happened to, not the pool.
            for (; taken < batch.size(); taken++) {
                batch.frame(taken).release();
            }
            batch.clear();
        }
    }

    /** Takes a frame on from where connection tracking sent it: looks its key up and runs what it finds, until it is gone. */
    private void forward(Frame frame) {
        do {
            if (++turns > MAX_TURNS) {
                output.drop(frame, DropReason.LOOP);
                return;
            }
        } while (actions.run(program(frame).steps, frame));
    }

    private Program program(Frame frame) {
        Program program = lookup.find(key);
        if (program.count(frame.length())) {
            remember(program);
        }
        return program;
    }

    private void remember(Program program) {
        if (countedSize == counted.length) {
            counted = java.util.Arrays.copyOf(counted, countedSize * 2);
        }
        counted[countedSize++] = program;
    }

    private void handOverCounts(long nowNs) {
        for (int i = 0; i < countedSize; i++) {
            counted[i].handOver(nowNs, alone);
        }
        countedSize = 0;
        lookup.publishCounts();
    }

    /**
     * To be called once per cycle: applies at most one change of the tables (the control side offers the next only after
     * the last was taken), runs waiting packet-outs, and ends some connections whose time is up.
     *
     * @return true when more commands wait
     */
    public boolean poll() {
        long nowNs = realtimeNs.getAsLong();
        for (int i = 0; i < COMMANDS_PER_CYCLE; i++) {
            Command command = commands.poll();
            if (command == null) {
                break;
            }
            switch (command) {
                case Command.Apply apply -> apply(apply.snapshot());
                case Command.Inject inject -> inject(inject, nowNs);
                case Command.End(var servers) -> conntrack.end(servers);
                case Command.Trace(var request, var answer) -> trace(request, answer, nowNs);
            }
        }
        conntrack.expire(nowNs);
        lookup.sweep(nowNs);
        return !commands.isEmpty();
    }

    /** To be called once per cycle, at its end: flushes the ports that got frames in it. */
    public void flush(PortFlusher flusher) {
        output.flush(flusher);
    }

    private void apply(Snapshot next) {
        snapshot = next;
        lookup.apply(next);
        output.snapshot(next);
        appliedEpoch = next.epoch();
        onApplied.run();
    }

    private void inject(Command.Inject inject, long nowNs) {
        Frame frame = pool.acquire();
        if (frame == null) {
            output.countDrop(inject.inPort, DropReason.POOL_EMPTY);
            return;
        }
        frame.length(inject.frame.length);
        MemorySegment.copy(inject.frame, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), inject.frame.length);
        frame.inPort(inject.inPort);
        if (key.extract(frame) == FrameHeaders.Verdict.BAD_ETHERNET) {
            output.drop(frame, DropReason.MALFORMED);
            return;
        }
        output.remember(frame);
        actions.now(nowNs);
        turns = 0;
        if (actions.run(lookup.translate(key, inject.actions), frame)) {
            forward(frame);
        }
        handOverCounts(nowNs);
    }

    /** Between two turns, with a translator of its own: caches, counters and connections stay as they are. */
    private void trace(FlowTrace.Request request, CompletableFuture<List<FlowTrace.Step>> answer, long nowNs) {
        Frame frame = pool.acquire();
        if (frame == null) {
            answer.completeExceptionally(new IllegalStateException("no frame is free"));
            return;
        }
        try {
            answer.complete(new PacketTrace(snapshot, conntrack, frame, nowNs).trace(request));
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
        } finally {
            frame.release();
        }
    }

    /** Any thread: asks the worker for something; false when too much waits already. */
    boolean offer(Command command) {
        return commands.offer(command);
    }

    /** Any thread: the epoch of the tables in use. */
    long appliedEpoch() {
        return appliedEpoch;
    }

    /** Any thread: frames that the switch dropped, whatever port they came in by; ports count their own drops besides. */
    public long drops(DropReason reason) {
        return output.drops(reason);
    }

    /** Any thread: how many connections were translated to which server, by this and the switch's other workers. */
    public List<ConnectionCount> connectionCounts() {
        return conntrack.counts();
    }

    /**
     * Any thread: ends the connections to these servers, soon; what still comes of one is treated as if it began anew. Lost
     * when too much waits for the worker.
     */
    public void endConnections(List<ConnectionCount> servers) {
        commands.offer(new Command.End(List.copyOf(servers)));
    }

    /** How frames found their actions. */
    public CacheCounters cacheCounters() {
        return lookup.counters();
    }

    /** Tracked connections. */
    public int connections() {
        return conntrack.size();
    }
}
