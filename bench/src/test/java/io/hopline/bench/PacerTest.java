package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PacerTest {
    private static final int BATCH = 32;
    private static final long US = 1_000;

    private final Pacer pacer = new Pacer(100_000, 5 * US);

    @Test
    void offersWhatTheRateAsksFor() {
        assertThat(pacer.due(5 * US, BATCH)).isZero();
        assertThat(pacer.due(14 * US, BATCH)).isZero();
        assertThat(pacer.due(15 * US, BATCH)).isEqualTo(1);
        pacer.sent(1);
        assertThat(pacer.due(15 * US, BATCH)).isZero();
        assertThat(pacer.due(105 * US, BATCH)).isEqualTo(9);
    }

    @Test
    void saysWhenTheNextFrameIsDue() {
        assertThat(pacer.untilNextNs(5 * US)).isEqualTo(10 * US);
        pacer.sent(3);
        assertThat(pacer.untilNextNs(5 * US)).isEqualTo(40 * US);
        assertThat(pacer.untilNextNs(50 * US)).isNotPositive();
    }

    @Test
    void makesUpForWhatItMissedButNotForMuch() {
        long lateNs = 5 * US + 50_000_000;
        int madeUpFor = 0;
        for (int due = pacer.due(lateNs, BATCH); due > 0; due = pacer.due(lateNs, BATCH)) {
            pacer.sent(due);
            madeUpFor += due;
        }
        assertThat(madeUpFor).isEqualTo((int) (Pacer.MAX_BEHIND_NS * 100_000 / 1_000_000_000));
        assertThat(pacer.due(lateNs + 10 * US, BATCH)).isEqualTo(1);
    }

    @Test
    void withoutARateEverythingIsDue() {
        var flood = new Pacer(0, 0);
        flood.sent(1_000_000);
        assertThat(flood.due(1, BATCH)).isEqualTo(BATCH);
        assertThat(flood.untilNextNs(1)).isZero();
    }
}
