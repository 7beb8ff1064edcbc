package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuestKernelTest {
    private static final long US = 1_000;
    private static final int LONGEST = GuestKernel.STATES - 1;

    private final GuestKernel guest = new GuestKernel();

    @ParameterizedTest
    @CsvSource({"1050,0", "1100,1", "1124,1", "1125,2", "1199,2", "1200,3", "27000,7", "900000,7"})
    void itsStateIsHowLongItHasBeenIdle(long atUs, int state) {
        guest.served(100 * US, 200 * US);
        guest.served(1_000 * US, 1_100 * US);
        assertThat(guest.state(atUs * US)).isEqualTo(state);
    }

    @Test
    void ofAGuestThatServedNothingYetItIsTheLongest() {
        assertThat(guest.state(1_795_416_459_932_771_191L)).isEqualTo(LONGEST);
    }

    @Test
    void manyRequestsLaterItIsBusyStillWithOneThatTakesLong() {
        guest.served(0, 10_000 * US);
        for (int i = 0; i < 31; i++) {
            guest.served(i * 100 * US, (i * 100 + 50) * US);
        }
        assertThat(guest.state(9_000 * US)).isEqualTo(GuestKernel.BUSY);
        guest.served(8_000 * US, 8_001 * US);
        assertThat(guest.state(9_000 * US)).isNotEqualTo(GuestKernel.BUSY);
    }

    @Test
    void timesOfAStateStandForItAndForStatesOfWhichNothingIsKnown() {
        assertThat(guest.acknowledgesNs(3)).isEmpty();
        for (int ns = 1; ns <= 5; ns++) {
            guest.acknowledged(GuestKernel.BUSY, ns * US, ns * LatestMedian.APART_NS);
            guest.acknowledged(5, ns * 10 * US, ns * LatestMedian.APART_NS);
        }
        assertThat(guest.acknowledgesNs(GuestKernel.BUSY)).hasValue(3 * US);
        assertThat(guest.acknowledgesNs(2)).hasValue(3 * US);
        assertThat(guest.acknowledgesNs(3)).hasValue(30 * US);
        assertThat(guest.acknowledgesNs(LONGEST)).hasValue(30 * US);
    }

    @Test
    void whatIsKnownFollowsTheGuest() {
        long atNs = 0;
        for (int i = 0; i < 1_000; i++, atNs += LatestMedian.APART_NS) {
            guest.acknowledged(4, 50 * US, atNs);
        }
        for (int i = 0; i < 1_000; i++) {
            guest.acknowledged(4, US, atNs + i);
        }
        assertThat(guest.acknowledgesNs(4))
                .as("a burst says no more than one time")
                .hasValue(50 * US);
        for (int i = 0; i <= LatestMedian.KEPT / 2; i++, atNs += LatestMedian.APART_NS) {
            guest.acknowledged(4, 5 * US, atNs);
        }
        assertThat(guest.acknowledgesNs(4)).hasValue(5 * US);
    }
}
