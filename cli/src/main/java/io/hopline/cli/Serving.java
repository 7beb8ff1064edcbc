package io.hopline.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;

/** The wait of a process that serves until SIGTERM or Ctrl-C. */
final class Serving {
    private static final long CLOSE_TIMEOUT_MS = 10_000;

    private Serving() {}

    /**
     * Says what is served and blocks. When the JVM is told to end this returns, so that the caller closes what it opened,
     * and the JVM ends once the caller's thread has.
     */
    static int untilToldToEnd(PrintWriter out, String what) throws InterruptedException {
        var ended = new CountDownLatch(1);
        Thread main = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            ended.countDown();
                            try {
                                main.join(CLOSE_TIMEOUT_MS);
                            } catch (InterruptedException impatient) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "told-to-end"));
        out.println(what);
        out.flush();
        ended.await();
        return 0;
    }
}
