package io.hopline.lb.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.lb.config.RateLimit;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private static final long START = -5_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    @Test
    void passesABurstAndThenTheRate() {
        RateLimiter limiter = new RateLimiter(new RateLimit(10, 5, RateLimit.Per.ROUTE), START);
        for (int i = 0; i < 5; i++) {
            assertThat(limiter.pass(i, START)).isZero();
        }
        assertThat(limiter.pass(9, START)).isEqualTo(SECOND / 10);
        assertThat(limiter.pass(9, START + SECOND / 10)).isZero();
        assertThat(limiter.pass(9, START + SECOND / 10)).isPositive();
        long passed = 0;
        for (long now = START + SECOND; now < START + 11 * SECOND; now += SECOND / 1000) {
            passed += limiter.pass(1, now) == 0 ? 1 : 0;
        }
        assertThat(passed).isBetween(100L, 105L);
    }

    @Test
    void countsClientsApart() {
        RateLimiter limiter = new RateLimiter(new RateLimit(1, 1, RateLimit.Per.CLIENT), START);
        SplittableRandom random = new SplittableRandom(7);
        long[] clients = random.longs(1000).toArray();
        for (long client : clients) {
            assertThat(limiter.pass(client, START)).isZero();
        }
        for (long client : clients) {
            assertThat(limiter.pass(client, START)).isPositive();
        }
        for (long client : clients) {
            assertThat(limiter.pass(client, START + SECOND)).isZero();
        }
    }

    /** More clients than buckets: memory stays, and nobody is held up for another's requests. */
    @Test
    void newClientsTakeThePlaceOfOldOnes() {
        RateLimiter limiter = new RateLimiter(new RateLimit(1, 1, RateLimit.Per.CLIENT), START);
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 200_000; i++) {
            assertThat(limiter.pass(random.nextLong(), START)).isZero();
        }
    }
}
