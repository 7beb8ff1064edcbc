package io.hopline.lb.route;

import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.counters.BackendTally;

/**
 * What one event loop knows of a backend: its requests under way, how soon its answers begin, how often it failed.
 * Outlives changes of the configuration that keep the backend. Event loop only.
 *
 * <p>The latency is a peak EWMA: a slower answer counts at once, faster ones win by and by, and what is not asked is
 * forgotten, so that it is asked again.
 */
public final class BackendLoad {
    /** A full share; a backend that has just come has less. */
    static final int FULL_RAMP = 64;

    private static final double FORGET_NS = 10e9;
    /** What a backend that never answered costs for each request under way: more than any that did. */
    private static final double UNKNOWN_COST_NS = 1e12;

    private final ProxyBackend backend;
    private final OutlierDetector outlier;
    private final BackendTally tally;
    private int active;
    private double latencyNs;
    private long latencyStampNs;
    private long slowStartNs;
    private long joinedNs;

    public BackendLoad(ProxyBackend backend, OutlierDetector outlier, BackendTally tally) {
        this.backend = backend;
        this.outlier = outlier;
        this.tally = tally;
    }

    public ProxyBackend backend() {
        return backend;
    }

    public OutlierDetector outlier() {
        return outlier;
    }

    /** A try of a request brought no answer. */
    public void failed(long nowNs) {
        tally.failed();
        judge(false, nowNs);
    }

    /** A WebSocket was not asked for, because the backend does not take one. That is no failure: others are asked. */
    public void lacksWebSockets() {
        tally.lacksWebSockets();
    }

    /** An answer began so long after its request was given to this backend. */
    public void answered(int status, long tookNs, long nowNs) {
        tally.answered(status, tookNs);
        observe(tookNs, nowNs);
        judge(status < 500, nowNs);
    }

    private void judge(boolean good, long nowNs) {
        if (good) {
            outlier.succeeded();
        } else if (outlier.failed(nowNs)) {
            tally.ejected();
        }
    }

    /** Requests on their way to this backend or being answered by it. */
    public int active() {
        return active;
    }

    public void begun() {
        active++;
        tally.begun();
    }

    public void ended() {
        active--;
        tally.ended();
    }

    /**
     * It came at {@code sinceNs}, so that its share grows for {@code durationNs}.
     *
     * @param sinceNs System.nanoTime(), or 0 when it was there from the beginning
     * @param durationNs 0 for a full share at once
     */
    public void joined(long sinceNs, long durationNs) {
        if (sinceNs != joinedNs) {
            joinedNs = sinceNs;
            slowStartNs = durationNs;
        }
    }

    /** 1 to {@link #FULL_RAMP}: how much of its share it takes now. */
    int ramp(long nowNs) {
        if (slowStartNs == 0) {
            return FULL_RAMP;
        }
        long sinceNs = Math.max(0, nowNs - joinedNs);
        if (sinceNs >= slowStartNs) {
            slowStartNs = 0;
            return FULL_RAMP;
        }
        return (int) Math.max(1, (long) (FULL_RAMP * ((double) sinceNs / slowStartNs)));
    }

    /** The latency of an answer. */
    void observe(long tookNs, long nowNs) {
        double kept = remembered(nowNs);
        latencyNs = tookNs > latencyNs * kept ? tookNs : latencyNs * kept + tookNs * (1 - kept);
        latencyStampNs = nowNs;
    }

    /** How long one more request would take here, in nanoseconds; only good for comparing. */
    double cost(long nowNs) {
        if (latencyStampNs == 0) {
            return active * UNKNOWN_COST_NS;
        }
        return latencyNs * remembered(nowNs) * (active + 1);
    }

    private double remembered(long nowNs) {
        return Math.exp(-Math.max(0, nowNs - latencyStampNs) / FORGET_NS);
    }
}
