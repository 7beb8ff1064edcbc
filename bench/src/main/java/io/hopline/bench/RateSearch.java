package io.hopline.bench;

/**
 * The highest rate without loss, by bisection (RFC 2544 section 26.1, with {@value #MAX_LOSS} as what counts as no loss:
 * on a machine whose cores are shared, a single scheduling hiccup loses a few frames of a million). A trial that fails is
 * repeated once, for the same reason.
 */
final class RateSearch {
    /** Share of the frames that may be lost. */
    static final double MAX_LOSS = 0.001;

    /** The first trial passed: the search goes on up to so many times its rate. */
    private static final double HEADROOM = 1.6;

    /** A sender that offers less than this share of what it was asked for is at its end. */
    private static final double SENDER_AT_END = 0.8;

    /** One trial may have been short because the sender was not scheduled; so many in a row were not. */
    private static final int TIMES_AT_END = 2;

    private static final double RESOLUTION = 0.02;

    private final Device device;
    private final int trials;

    /** What is searched. */
    @FunctionalInterface
    interface Device {
        UdpTrial trial(double framesPerSecond) throws Exception;
    }

    /** @param trials most rates that are tried */
    RateSearch(Device device, int trials) {
        this.device = device;
        this.trials = trials;
    }

    /**
     * Searches.
     *
     * @param first rate of the first trial, best what arrives of a flood
     * @return frames a second that arrived in the best trial that lost none; 0 when each lost some
     */
    double highest(double first) throws Exception {
        double low = 0;
        double high = first * HEADROOM;
        double best = 0;
        double rate = first;
        int atEnd = 0;
        for (int i = 0; i < trials && high - low > RESOLUTION * high; i++) {
            UdpTrial trial = attempt(rate);
            if (passes(trial)) {
                best = Math.max(best, trial.receivedPerSecond());
                low = rate;
                atEnd = trial.offeredPerSecond() < SENDER_AT_END * rate ? atEnd + 1 : 0;
                if (atEnd == TIMES_AT_END) {
                    return best;
                }
            } else {
                high = rate;
            }
            rate = (low + high) / 2;
        }
        return best;
    }

    private UdpTrial attempt(double rate) throws Exception {
        UdpTrial trial = device.trial(rate);
        return passes(trial) ? trial : device.trial(rate);
    }

    private static boolean passes(UdpTrial trial) {
        return trial.received() > 0 && trial.loss() <= MAX_LOSS;
    }
}
