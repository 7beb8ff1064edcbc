package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClockTest {
    @Test
    void realtimeIsWhatJavaCallsNow() {
        long before = System.currentTimeMillis();
        long ns = Clock.realtimeNs();
        long after = System.currentTimeMillis();
        assertThat(ns / 1_000_000).isBetween(before, after);
    }

    @Test
    void monotonicNeverGoesBack() {
        long last = Clock.monotonicNs();
        for (int i = 0; i < 10_000; i++) {
            long now = Clock.monotonicNs();
            assertThat(now).isGreaterThanOrEqualTo(last);
            last = now;
        }
    }
}
