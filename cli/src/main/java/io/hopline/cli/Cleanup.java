package io.hopline.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has to be undone, last thing first. It is closed once: at the end of a run, or by the JVM's shutdown hook on Ctrl-C,
 * whichever comes first. What is registered after that is undone on the spot, so that a step that was under way when the
 * user interrupted leaves nothing either. Undoing must do no harm when there is nothing to undo: a step registers it first
 * and acts then. Thread-safe.
 */
final class Cleanup implements AutoCloseable {
    /** One thing to undo. */
    @FunctionalInterface
    interface Undo {
        void run() throws Exception;
    }

    private record Entry(String what, Undo undo) {}

    private final Deque<Entry> entries = new ArrayDeque<>();
    private final List<String> problems = new ArrayList<>();
    private boolean closed;
    private boolean interrupted;

    /** Registers how to undo something that is about to be done. */
    void add(String what, Undo undo) {
        synchronized (this) {
            if (!closed) {
                entries.push(new Entry(what, undo));
                return;
            }
        }
        undo(new Entry(what, undo));
    }

    synchronized boolean closed() {
        return closed;
    }

    /** What could not be undone, in words; empty when nothing was left behind. */
    synchronized List<String> problems() {
        return List.copyOf(problems);
    }

    /** True when the user ended the run before it ended itself. */
    synchronized boolean interrupted() {
        return interrupted;
    }

    /** Closes on behalf of a user who does not want to wait; false when the run had already ended by itself. */
    boolean closeOnInterrupt() {
        synchronized (this) {
            if (closed) {
                return false;
            }
            interrupted = true;
            closed = true;
        }
        close();
        return true;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        for (Entry entry = next(); entry != null; entry = next()) {
            undo(entry);
        }
    }

    private synchronized @Nullable Entry next() {
        return entries.poll();
    }

    /** One thing that cannot be undone must not keep the others from it. */
    private void undo(Entry entry) {
        try {
            entry.undo.run();
        } catch (Exception failure) {
            synchronized (this) {
                problems.add(entry.what + ": " + failure.getMessage());
            }
        }
    }
}
