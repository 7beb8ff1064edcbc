package io.hopline.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has to be undone, last thing first. One thread makes things and undoes them; another may ask it to stop, which
 * interrupts whatever it is at. Undoing must do no harm when there is nothing to undo: a step registers it first and acts
 * then, so that a step that was interrupted half-way leaves nothing either.
 */
public final class Cleanup implements AutoCloseable {
    /** One thing to undo. */
    @FunctionalInterface
    public interface Undo {
        /** Undoes it; does no harm when there is nothing to undo. */
        void run() throws Exception;
    }

    private record Entry(String what, Undo undo) {}

    private final Thread owner = Thread.currentThread();
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final List<String> problems = new ArrayList<>();
    private boolean closed;
    private boolean stopped;

    /**
     * Registers how to undo something that is about to be done.
     *
     * @throws CliException when the run was stopped: the thing must not be done then
     */
    public synchronized void add(String what, Undo undo) {
        if (closed || stopped) {
            throw CliException.failed("interrupted before " + what);
        }
        entries.push(new Entry(what, undo));
    }

    /** Makes the owner give up what it is doing and close; does nothing when it is closing already. Any thread may ask. */
    public synchronized void stop() {
        if (!closed && !stopped) {
            stopped = true;
            owner.interrupt();
        }
    }

    /** True when the user ended the run before it ended itself. */
    public synchronized boolean stopped() {
        return stopped;
    }

    /** What could not be undone, in words; empty when nothing was left behind. */
    public synchronized List<String> problems() {
        return List.copyOf(problems);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            // The interrupt has done its work; undoing has to wait for programs again.
            Thread.interrupted();
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
