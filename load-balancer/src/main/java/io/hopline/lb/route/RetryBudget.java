package io.hopline.lb.route;

import io.hopline.lb.config.RetryPolicy;

/**
 * How many retries one event loop may still make: a share of the requests of the last ten seconds and a few more, so that
 * a service that fails as a whole is not asked several times as much. Event loop only.
 */
public final class RetryBudget {
    private static final int SLOTS = 10;
    private static final long SLOT_NS = 1_000_000_000L;

    private final long[] requests = new long[SLOTS];
    private final long[] retries = new long[SLOTS];
    private long requestSum;
    private long retrySum;
    private long slot;

    public void request(long nowNs) {
        advance(nowNs);
        requests[(int) Math.floorMod(slot, (long) SLOTS)]++;
        requestSum++;
    }

    /** Takes one retry if there is one left. */
    public boolean take(RetryPolicy policy, long nowNs) {
        advance(nowNs);
        double allowed = policy.budgetMinPerSecond() * (double) SLOTS + requestSum * (policy.budgetPercent() / 100.0);
        if (retrySum + 1 > allowed) {
            return false;
        }
        retries[(int) Math.floorMod(slot, (long) SLOTS)]++;
        retrySum++;
        return true;
    }

    private void advance(long nowNs) {
        long now = Math.floorDiv(nowNs, SLOT_NS);
        if (now <= slot) {
            return;
        }
        for (long next = Math.max(slot + 1, now - SLOTS + 1); next <= now; next++) {
            int index = (int) Math.floorMod(next, (long) SLOTS);
            requestSum -= requests[index];
            retrySum -= retries[index];
            requests[index] = 0;
            retries[index] = 0;
        }
        slot = now;
    }
}
