package io.hopline.cli;

import java.util.SplittableRandom;

/**
 * When requests are to be sent. The times are fixed before the first one, so that a slow answer cannot delay the next
 * question: whoever waits counts from the planned time (coordinated omission).
 *
 * @param requests how many
 * @param ratePerSecond mean rate of the Poisson process the planned times are drawn from
 * @param connections how many are open at once; one request is on each at a time
 * @param requestsPerConnection after so many a connection is closed and made anew
 * @param timeoutMs how long one response may take before it counts as an error
 * @param seed of the planned times
 */
record LoadPlan(
        int requests, double ratePerSecond, int connections, int requestsPerConnection, int timeoutMs, long seed) {
    LoadPlan {
        require(requests >= 1 && requests <= 10_000_000, "--requests: 1 to 10000000 are possible, not " + requests);
        require(
                ratePerSecond > 0 && ratePerSecond <= 1e6,
                "--rate: more than 0 a second is wanted, not " + ratePerSecond);
        require(connections >= 1 && connections <= 1024, "connections: 1 to 1024 are possible, not " + connections);
        require(requestsPerConnection >= 1, "requests per connection: at least 1 is wanted");
        require(timeoutMs >= 1, "timeout: at least 1 ms is wanted");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    static LoadPlan of(int requests, double ratePerSecond) {
        return new LoadPlan(requests, ratePerSecond, 16, 20, 5_000, 1);
    }

    /** Planned send times, nanoseconds from the start, ascending. */
    long[] plannedNs() {
        var random = new SplittableRandom(seed);
        var planned = new long[requests];
        double at = 0;
        for (int i = 0; i < requests; i++) {
            planned[i] = (long) at;
            at += -Math.log(1 - random.nextDouble()) / ratePerSecond * 1e9;
        }
        return planned;
    }
}
