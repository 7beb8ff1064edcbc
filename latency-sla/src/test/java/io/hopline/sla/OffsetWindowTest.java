package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Made-up exchanges over made-up ways, between clocks whose offset is known. */
class OffsetWindowTest {
    private static final long START_NS = 1_790_000_000_000_000_000L;
    private static final long PERIOD_NS = 250_000_000;

    private final OffsetWindow window = new OffsetWindow();
    private final Random random = new Random(7);

    /** Ways there and back of at least so long, and mostly longer. */
    private void exchange(long nowNs, long offsetNs, double drift, long thereNs, long backNs, long jitterNs) {
        long there = thereNs + jitter(jitterNs);
        long back = backNs + jitter(jitterNs);
        long t2 = nowNs + there;
        long t3 = t2 + 30_000;
        long t4 = t3 + back;
        window.add(nowNs, other(t2, offsetNs, drift), other(t3, offsetNs, drift), t4, 200);
    }

    private long jitter(long meanNs) {
        return meanNs == 0 ? 0 : Math.round(-Math.log(1 - random.nextDouble()) * meanNs);
    }

    private static long other(long ns, long offsetNs, double drift) {
        return ns + trueOffset(ns, offsetNs, drift);
    }

    private static long trueOffset(long ns, long offsetNs, double drift) {
        return offsetNs + Math.round((ns - START_NS) * drift);
    }

    @ParameterizedTest
    @CsvSource({
        // offset ns, drift, there ns, back ns, jitter ns, most error ns
        "0,                  0,     20000,   20000,      0,   25000",
        "5000000,            0,     20000,   20000,  50000,   60000",
        "-5000000,           0,     20000, 2000000,  50000, 1100000",
        "5000000,        50e-6,     20000,   20000,  50000,   80000",
        "-3600000000000, -400e-6, 2000000,   20000, 200000, 1400000",
        "86400000000000,  900e-6,  100000,  100000,  10000,  130000"
    })
    void theTrueOffsetAndDriftAreWithinTheStatedError(
            long offsetNs, double drift, long thereNs, long backNs, long jitterNs, long mostErrorNs) {
        for (int i = 0; i < 200; i++) {
            exchange(START_NS + i * PERIOD_NS, offsetNs, drift, thereNs, backNs, jitterNs);
            ClockOffset found = window.estimate().orElseThrow();
            assertThat(Math.abs(found.offsetNs() - trueOffset(found.atNs(), offsetNs, drift)))
                    .isLessThanOrEqualTo(found.errorNs());
            assertThat(Math.abs(found.driftPpb() - drift * 1e9)).isLessThanOrEqualTo(found.driftErrorPpb() + 1.0);
            long later = found.atNs() + 2_000_000_000L;
            assertThat(Math.abs(found.offsetNs(later) - trueOffset(later, offsetNs, drift)))
                    .isLessThanOrEqualTo(found.errorNs(later) + 1);
        }
        assertThat(window.estimate().orElseThrow().errorNs()).isLessThan(mostErrorNs);
        assertThat(window.size()).isEqualTo(OffsetWindow.MAX_EXCHANGES);
        assertThat(window.breaks()).isZero();
    }

    @Test
    void oneExchangeLeavesHalfItsRoundTripOpen() {
        window.add(1_000_000, 9_000_000, 9_100_000, 1_300_000, 0);
        ClockOffset found = window.estimate().orElseThrow();
        // Up to 8,000,000 as it was sent, 7,800,000 at least as it came: 100 us either side, and the drift of 300 us.
        assertThat(found.offsetNs()).isBetween(7_899_000L, 7_901_000L);
        assertThat(found.errorNs()).isBetween(100_000L, 101_000L);
        assertThat(found.atNs()).isEqualTo(1_300_000);
    }

    /** One quick way there and one quick way back do as well as one exchange that is quick both ways. */
    @Test
    void theShortestWaysThereAndBackNeedNotBeOfOneExchange() {
        for (int i = 0; i < 40; i++) {
            long now = START_NS + i * PERIOD_NS;
            exchange(now, 1_000, 0, i % 2 == 0 ? 10_000 : 900_000, i % 2 == 0 ? 900_000 : 10_000, 0);
        }
        assertThat(window.estimate().orElseThrow().errorNs()).isLessThan(60_000);
    }

    @Test
    void aClockThatIsSetIsFoundAnewAndWhatWasBeforeIsForgotten() {
        for (int i = 0; i < 30; i++) {
            exchange(START_NS + i * PERIOD_NS, 0, 0, 20_000, 20_000, 10_000);
        }
        assertThat(window.estimate().orElseThrow().errorNs()).isLessThan(40_000);
        long setNs = 70_000_000;
        exchange(START_NS + 30 * PERIOD_NS, setNs, 0, 20_000, 20_000, 10_000);
        ClockOffset found = window.estimate().orElseThrow();
        assertThat(Math.abs(found.offsetNs() - setNs)).isLessThanOrEqualTo(found.errorNs());
        assertThat(window.size()).isEqualTo(1);
        assertThat(window.breaks()).isEqualTo(30);
    }

    @Test
    void stampsThatContradictEachOtherLeaveNothing() {
        window.add(1_000, 500, 2_000, 1_200, 0);
        assertThat(window.estimate()).isEmpty();
        assertThat(window.breaks()).isEqualTo(1);
    }

    @Test
    void twoMeasurementsTogetherLeaveWhatNeitherRulesOut() {
        ClockOffset one = new ClockOffset(1_000_000_000, 1_000, 100, 0, 50);
        ClockOffset later = new ClockOffset(2_000_000_000, 1_180, 100, 20, 10);
        // 850 to 1150 by the first, a second later; 1080 to 1280 by the other. The drift: 10 to 30.
        assertThat(one.and(later)).isEqualTo(new ClockOffset(2_000_000_000, 1_115, 35, 20, 10));
        assertThat(later.and(one)).isEqualTo(one.and(later));
        ClockOffset set = new ClockOffset(3_000_000_000L, -7_000_000, 100, 20, 10);
        assertThat(later.and(set)).isEqualTo(set);
    }

    @Test
    void theOtherHostSeesTheSameFromTheOtherSide() {
        ClockOffset here = new ClockOffset(1_000_000_000, 5_000_000, 70, 20_000, 3_000);
        ClockOffset there = here.reversed();
        assertThat(there).isEqualTo(new ClockOffset(1_005_000_000, -5_000_000, 70, -20_000, 3_000));
        assertThat(there.reversed()).isEqualTo(here);
        assertThat(here.offsetNs(3_000_000_000L)).isEqualTo(5_040_000);
        assertThat(here.errorNs(3_000_000_000L)).isEqualTo(6_070);
        assertThat(here.errorNs(0)).isEqualTo(3_070);
    }
}
