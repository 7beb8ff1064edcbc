package io.hopline.controller;

import io.hopline.sla.HistogramArchive;
import io.hopline.sla.LatencyHistory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the latency history's minutes when they are over, makes longer steps of them and deletes old ones, on a thread of its
 * own; on an orderly end it stores the minute that runs too.
 */
final class HistoryKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HistoryKeeper.class);
    private static final long TURN_MS = 5_000;
    /** Deleting is for once in ten minutes. */
    private static final int EXPIRE_TURNS = 120;

    private final LatencyHistory history;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile long failures;
    private boolean failing;

    private HistoryKeeper(LatencyHistory history) {
        this.history = history;
        this.thread = Thread.ofPlatform().name("latency-history").daemon().unstarted(this::run);
    }

    static HistoryKeeper start(HistogramArchive archive) {
        HistoryKeeper keeper = new HistoryKeeper(new LatencyHistory(archive, System::currentTimeMillis));
        keeper.thread.start();
        return keeper;
    }

    LatencyHistory history() {
        return history;
    }

    /** Turns in which the store refused; what it refused is tried again in the next. */
    long failures() {
        return failures;
    }

    private void run() {
        int turn = 0;
        try {
            do {
                keep(turn++ % EXPIRE_TURNS == 0);
            } while (!ended.await(TURN_MS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep(boolean expire) {
        try {
            history.store(false);
            while (ended.getCount() > 0 && history.rollUp()) {
                LOG.debug("a step of the latency history was rolled up");
            }
            if (expire) {
                history.expire();
            }
            failing = false;
        } catch (RuntimeException e) {
            failures = failures + 1;
            if (!failing) {
                LOG.error("the latency history cannot be stored; it is tried again every {} s", TURN_MS / 1_000, e);
            }
            failing = true;
        }
    }

    /** Does not interrupt: that would close the database's file under its feet. */
    @Override
    public void close() throws InterruptedException {
        ended.countDown();
        thread.join();
        history.store(true);
    }
}
