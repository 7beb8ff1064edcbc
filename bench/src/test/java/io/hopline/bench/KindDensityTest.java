package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KindDensityTest {
    private static final double MEMORY_MIB = 16_384;

    /** Guests and switch together take {@code hosting} processors. */
    private static DensityStep step(int guests, double perS, boolean met, double hosting, double guestMib) {
        var cpu = new CpuShares(hosting / 2, 0, hosting / 2, 0.1, 0, 0);
        return new DensityStep(guests, perS, perS, 0, 500, 2_000, met, cpu, 200, guestMib);
    }

    private static KindDensity density(List<DensityStep> ramp, List<DensityStep> push, double guestMib) {
        return new KindDensity(GuestKind.VIRTIO, 50, Optional.of(step(8, 0, true, 0.08, guestMib)), ramp, push);
    }

    @Test
    void whatTheRampBrokeIsMeasured() {
        var density = density(
                List.of(step(4, 120, true, 0.2, 100), step(8, 240, true, 0.4, 100), step(16, 480, false, 0.8, 100)),
                List.of(),
                100);
        assertThat(density.capacity(30, MEMORY_MIB)).hasValueSatisfying(carried -> {
            assertThat(carried.guests()).isEqualTo(8);
            assertThat(carried.measured()).isTrue();
            assertThat(carried.how()).contains("16 are too many");
        });
    }

    @Test
    void whatDidNotBreakIsReckonedFromTheBusiestStepThatMetTheObjective() {
        var density = density(
                List.of(step(8, 240, true, 0.4, 100)),
                List.of(step(8, 480, true, 0.72, 100), step(8, 960, true, 1.36, 100), step(8, 1920, false, 2, 100)),
                100);
        // Idle, 0.01 of a processor for each; busy, 1.28 of one for 960 requests. 30 of them and the idling take 0.05.
        assertThat(density.capacity(30, MEMORY_MIB)).hasValueSatisfying(carried -> {
            assertThat(carried.guests()).isEqualTo(27);
            assertThat(carried.measured()).isFalse();
            assertThat(carried.how()).contains("the most within the objective").contains("processors");
        });
        assertThat(density.busiest()).map(DensityStep::plannedPerS).hasValue(960.0);
    }

    @Test
    void memoryMayBeTheLimit() {
        var density = density(List.of(step(8, 240, true, 0.4, 1024)), List.of(step(8, 480, true, 0.72, 1024)), 1024);
        assertThat(density.capacity(1, MEMORY_MIB)).hasValueSatisfying(carried -> {
            assertThat(carried.guests()).isEqualTo(15);
            assertThat(carried.how()).contains("did not break it either").contains("memory");
        });
    }

    @Test
    void nothingIsReckonedFromNothing() {
        assertThat(density(List.of(step(4, 120, false, 2, 100)), List.of(), 100).capacity(30, MEMORY_MIB))
                .isEmpty();
    }
}
