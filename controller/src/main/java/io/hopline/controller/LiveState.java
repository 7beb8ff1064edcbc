package io.hopline.controller;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * The state of now. Changes come one at a time; each is in the store before anybody sees it. Any thread may read.
 */
final class LiveState {
    private final StateStore store;
    private final String epoch = Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final StateListener listener;
    private volatile NetworkState current;
    private boolean ended;

    /** Hears of every change, once, in their order; must be quick and must not change the state. */
    interface StateListener {
        void changed(NetworkState before, NetworkState after);
    }

    LiveState(StateStore store) {
        this(store, (before, after) -> {});
    }

    LiveState(StateStore store, StateListener listener) {
        this.store = store;
        this.listener = listener;
        this.current = store.load();
    }

    /** Names this start of the controller, 16 hexadecimal digits: a store that was restored counts versions again that others have seen. */
    String epoch() {
        return epoch;
    }

    NetworkState current() {
        return current;
    }

    /**
     * Replaces the state by what {@code change} makes of it.
     *
     * @return the state after the change
     * @throws StateException when the change refuses or cannot be stored; the state stays as it was
     */
    NetworkState update(UnaryOperator<NetworkState> change) {
        lock.lock();
        try {
            NetworkState before = current;
            NetworkState after = change.apply(before);
            if (after != before) {
                store.save(before, after);
                current = after;
                listener.changed(before, after);
                changed.signalAll();
            }
            return after;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the version is another than {@code knownVersion}, at most {@code timeoutNs}; returns the state then. */
    NetworkState awaitOther(long knownVersion, long timeoutNs) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long remainingNs = timeoutNs;
            while (current.version() == knownVersion && remainingNs > 0 && !ended) {
                remainingNs = changed.awaitNanos(remainingNs);
            }
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** Lets everybody who waits go, and nobody wait any more. */
    void endWaits() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
