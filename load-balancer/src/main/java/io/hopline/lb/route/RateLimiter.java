package io.hopline.lb.route;

import io.hopline.lb.config.RateLimit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Token buckets by the generic cell rate algorithm (ITU-T I.371): of each bucket only the time is kept at which it is full
 * again, so that a bucket is one number and an idle one is the same as none. All event loops share it, without locks.
 *
 * <p>Buckets of clients are kept in sets of eight, 65,536 in all: a new client takes the place of the one in its set that
 * is full soonest, which forgets little. Two event loops that meet in one bucket may let one request too many pass.
 */
public final class RateLimiter {
    private static final int WAYS = 8;
    private static final int SETS = 8192;
    private static final int RETRIES = 4;

    private final RateLimit limit;
    private final long intervalNs;
    private final long burstNs;
    private final AtomicLongArray tags;
    private final AtomicLongArray fullAt;

    RateLimiter(RateLimit limit, long nowNs) {
        this.limit = limit;
        this.intervalNs = Math.max(1, 1_000_000_000L / Math.max(1, limit.requestsPerSecond()));
        this.burstNs = intervalNs * limit.burst();
        int buckets = limit.per() == RateLimit.Per.CLIENT ? SETS * WAYS : 1;
        this.tags = new AtomicLongArray(buckets);
        this.fullAt = new AtomicLongArray(buckets);
        for (int i = 0; i < buckets; i++) {
            fullAt.setPlain(i, nowNs);
        }
    }

    RateLimit limit() {
        return limit;
    }

    /**
     * Lets a request pass, or says how long it would have to wait.
     *
     * @param client a well-mixed number of the client; ignored when the route has one bucket
     * @param nowNs System.nanoTime()
     * @return 0 when it may pass, else nanoseconds
     */
    public long pass(long client, long nowNs) {
        int bucket = limit.per() == RateLimit.Per.CLIENT ? bucketOf(client, nowNs) : 0;
        for (int i = 0; ; i++) {
            long full = fullAt.get(bucket);
            long next = Math.max(full - nowNs, 0) + intervalNs;
            if (next > burstNs) {
                return next - burstNs;
            }
            if (fullAt.compareAndSet(bucket, full, nowNs + next) || i == RETRIES) {
                return 0;
            }
        }
    }

    private int bucketOf(long client, long nowNs) {
        long tag = client == 0 ? 1 : client;
        int first = (int) (tag >>> 32 & SETS - 1) * WAYS;
        int soonest = first;
        for (int i = first; i < first + WAYS; i++) {
            if (tags.get(i) == tag) {
                return i;
            }
            if (fullAt.get(i) - fullAt.get(soonest) < 0) {
                soonest = i;
            }
        }
        fullAt.set(soonest, nowNs);
        tags.set(soonest, tag);
        return soonest;
    }
}
