package io.hopline.node;

import io.hopline.sla.PeerClock;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the controller every second what this host knows of the others' clocks. One thread; what the controller does not
 * get is told anew, and better, the next time.
 */
final class HostReporter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostReporter.class);
    private static final int PERIOD_MS = 1000;

    private final ControllerClient controller;
    private final Supplier<List<PeerClock>> clocks;
    private final Thread thread =
            Thread.ofPlatform().daemon().name("host-reporter").unstarted(this::run);

    HostReporter(ControllerClient controller, Supplier<List<PeerClock>> clocks) {
        this.controller = controller;
        this.clocks = clocks;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PERIOD_MS);
                report();
            }
        } catch (InterruptedException e) {
            LOG.debug("stopped");
        }
    }

    private void report() throws InterruptedException {
        try {
            List<PeerClock> readings = clocks.get();
            if (!readings.isEmpty()) {
                controller.reportClocks(readings);
            }
        } catch (IOException e) {
            LOG.debug("the controller was not told of the clocks: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
