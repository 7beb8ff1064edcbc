package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.sla.SimulatedNetwork.Profile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class ReportJsonTest {
    private final Report report = ReportHtmlTest.sample(Profile.namespaces(), false, 1_000_000);

    @Test
    void hasTheKeysOthersRelyOn() {
        JsonNode json = new ObjectMapper().readTree(ReportJson.write(report));
        for (String key :
                List.of("hop", "direction", "host", "count", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")) {
            assertThat(json.path("hops").path(0).has(key)).as(key).isTrue();
        }
        for (String sum : List.of("end_to_end", "unattributed")) {
            for (String key : List.of("count", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")) {
                assertThat(json.path(sum).path(key).isNumber())
                        .as(sum + "." + key)
                        .isTrue();
            }
        }
        assertThat(json.path("clock_error_ns").asLong()).isEqualTo(ClockModel.READ_ERROR_NS);
        for (String key : List.of("name", "target", "actual", "met", "budget_left")) {
            assertThat(json.path("objectives").path(0).has(key)).as(key).isTrue();
        }
    }

    @Test
    void readsWhatItWrote() {
        assertThat(ReportJson.read(ReportJson.write(report))).isEqualTo(report);
        for (Report other : List.of(ReportSamples.busy(), ReportSamples.broken(), ReportSamples.empty())) {
            assertThat(ReportJson.read(ReportJson.write(other))).isEqualTo(other);
        }
    }

    @Test
    void unknownClockErrorIsNull() {
        Report empty = Report.of(
                "x",
                0,
                1,
                new HopHistograms(),
                ClockModel.unknown(),
                List.of(),
                1,
                new Joiner(JoinerLimits.DEFAULT, trace -> {}).counters());
        HopHistograms two = new HopHistograms();
        two.record(HopHistogramsTest.trace("web2", true, 1, 1));
        Report unknown = Report.of("x", 0, 1, two, ClockModel.unknown(), List.of(), 1, empty.joiner());
        assertThat(ReportJson.write(unknown)).contains("\"clock_error_ns\" : null");
        assertThat(ReportJson.read(ReportJson.write(unknown))).isEqualTo(unknown);
        assertThat(unknown.method()).anyMatch(line -> line.contains("clock error is unknown"));
    }

    @Test
    void theMethodSaysHowTheClocksStand() {
        HopHistograms two = new HopHistograms();
        two.record(HopHistogramsTest.trace("web2", true, 1, 1));
        PeerClock found = JoinerTest.found("b", new ClockOffset(5, 1_500, 2_000, 20, 0));
        ClockModel apart = ClockModel.of(Map.of("a", "one", "b", "two")).with("a", found);
        assertThat(method(two, apart))
                .anyMatch(line -> line.startsWith("STAMP from a to b: offset 1.5 +- 2.0 us, drift 0.020 ppm"))
                .anyMatch(line -> line.contains("corrected by the offset: they are exact to 2100 ns"))
                .contains("The clock of b is 1.5 +- 2.0 us ahead of that of a.");
        ClockModel one = ClockModel.of(Map.of("a", "one", "b", "one"));
        assertThat(method(two, one.with("a", found))).anyMatch(line -> line.endsWith("must be within, and is."));
        PeerClock wrong = JoinerTest.found("b", new ClockOffset(5, 2_500, 2_000, 20, 0));
        assertThat(method(two, one.with("a", wrong))).anyMatch(line -> line.endsWith("THE COMPARISON IS WRONG."));
    }

    private List<String> method(HopHistograms histograms, ClockModel clocks) {
        return Report.of("x", 0, 1, histograms, clocks, List.of(), 1, report.joiner())
                .method();
    }

    @Test
    void refusesWhatIsNoReport() {
        assertThatThrownBy(() -> ReportJson.read("[1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not a report: ");
    }

    @Test
    void hopsOfSimulatedTrafficAddUpInText() {
        String text = ReportText.render(report);
        assertThat(text.lines().filter(line -> line.contains(" nginx "))).hasSize(2);
        assertThat(text).contains("end to end", "unattributed", "clock error between hosts 100 ns");
        assertThat((double) report.unattributed().p50Ns() / report.endToEnd().p50Ns())
                .isLessThan(0.05);
    }
}
