package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RingPauseTest {
    private final RingPause pause = new RingPause(2, 64, 256);

    @Test
    void growsStepByStepWhileLittleComes() {
        assertThat(new long[] {
                    pause.after(0), pause.after(1), pause.after(0), pause.after(1), pause.after(0), pause.after(0)
                })
                .containsExactly(4, 8, 16, 32, 64, 64);
    }

    @Test
    void findsTheTimeInWhichAsManyComeAsAreWanted() {
        long now = 2;
        for (int look = 0; look < 20; look++) {
            now = pause.after((int) (10 * now));
        }
        assertThat(10 * now).isBetween(200L, 256L);
    }

    @Test
    void shortensAtOnceWhenMoreComesThanWasExpected() {
        for (int look = 0; look < 10; look++) {
            pause.after(0);
        }
        assertThat(pause.after(1024)).isEqualTo(16);
        assertThat(pause.after(1024)).isEqualTo(4);
        assertThat(pause.after(1024)).isEqualTo(2);
    }
}
