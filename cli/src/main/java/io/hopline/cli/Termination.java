package io.hopline.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM, for a command that has things to close: the JVM waits with its end until they are closed. It is the
 * first resource of a try statement, so that it is closed last.
 */
public final class Termination implements AutoCloseable {
    private static final long CLOSE_TIMEOUT_S = 20;

    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    /** {@code whenTold} runs at once when the JVM is told to end, on a thread of the JVM's own. */
    public Termination(Runnable whenTold) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            told.countDown();
                            whenTold.run();
                            try {
                                closed.await(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
                            } catch (InterruptedException impatient) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "termination"));
    }

    public Termination() {
        this(() -> {});
    }

    /** Blocks until the JVM is told to end. */
    public void await() throws InterruptedException {
        told.await();
    }

    /** Lets the JVM end. */
    @Override
    public void close() {
        closed.countDown();
    }
}
