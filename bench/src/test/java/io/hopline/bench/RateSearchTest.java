package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateSearchTest {
    private static final int TRIALS = 8;

    private final List<Double> tried = new ArrayList<>();

    /** Carries so many frames a second and loses the rest. */
    private RateSearch.Device carries(double limit) {
        return rate -> {
            tried.add(rate);
            return new UdpTrial(Math.round(rate), Math.round(Math.min(rate, limit)), 1);
        };
    }

    @ParameterizedTest
    @ValueSource(doubles = {20_000, 90_000, 100_000, 130_000, 155_000})
    void findsWhatTheDeviceCarries(double limit) throws Exception {
        double found = new RateSearch(carries(limit), TRIALS).highest(100_000);
        assertThat(found).isCloseTo(limit, within(2_500.0)).isLessThanOrEqualTo(limit);
    }

    @Test
    void beginsAtTheGivenRateAndTriesNoMoreThanItMay() throws Exception {
        new RateSearch(carries(1), 5).highest(64_000);
        // Each rate fails, and so each is tried twice.
        assertThat(tried).containsExactly(64e3, 64e3, 32e3, 32e3, 16e3, 16e3, 8e3, 8e3, 4e3, 4e3);
    }

    @Test
    void aTrialThatFailsOnceIsForgiven() throws Exception {
        RateSearch.Device hiccup = rate -> {
            tried.add(rate);
            long sent = Math.round(rate);
            return new UdpTrial(sent, tried.size() == 1 ? sent / 2 : sent, 1);
        };
        assertThat(new RateSearch(hiccup, 1).highest(50_000)).isEqualTo(50_000);
    }

    @Test
    void endsWhereTheSenderEnds() throws Exception {
        RateSearch.Device slowSender = rate -> {
            tried.add(rate);
            long sent = Math.round(Math.min(rate, 60_000));
            return new UdpTrial(sent, sent, 1);
        };
        assertThat(new RateSearch(slowSender, TRIALS).highest(100_000)).isEqualTo(60_000);
        assertThat(tried).hasSize(2);
    }

    @Test
    void aDeviceThatCarriesNothingCarriesNothing() throws Exception {
        assertThat(new RateSearch(carries(0), TRIALS).highest(1_000)).isZero();
    }

    @Test
    void oneInAThousandMayBeLost() throws Exception {
        RateSearch.Device leaky = rate -> new UdpTrial(1_000_000, 999_000, 1);
        assertThat(new RateSearch(leaky, 1).highest(10)).isEqualTo(999_000);
        RateSearch.Device leakier = rate -> new UdpTrial(1_000_000, 998_999, 1);
        assertThat(new RateSearch(leakier, 1).highest(10)).isZero();
    }
}
