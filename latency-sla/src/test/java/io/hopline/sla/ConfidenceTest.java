package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalLong;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfidenceTest {
    private static Histogram ranks(int count) {
        Histogram histogram = new Histogram(5);
        for (int rank = 1; rank <= count; rank++) {
            histogram.recordValue(rank);
        }
        return histogram;
    }

    /** Ranks of the distribution-free 95 % interval: the median's as in Conover's and Hahn and Meeker's tables. */
    @ParameterizedTest
    @CsvSource({"6,50,1,6", "10,50,2,9", "20,50,6,15", "50,50,18,33", "100,50,40,61", "100,90,84,96", "1000,99,983,997"
    })
    void knownRanks(int count, double percentile, long low, long high) {
        Confidence.Interval interval = Confidence.of(ranks(count), percentile, 1);
        assertThat(interval.lowNs()).isEqualTo(low);
        assertThat(interval.highNs()).hasValue(high);
    }

    @ParameterizedTest
    @CsvSource({
        "5,50,false",
        "6,50,true",
        "367,99,false",
        "368,99,true",
        "3687,99.9,false",
        "3688,99.9,true",
        "0,50,false"
    })
    void tooFewGiveNoUpperBound(int count, double percentile, boolean bounded) {
        assertThat(Confidence.bounded(count, percentile)).isEqualTo(bounded);
        assertThat(Confidence.of(ranks(count), percentile, 1).highNs().isPresent())
                .isEqualTo(bounded);
    }

    @Test
    void alikeRequestsCountAsFewer() {
        Confidence.Interval alone = Confidence.of(ranks(10_000), 90, 1);
        Confidence.Interval alike = Confidence.of(ranks(10_000), 90, 4);
        double ratio = (double) (alike.highNs().orElseThrow() - alike.lowNs())
                / (alone.highNs().orElseThrow() - alone.lowNs());
        assertThat(ratio).isCloseTo(2, within(0.1));
        assertThat(Confidence.of(ranks(4_000), 99.9, 4).highNs()).isEqualTo(OptionalLong.empty());
    }

    @Test
    void summedAndNormalMeet() {
        assertThat(Confidence.atLeast(50_100, 0.01, 0.975))
                .isCloseTo(Confidence.atLeast(49_900, 0.01, 0.975), within(4L));
        assertThat(Confidence.below(50_100, 0.01, 0.025)).isCloseTo(Confidence.below(49_900, 0.01, 0.025), within(4L));
    }

    /** Of many samples of a known distribution about 95 % of the intervals hold the true percentile. */
    @Test
    void coversTheTruthAsOftenAsItSays() {
        Random random = new Random(11);
        double trueP99 = -Math.log(0.01) * 1_000_000;
        int held = 0;
        for (int run = 0; run < 400; run++) {
            Histogram sample = new Histogram(4);
            for (int i = 0; i < 2_000; i++) {
                sample.recordValue((long) (-Math.log(1 - random.nextDouble()) * 1_000_000));
            }
            Confidence.Interval interval = Confidence.of(sample, 99, 1);
            if (interval.lowNs() <= trueP99 && trueP99 <= interval.highNs().orElseThrow()) {
                held++;
            }
        }
        assertThat(held).isBetween(370, 398);
    }
}
