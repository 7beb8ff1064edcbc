package io.hopline.node;

import io.hopline.sla.HostCost;
import io.hopline.sla.HostPressure;
import io.hopline.sla.PeerClock;
import io.hopline.sla.SampleCounts;
import io.hopline.vswitch.ConnectionCount;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has this host looked at every second, for the node's metrics, and tells the controller: every second what it knows of the
 * others' clocks and how many connections each server has, every {@value #SAMPLE_PERIODS} seconds what pressed it and what its guests cost. One thread; what the controller does not get is
 * lost, but for the clocks, which are told anew.
 */
final class HostReporter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostReporter.class);
    private static final int PERIOD_MS = 1000;
    private static final int SAMPLE_PERIODS = 10;

    private final Optional<ControllerClient> controller;
    private final PressureSampler pressure;
    private final CostSampler costs;
    private final Thread thread =
            Thread.ofPlatform().daemon().name("host-reporter").unstarted(this::run);
    private volatile Supplier<List<PeerClock>> clocks = List::of;
    private volatile Supplier<List<ConnectionCount>> connections = List::of;
    private volatile Supplier<Map<String, String>> unpublished = Map::of;
    private volatile Consumer<List<ConnectionCount>> end = servers -> {};
    private volatile Supplier<SampleCounts> samples = () -> SampleCounts.NONE;
    private SampleCounts samplesTold = SampleCounts.NONE;

    /** @param controller empty for a host that only shows its own metrics */
    HostReporter(Optional<ControllerClient> controller, PressureSampler pressure, CostSampler costs) {
        this.controller = controller;
        this.pressure = pressure;
        this.costs = costs;
    }

    void start() {
        thread.start();
    }

    /** Says where the others' clocks are known from now on. */
    void clocks(Supplier<List<PeerClock>> readings) {
        clocks = readings;
    }

    /**
     * Says where connections are counted from now on.
     *
     * @param endThose told of servers that no service has any more, whose connections are to end
     */
    void connections(Supplier<List<ConnectionCount>> counts, Consumer<List<ConnectionCount>> endThose) {
        connections = counts;
        end = endThose;
    }

    /** Says who knows from now on which services are not published, and why. */
    void unpublished(Supplier<Map<String, String>> services) {
        unpublished = services;
    }

    /** Says where samples are counted from now on. */
    void samples(Supplier<SampleCounts> counts) {
        samples = counts;
    }

    private HostPressure withSamples(HostPressure sample) {
        SampleCounts now = samples.get();
        HostPressure with = sample.with(now.since(samplesTold));
        samplesTold = now;
        return with;
    }

    private void run() {
        try {
            for (int period = 1; true; period++) {
                Thread.sleep(PERIOD_MS);
                tellClocks();
                tellConnections();
                if (period % SAMPLE_PERIODS == 0) {
                    tellPressure(withSamples(pressure.sample()));
                    tellCost(costs.sample());
                } else {
                    pressure.look();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("stopped");
        }
    }

    private void tellClocks() throws InterruptedException {
        List<PeerClock> readings = clocks.get();
        if (controller.isEmpty() || readings.isEmpty()) {
            return;
        }
        try {
            controller.get().reportClocks(readings);
        } catch (IOException e) {
            LOG.debug("the controller was not told of the clocks: {}", e.getMessage());
        }
    }

    private void tellConnections() throws InterruptedException {
        if (controller.isEmpty()) {
            return;
        }
        try {
            List<ConnectionCount> ended = controller.get().reportConnections(connections.get(), unpublished.get());
            if (!ended.isEmpty()) {
                end.accept(ended);
            }
        } catch (IOException e) {
            LOG.debug("the controller was not told of the connections: {}", e.getMessage());
        }
    }

    private void tellPressure(HostPressure sample) throws InterruptedException {
        if (controller.isEmpty()) {
            return;
        }
        try {
            controller.get().reportPressure(sample);
        } catch (IOException e) {
            LOG.debug("the controller was not told of the pressure: {}", e.getMessage());
        }
    }

    private void tellCost(HostCost sample) throws InterruptedException {
        if (controller.isEmpty()) {
            return;
        }
        try {
            controller.get().reportCost(sample);
        } catch (IOException e) {
            LOG.debug("the controller was not told of the guests' cost: {}", e.getMessage());
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
