package io.hopline.bench;

import io.hopline.linux.MessageBatch;
import io.hopline.linux.Poller;
import io.hopline.linux.UdpSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Counts the datagrams of one trial. A thread of its own receives, up to 64 per system call, and allocates nothing; any
 * thread begins a trial and reads the counts.
 */
final class UdpReceiver implements AutoCloseable {
    private static final int BATCH = 64;
    private static final int SLOT_BYTES = 2048;
    private static final int BUFFER_BYTES = 16 << 20;
    private static final int POLL_MS = 100;

    private final UdpSocket socket;
    private final MessageBatch batch = new MessageBatch(BATCH, 1);
    private final Poller poller = new Poller(1);
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate((long) BATCH * SLOT_BYTES, 64);
    private final Thread thread = new Thread(this::run, "udp-receiver");
    private volatile int trial = -1;
    private volatile long received;
    private volatile long outOfOrder;
    private long highest;
    private volatile int counting = -1;
    private volatile boolean running = true;

    /** Binds to a port on every address of the namespace and begins to receive. */
    UdpReceiver(int port) {
        socket = UdpSocket.open(new byte[4], port);
        socket.buffers(BUFFER_BYTES);
        poller.watch(0, socket.fd());
        for (int i = 0; i < BATCH; i++) {
            batch.buffer(i, memory, (long) i * SLOT_BYTES, SLOT_BYTES);
        }
        thread.start();
    }

    /** From now on datagrams of this trial count, and no others. */
    void begin(int next) {
        trial = next;
    }

    /** What came in so far of the trial that was begun. */
    UdpTrial.Received counts() {
        return counting == trial
                ? new UdpTrial.Received(trial, received, outOfOrder)
                : new UdpTrial.Received(trial, 0, 0);
    }

    private void run() {
        while (running) {
            if (poller.poll(POLL_MS) > 0) {
                int got;
                do {
                    got = socket.receive(batch, BATCH);
                    count(got);
                } while (got == BATCH);
            } else {
                restartIfAsked();
            }
        }
    }

    private void restartIfAsked() {
        if (counting != trial) {
            received = 0;
            outOfOrder = 0;
            highest = -1;
            counting = trial;
        }
    }

    private void count(int messages) {
        restartIfAsked();
        int mine = 0;
        int late = 0;
        for (int i = 0; i < messages; i++) {
            long at = (long) i * SLOT_BYTES;
            if (batch.length(i) >= UdpSender.MIN_PAYLOAD_BYTES
                    && memory.get(ValueLayout.JAVA_INT, at + UdpSender.TRIAL) == counting) {
                long sequence = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at + UdpSender.SEQUENCE);
                mine++;
                if (sequence < highest) {
                    late++;
                } else {
                    highest = sequence;
                }
            }
        }
        received = received + mine;
        outOfOrder = outOfOrder + late;
    }

    @Override
    public void close() throws InterruptedException {
        running = false;
        thread.join();
        socket.close();
        batch.close();
        poller.close();
        arena.close();
    }
}
