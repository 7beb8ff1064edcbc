package io.hopline.controller;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles the state after it changed, on a thread of its own so that no request waits for it. Changes that come within
 * {@link #COALESCE_MS} are compiled together.
 */
final class Recompiler implements AutoCloseable {
    /** Attaching a few guests is a burst of changes; the first of them waits no longer than a person notices. */
    static final long COALESCE_MS = 20;

    private static final Logger LOG = LoggerFactory.getLogger(Recompiler.class);
    private static final long RETRY_MS = 1_000;

    /** What the switches should have at a version of the state; programs by node name. */
    record Compiled(long version, SortedMap<String, NodeProgram> programs) {}

    private final LiveState live;
    private final Runnable onCompiled;
    private final Thread thread;
    private volatile Compiled current = new Compiled(-1, new TreeMap<>());

    /** Starts compiling; {@code onCompiled} runs on the compiling thread after each time. */
    Recompiler(LiveState live, Runnable onCompiled) {
        this.live = live;
        this.onCompiled = onCompiled;
        this.thread = Thread.ofVirtual().name("compiler").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    Compiled current() {
        return current;
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                if (live.awaitOther(current.version(), Long.MAX_VALUE).version() == current.version()) {
                    return;
                }
                if (current.version() >= 0) {
                    TimeUnit.MILLISECONDS.sleep(COALESCE_MS);
                }
                compile(live.current());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void compile(NetworkState state) throws InterruptedException {
        try {
            current = new Compiled(state.version(), FlowCompiler.compile(state));
        } catch (RuntimeException e) {
            // The switches keep what they have; another change may compile again.
            LOG.error("state version {} does not compile", state.version(), e);
            TimeUnit.MILLISECONDS.sleep(RETRY_MS);
            return;
        }
        onCompiled.run();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
