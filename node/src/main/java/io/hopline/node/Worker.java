package io.hopline.node;

import com.sun.management.ThreadMXBean;
import io.hopline.linux.EventFd;
import io.hopline.packet.Batch;
import io.hopline.packet.FramePool;
import io.hopline.packet.Port;
import io.hopline.vswitch.Datapath;
import io.hopline.vswitch.PortFlusher;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jctools.queues.MpscArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that frames go through: receive, classify, act, send, stamp.
 *
 * <p>It owns its queues of the ports, its frame pool and its data path. Others hand it work through {@link #execute} or through the
 * data path's own queue and then {@link #wake()} it. Nothing in {@link #runOnce} blocks but the one wait in front of it.
 */
final class Worker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final ThreadMXBean ALLOCATION = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int IDLE_WAIT_MS = 100;
    private static final int MAX_COMMANDS = 1024;
    private static final long MUTE_NS = 250_000_000;
    /** A port without frames for so many turns, or for {@value #IDLE_WAIT_MS} ms without any, is idle. */
    private static final int REST_TURNS = 1 << 14;

    private final String name;
    private final FramePool pool;
    private final Datapath datapath;
    private final TransitRecorder recorder;
    private final LongSupplier clockNs;
    private final EventFd wakeUp;
    private final MpscArrayQueue<Runnable> commands = new MpscArrayQueue<>(MAX_COMMANDS);
    private final Batch batch = new Batch();
    private final PortFlusher flusher = this::flush;
    private final PortWatch ports;
    private final Thread thread;
    private final long busyPollNs;
    /** Frames came since the worker last looked for more. */
    private boolean moved;

    /** The data path has commands left over for the next turn. */
    private boolean moreWaits;

    private int turns;
    private boolean muted;
    private long mutedSinceNs;
    private volatile boolean running = true;
    private volatile int freeFrames;
    private volatile int task;

    /** @param busyPollNs how long to look for more frames after the last, before sleeping; 0 sleeps at once */
    Worker(
            String name,
            FramePool pool,
            Datapath datapath,
            TransitRecorder recorder,
            LongSupplier clockNs,
            EventFd wakeUp,
            long busyPollNs) {
        this.pool = pool;
        this.datapath = datapath;
        this.recorder = recorder;
        this.clockNs = clockNs;
        this.wakeUp = wakeUp;
        this.busyPollNs = busyPollNs;
        ports = new PortWatch(wakeUp);
        this.name = name;
        thread = Thread.ofPlatform().name("worker-" + name).unstarted(this::run);
    }

    String name() {
        return name;
    }

    void start() {
        thread.start();
    }

    /** Bytes that the worker's thread has allocated on the Java heap so far; any thread may ask. */
    long allocatedBytes() {
        return ALLOCATION.getThreadAllocatedBytes(thread.threadId());
    }

    /** The kernel's number of the worker's thread, 0 before it runs; any thread may ask. */
    int task() {
        return task;
    }

    private static int ownTask() {
        try {
            String link = Files.readSymbolicLink(Path.of("/proc/thread-self")).toString();
            return Integer.parseInt(link.substring(link.lastIndexOf('/') + 1));
        } catch (IOException | NumberFormatException e) {
            LOG.warn("what the worker's thread waits for cannot be told: {}", e.getMessage());
            return 0;
        }
    }

    private void run() {
        task = ownTask();
        while (running) {
            try {
                waitForWork();
                runOnce();
            } catch (RuntimeException e) {
                LOG.error("the worker goes on after a fault", e);
            }
        }
    }

    /** Sleeps until a port has frames, somebody wakes the worker, or it is time to look after timeouts. */
    private void waitForWork() {
        if (muted && System.nanoTime() - mutedSinceNs > MUTE_NS) {
            muted = false;
            ports.unmute();
        }
        if (++turns == REST_TURNS) {
            rest();
        }
        if (moreWaits) {
            ports.poll(0);
        } else if (!look() && !ports.poll(IDLE_WAIT_MS)) {
            rest();
        }
    }

    private void rest() {
        turns = 0;
        ports.rest();
    }

    /** Looks for frames for a while before it sleeps: what comes soon need not wait until the worker is awake again. */
    private boolean look() {
        if (!moved || busyPollNs == 0) {
            return false;
        }
        moved = false;
        long startNs = System.nanoTime();
        do {
            if (ports.poll(0)) {
                return true;
            }
            // A guest that shares the core goes first.
            Thread.yield();
        } while (System.nanoTime() - startNs < busyPollNs);
        return false;
    }

    /** One turn: everything a frame goes through, on one page. */
    void runOnce() {
        runCommands();
        moreWaits = datapath.poll();
        for (int i = 0; i < ports.busy(); i++) {
            if (ports.readable(i)) {
                forward(i);
            } else if (ports.failed(i)) {
                mute(i);
            }
        }
        datapath.flush(flusher);
        recorder.endTurn();
        if (freeFrames != pool.available()) {
            freeFrames = pool.available();
        }
    }

    /** Any thread: slots of the pool that were free at the end of the last turn. All are when nothing moves. */
    int freeFrames() {
        return freeFrames;
    }

    /** Any thread: slots of the pool. */
    int frames() {
        return pool.capacity();
    }

    /** A device that is gone polls as failed for ever: it is looked at again now and then, not in every turn. */
    private void mute(int index) {
        forward(index);
        ports.mute(index);
        mutedSinceNs = System.nanoTime();
        muted = true;
    }

    private void forward(int index) {
        int frames = ports.port(index).receive(pool, batch);
        if (frames > 0) {
            moved = true;
            ports.used(index);
            int number = ports.number(index);
            recorder.dequeued(clockNs.getAsLong());
            for (int i = 0; i < frames; i++) {
                batch.frame(i).inPort(number);
            }
            datapath.process(batch);
        }
    }

    private void flush(int number, Port port) {
        if (recorder.isOpenTo(number)) {
            long startNs = clockNs.getAsLong();
            port.flush();
            recorder.sent(number, startNs, clockNs.getAsLong());
        } else {
            port.flush();
        }
    }

    private void runCommands() {
        for (Runnable command = commands.poll(); command != null; command = commands.poll()) {
            command.run();
        }
    }

    /** Runs something on the worker between two turns; the future fails when the queue is full or the task throws. */
    CompletableFuture<Void> execute(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        boolean queued = commands.offer(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        if (!queued) {
            done.completeExceptionally(new IllegalStateException("the worker's queue is full"));
        }
        wake();
        return done;
    }

    /** From now on frames of this port are received. */
    CompletableFuture<Void> addPort(int number, Port port) {
        return execute(() -> ports.add(number, port));
    }

    /** Stops receiving from the port and closes it. */
    CompletableFuture<Void> removePort(int number) {
        return execute(() -> {
            Port port = ports.remove(number);
            if (port != null) {
                port.close();
            }
        });
    }

    void wake() {
        wakeUp.signal();
    }

    /** Ends the thread and closes every port it still has. */
    @Override
    public void close() {
        running = false;
        wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ports.close();
    }
}
