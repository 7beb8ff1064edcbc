package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplesTest {
    private final Samples samples = new Samples();

    @Test
    void theMedianIsTheMiddleOne() {
        assertThat(Spread.of(List.of(9.0, 1.0, 5.0))).isEqualTo(new Spread(5, 1, 9));
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
        assertThat(Spread.of(List.of(4.0, 1.0, 2.0, 100.0))).isEqualTo(new Spread(3, 1, 100));
    }

    @Test
    void nothingHasNoMedian() {
        assertThatThrownBy(() -> Spread.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThat(samples.spread(Metric.TCP_1, "hopline")).isEmpty();
    }

    @Test
    void ratiosAreOfMedians() {
        for (double value : new double[] {8, 10, 30}) {
            samples.add(Metric.TCP_1, "hopline", value);
        }
        samples.add(Metric.TCP_1, "ovs", 4);
        assertThat(samples.ratio(Metric.TCP_1, "hopline", "ovs")).hasValue(2.5);
    }

    @Test
    void thereIsNoRatioOverNothing() {
        samples.add(Metric.TCP_1, "hopline", 3);
        samples.add(Metric.TCP_1, "ovs", 0);
        assertThat(samples.ratio(Metric.TCP_1, "hopline", "ovs")).isEmpty();
        assertThat(samples.ratio(Metric.TCP_1, "hopline", "linux-bridge")).isEmpty();
    }

    @Test
    void whatOnlyExplainsIsNotCompared() {
        samples.add(Metric.TCP_1_RETRANSMITS, "hopline", 3);
        samples.add(Metric.TCP_1_RETRANSMITS, "ovs", 6);
        assertThat(samples.ratio(Metric.TCP_1_RETRANSMITS, "hopline", "ovs")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "3, 3",
        "0.0889, 0.089",
        "1.072, 1.07",
        "12.649, 12.6",
        "359.4, 359",
        "1234567, 1234567",
        "81, 81"
    })
    void figuresHaveThreeDigits(double value, String text) {
        assertThat(Figures.text(value)).isEqualTo(text);
    }

    @Test
    void aRangeIsShownWhereThereIsOne() {
        assertThat(Figures.text(new Spread(5, 1, 9))).isEqualTo("5 (1-9)");
        assertThat(Figures.text(new Spread(5, 5, 5))).isEqualTo("5");
    }
}
