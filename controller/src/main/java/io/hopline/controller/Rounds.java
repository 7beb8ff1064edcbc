package io.hopline.controller;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the same twice a second on a thread of its own until closed. What fails is said, and done again in the next round. */
final class Rounds implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);
    private static final int PERIOD_MS = 500;

    private final ScheduledExecutorService timer;

    private Rounds(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /** @param name of the thread */
    static Rounds start(String name, Runnable round) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name(name).factory());
        Runnable guarded = () -> {
            try {
                round.run();
            } catch (RuntimeException e) {
                LOG.warn("{}: {}", name, e.getMessage());
            }
        };
        timer.scheduleWithFixedDelay(guarded, PERIOD_MS, PERIOD_MS, TimeUnit.MILLISECONDS);
        return new Rounds(timer);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
