package io.hopline.controller;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What happened since the controller started, the last {@value #CAPACITY} events. In memory only: who wants to keep them
 * asks for those behind the last he has. Any thread may add, read and wait.
 */
final class EventLog {
    static final int CAPACITY = 2_048;

    private final LongSupplier clockMs;
    private final long startedMs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private long last;
    private boolean ended;

    /** @param clockMs CLOCK_REALTIME milliseconds */
    EventLog(LongSupplier clockMs) {
        this.clockMs = clockMs;
        this.startedMs = clockMs.getAsLong();
    }

    /** Notes that something happened just now; the oldest event goes when there are too many. */
    void add(Event.Level level, String kind, String subject, String text) {
        lock.lock();
        try {
            if (events.size() == CAPACITY) {
                events.removeFirst();
            }
            events.addLast(new Event(++last, clockMs.getAsLong(), level, kind, subject, text));
            added.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The events behind {@code after} that are still kept, oldest first, at most {@code limit}. */
    List<Event> after(long after, int limit) {
        lock.lock();
        try {
            return events.stream()
                    .filter(event -> event.seq() > after)
                    .limit(limit)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there is an event behind {@code after}, at most {@code timeoutNs}. */
    void await(long after, long timeoutNs) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long remainingNs = timeoutNs;
            while (last <= after && remainingNs > 0 && !ended) {
                remainingNs = added.awaitNanos(remainingNs);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The number of the newest event, 0 when there is none. */
    long last() {
        lock.lock();
        try {
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** Tells this log from that of the controller before: numbers begin anew with each. */
    long startedMs() {
        return startedMs;
    }

    /** Lets everybody who waits go, and nobody wait any more. */
    void endWaits() {
        lock.lock();
        try {
            ended = true;
            added.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
