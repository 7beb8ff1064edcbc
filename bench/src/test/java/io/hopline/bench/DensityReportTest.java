package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DensityReportTest {
    private static final DensityPlan PLAN = new DensityPlan(
            List.of(GuestKind.values()), 64, 12, 30, Duration.ofMillis(20), Duration.ofSeconds(6), 8, 100);

    private static DensityStep step(int guests, double perS, double p99Us, boolean met, double others) {
        var cpu = new CpuShares(0.1, 0.02, 0.3, 0.2, 0.01, others);
        return new DensityStep(guests, perS, perS, 0, 800, p99Us, met, cpu, 160, 6);
    }

    private static DensityReport report(double others) {
        var container = new KindDensity(
                GuestKind.CONTAINER,
                49,
                Optional.of(step(8, 0, 0, true, others)),
                List.of(step(4, 120, 1500, true, others), step(8, 240, 25_000, false, others)),
                List.of());
        var machine = new KindDensity(
                GuestKind.E1000, 61, Optional.empty(), List.of(step(4, 120, 30_000, false, others)), List.of());
        return new DensityReport(
                Map.of("machine", "two <cores>"),
                PLAN,
                2,
                16_384,
                List.of(container, machine),
                List.of("e1000: no more"),
                List.of("virtio: no qemu"));
    }

    @Test
    void rampDoublesAndEndsWithTheMost() {
        assertThat(PLAN.ramp(GuestKind.CONTAINER)).containsExactly(4, 8, 16, 32, 64);
        assertThat(PLAN.ramp(GuestKind.VIRTIO)).containsExactly(4, 8, 12);
    }

    @Test
    void requestsAreChargedToWhoseProcessorTimeItWas() {
        DensityStep step = step(4, 120, 1500, true, 0);
        assertThat(step.switchUs()).isCloseTo(1000, within(0.01));
        assertThat(step.guestUs()).isCloseTo(2500, within(0.01));
    }

    @Test
    void pageSaysWhatWasMeasuredReckonedAndLeftOut() {
        String page = DensityMarkdown.page(report(0));
        assertThat(page)
                .contains("| Switch CPU per request, CPU s per million | us | 1000 | 1000 |")
                .contains("| Guests measured within the objective | guests | 4 | - |")
                .contains("- container: 4 guests, measured; 8 are too many")
                .contains("- e1000: the objective was not met with the least number of guests")
                .contains("- skipped virtio: no qemu")
                .contains("Failed: e1000: no more")
                .contains("| container | 8 | 240 | 240 | 0 | 0.800 | 25 | missed |")
                .doesNotContain("not quiet");
        assertThat(DensityMarkdown.page(report(0.7))).contains("others took 70 % of a processor");
    }

    @Test
    void htmlPageStandsAloneAndEscapes() {
        String page = DensityHtml.page(report(0));
        assertThat(page)
                .contains("<svg")
                .contains("two &lt;cores&gt;")
                .doesNotContain("<script", "src=", "two <cores>");
        assertThat(page).contains("<td class=\"missed\">missed</td>");
    }

    @Test
    void dataHasEveryStep() throws Exception {
        JsonNode data = JsonMapper.shared().readTree(DensityOutput.json(report(0)));
        JsonNode container = data.path("kinds").get(0);
        assertThat(container.path("kind").asString()).isEqualTo("CONTAINER");
        assertThat(container.path("ramp").size()).isEqualTo(2);
        assertThat(container.path("ramp").get(1).path("p99Us").asDouble()).isEqualTo(25_000);
        assertThat(container.path("ramp").get(1).path("cpu").path("workers").asDouble())
                .isEqualTo(0.1);
    }
}
