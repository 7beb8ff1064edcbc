package io.hopline.lb.route;

import io.hopline.lb.config.OutlierPolicy;

/** Counts one backend's failures in a row on one event loop, and keeps it out for a while when they are too many. */
public final class OutlierDetector {
    /** Those ejected on this event loop, for the most that may be. */
    public static final class Ward {
        private OutlierPolicy policy = OutlierPolicy.DEFAULT;
        private int backends;
        private int ejected;
        private long ejections;

        /** What holds from now on. */
        public void adopt(OutlierPolicy newPolicy, int backendCount) {
            policy = newPolicy;
            backends = backendCount;
        }

        /** How many are out now; one whose time is over counts until it is asked for. */
        public int ejected() {
            return ejected;
        }

        /** Ejections so far. */
        public long ejections() {
            return ejections;
        }

        private boolean hasRoom() {
            return (ejected + 1) * 100L <= (long) backends * policy.maxEjectedPercent();
        }
    }

    private final Ward ward;
    private int failures;
    private int timesEjected;
    private long until;
    private boolean out;

    public OutlierDetector(Ward ward) {
        this.ward = ward;
    }

    /** True while it is to get no requests. */
    public boolean ejected(long nowNs) {
        if (out && nowNs - until >= 0) {
            out = false;
            ward.ejected--;
        }
        return out;
    }

    /** It answered as it should. */
    void succeeded() {
        failures = 0;
    }

    /** It answered 5xx, or not at all; true when that ejects it. */
    boolean failed(long nowNs) {
        failures++;
        int limit = ward.policy.consecutiveFailures();
        if (limit > 0 && failures >= limit && !ejected(nowNs) && ward.hasRoom()) {
            long maxNs = ward.policy.maxEjectionMs() * 1_000_000L;
            timesEjected = timesEjected > 0 && nowNs - until < maxNs ? timesEjected + 1 : 1;
            out = true;
            failures = 0;
            ward.ejected++;
            ward.ejections++;
            until = nowNs + Math.min(ward.policy.ejectionMs() * 1_000_000L * timesEjected, maxNs);
            return true;
        }
        return false;
    }

    /** The backend is gone from the configuration. */
    public void retire() {
        if (out) {
            out = false;
            ward.ejected--;
        }
    }
}
