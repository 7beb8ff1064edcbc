package io.hopline.openflow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Messages on their way to a peer: many threads add, one takes; holds at most {@link #MAX_BYTES}. */
final class SendQueue {
    /** A peer that reads too slowly: who may wait waits, what may be lost is lost. */
    static final int MAX_BYTES = 4 << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<byte[]> messages = new ArrayDeque<>();
    private int bytes;
    private boolean closed;

    /** Adds a message, waiting for room; throws when the queue is closed. */
    void put(byte[] message) throws IOException {
        lock.lock();
        try {
            while (!closed && bytes > MAX_BYTES) {
                changed.awaitUninterruptibly();
            }
            if (closed) {
                throw new IOException("the OpenFlow connection is closed");
            }
            add(message);
        } finally {
            lock.unlock();
        }
    }

    /** Adds a message if there is room, and says whether it did. */
    boolean offer(byte[] message) {
        lock.lock();
        try {
            if (closed || bytes > MAX_BYTES) {
                return false;
            }
            add(message);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void add(byte[] message) {
        messages.add(message);
        bytes += message.length;
        changed.signalAll();
    }

    /** Waits for messages and fills {@code buffer} with as many as fit; false once closed and empty. */
    boolean take(ByteBuffer buffer) {
        lock.lock();
        try {
            while (messages.isEmpty()) {
                if (closed) {
                    return false;
                }
                changed.awaitUninterruptibly();
            }
            for (byte[] next = messages.peek();
                    next != null && next.length <= buffer.remaining();
                    next = messages.peek()) {
                buffer.put(next);
                bytes -= next.length;
                messages.remove();
            }
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more; what is there can still be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
