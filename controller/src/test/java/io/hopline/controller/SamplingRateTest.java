package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SamplingRateTest {
    private static final long PERIOD_NS = SamplingRate.PERIOD_S * 1_000_000_000L;

    private final List<Integer> told = new ArrayList<>();
    private long nowNs = -17;
    private final SamplingRate rate = new SamplingRate(OptionalInt.empty(), nowNs, told::add);

    /** Lets a period pass in which the hosts' timing looked at so many frames a second. */
    private void period(double... framesPerS) {
        for (int host = 0; host < framesPerS.length; host++) {
            rate.seen("h" + host, (long) (framesPerS[host] * SamplingRate.PERIOD_S));
        }
        rate.advance(nowNs + PERIOD_NS - 1);
        nowNs += PERIOD_NS;
        rate.advance(nowNs);
    }

    @Test
    void beginsWithAllAndStaysWhileThatIsCheap() {
        period(SamplingRate.BUDGET_PER_S);
        period();
        assertThat(rate.oneIn()).isEqualTo(1);
        assertThat(told).isEmpty();
    }

    @Test
    void theBusiestHostDecides() {
        period(100, 3.5 * SamplingRate.BUDGET_PER_S, 200);
        assertThat(rate.oneIn()).isEqualTo(4);
        assertThat(told).containsExactly(4);
    }

    @Test
    void timesMoreAgainByHalvesOnceThatIsCheap() {
        period(16 * SamplingRate.BUDGET_PER_S);
        assertThat(rate.oneIn()).isEqualTo(16);
        period(0.26 * SamplingRate.BUDGET_PER_S);
        assertThat(rate.oneIn())
                .as("twice as much would be more than half the budget")
                .isEqualTo(16);
        period(0.25 * SamplingRate.BUDGET_PER_S);
        period();
        assertThat(told).containsExactly(16, 8, 4);
    }

    @Test
    void isNeverLessThanWhatAProbesPortsAreSampledBy() {
        period(1e12);
        assertThat(rate.oneIn()).isEqualTo(PathProbe.SAMPLE_ONE_IN);
    }

    @Test
    void whoFixedItKeepsIt() {
        var fixed = new SamplingRate(OptionalInt.of(8), 0, told::add);
        fixed.seen("h", 1_000_000_000);
        fixed.advance(PERIOD_NS);
        fixed.advance(3 * PERIOD_NS);
        assertThat(fixed.oneIn()).isEqualTo(8);
        assertThat(told).isEmpty();
    }

    @Test
    void aRateThatIsNotAcceptedIsTakenBack() {
        SamplingRate refused = new SamplingRate(OptionalInt.empty(), 0, oneIn -> {
            throw new IllegalStateException("the store is full");
        });
        refused.seen("a", (long) (3.5 * SamplingRate.BUDGET_PER_S * SamplingRate.PERIOD_S));
        assertThatThrownBy(() -> refused.advance(PERIOD_NS)).hasMessage("the store is full");
        assertThat(refused.oneIn()).isEqualTo(1);
    }
}
