package io.hopline.lb.counters;

import java.util.concurrent.atomic.LongAdder;

/** What was done with one backend, or one route; every event loop adds to it. */
public final class BackendTally {
    private final LongAdder[] byClass = {new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()};
    private final LongAdder active = new LongAdder();
    private final LongAdder connections = new LongAdder();
    private final LongAdder waiting = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder ejections = new LongAdder();
    private final LongAdder noWebSocket = new LongAdder();
    private final LongAdder tookNs = new LongAdder();

    public void begun() {
        active.increment();
    }

    public void ended() {
        active.decrement();
    }

    /** Connections came or went. */
    public void connections(int more) {
        connections.add(more);
    }

    /** Requests began or ceased to wait for a connection. */
    public void waiting(int more) {
        waiting.add(more);
    }

    public void failed() {
        failures.increment();
    }

    public void ejected() {
        ejections.increment();
    }

    public void lacksWebSockets() {
        noWebSocket.increment();
    }

    /** @param ns from the choice of the backend to the first byte of its answer */
    public void answered(int status, long ns) {
        byClass[Math.clamp(status / 100 - 2, 0, 3)].increment();
        tookNs.add(ns);
    }

    public BackendCounters snapshot(String name) {
        return new BackendCounters(
                name,
                active.sum(),
                connections.sum(),
                waiting.sum(),
                byClass[0].sum(),
                byClass[1].sum(),
                byClass[2].sum(),
                byClass[3].sum(),
                failures.sum(),
                ejections.sum(),
                noWebSocket.sum(),
                tookNs.sum());
    }
}
