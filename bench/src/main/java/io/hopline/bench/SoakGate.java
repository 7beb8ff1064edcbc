package io.hopline.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Holds everybody who makes load or trouble while the books are balanced: they pass before each piece of work, and
 * {@link #shut} returns when all pieces begun are done.
 */
final class SoakGate {
    /** Fair, so that one who wants to shut it is not overtaken for ever. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

    private volatile boolean over;

    /** A piece of work. */
    @FunctionalInterface
    interface Work<X extends Exception> {
        void run() throws X;
    }

    /** Does a piece of work when the gate is open; false when the soak is over. */
    <X extends Exception> boolean pass(Work<X> work) throws X {
        lock.readLock().lock();
        try {
            if (!over) {
                work.run();
            }
            return !over;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** False when somebody did not get done in time. */
    boolean shut(long timeoutS) throws InterruptedException {
        return lock.writeLock().tryLock(timeoutS, TimeUnit.SECONDS);
    }

    void open() {
        lock.writeLock().unlock();
    }

    /** Nobody passes any more. */
    void end() {
        over = true;
    }

    boolean isOver() {
        return over;
    }
}
