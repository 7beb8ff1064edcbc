package io.hopline.bench;

import io.hopline.linux.MessageBatch;
import io.hopline.linux.UdpSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;

/**
 * Offers numbered UDP datagrams at a rate, whatever becomes of them (open loop), up to 32 per system call. They leave as
 * one message that the kernel cuts into datagrams (UDP_SEGMENT), because it spends so much on each message of its own that
 * the sender would be slower than the switches are. The guests' interfaces must not take such messages whole, so that each
 * datagram is a frame on the cable. Nothing is allocated per datagram. Payload: trial as a 32-bit and sequence as a 64-bit
 * number in native order, then zeroes.
 */
final class UdpSender implements AutoCloseable {
    /** Least bytes of payload. */
    static final int MIN_PAYLOAD_BYTES = 12;

    static final int TRIAL = 0;
    static final int SEQUENCE = 4;

    private static final int BATCH = 32;
    private static final int MAX_PAYLOAD_BYTES = 1472;
    private static final int BUFFER_BYTES = 1 << 20;
    /** Shorter waits are not worth a sleep; longer ones must not keep a core from the switch. */
    private static final long SPIN_NS = 5_000;

    private static final long MIN_SLEEP_NS = 20_000;

    private final UdpSocket socket = UdpSocket.open(new byte[4], 0);
    private final MessageBatch batch = new MessageBatch(1, 1);
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment payloads = arena.allocate((long) BATCH * MAX_PAYLOAD_BYTES, 64);
    private final int ipv4;
    private final int port;

    /** Sends to an IPv4 address (big-endian int) and port. */
    UdpSender(int ipv4, int port) {
        this.ipv4 = ipv4;
        this.port = port;
        socket.buffers(BUFFER_BYTES);
    }

    /**
     * One trial's sending.
     *
     * @param trial number in every datagram
     * @param framesPerSecond 0 for as fast as it goes
     */
    UdpTrial.Sent send(int trial, double framesPerSecond, int payloadBytes, long durationNs) {
        if (payloadBytes < MIN_PAYLOAD_BYTES || payloadBytes > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("a payload of " + payloadBytes + " bytes");
        }
        for (int i = 0; i < BATCH; i++) {
            payloads.set(ValueLayout.JAVA_INT_UNALIGNED, (long) i * payloadBytes + TRIAL, trial);
        }
        long startNs = System.nanoTime();
        var pacer = new Pacer(framesPerSecond, startNs);
        long sequence = 0;
        long nowNs = startNs;
        while (nowNs - startNs < durationNs) {
            int due = pacer.due(nowNs, BATCH);
            if (due == 0) {
                await(pacer.untilNextNs(nowNs));
            } else {
                int sent = sendBatch(sequence, due, payloadBytes);
                sequence += sent;
                pacer.sent(sent);
            }
            nowNs = System.nanoTime();
        }
        return new UdpTrial.Sent(trial, sequence, nowNs - startNs);
    }

    private static void await(long ns) {
        if (ns > SPIN_NS) {
            LockSupport.parkNanos(Math.max(ns, MIN_SLEEP_NS));
        } else {
            Thread.onSpinWait();
        }
    }

    /** Sends datagrams from a sequence number on; the number of those that the kernel took. */
    private int sendBatch(long sequence, int count, int payloadBytes) {
        for (int i = 0; i < count; i++) {
            payloads.set(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * payloadBytes + SEQUENCE, sequence + i);
        }
        batch.buffer(0, payloads, 0, count * payloadBytes);
        batch.destination(0, ipv4, port);
        batch.segmentSize(0, payloadBytes);
        // What fails is tried again in the next turn: a full queue of our own side is no loss on the way.
        return socket.send(batch, 0, 1) == 1 ? count : 0;
    }

    @Override
    public void close() {
        socket.close();
        batch.close();
        arena.close();
    }
}
