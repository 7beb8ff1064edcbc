package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OpenSloTest {
    private static final String YAML = """
            apiVersion: openslo/v1
            kind: SLO
            metadata:
              name: web-latency
            spec:
              service: web
              indicator:
                metadata:
                  name: end-to-end
                spec:
                  thresholdMetric:
                    metricSource:
                      type: hopline
                      spec:
                        metric: end_to_end
                        unit: ms
              timeWindow:
                - duration: 1h
                  isRolling: true
              budgetingMethod: Occurrences
              objectives:
                - displayName: 99 % fast
                  op: lte
                  value: 4.5
                  target: 0.99
                - displayName: nearly all in time
                  op: lt
                  value: 100
                  targetPercent: 99.9
            """;

    /** One objective on the end-to-end time, one on the virtual network's share. */
    static List<Objective> objectives(double milliseconds) {
        String whole =
                YAML.replace("4.5", Double.toString(milliseconds)).replaceAll("(?s)    - displayName: nearly.*", "");
        String share = whole.replace("metric: end_to_end", "metric: virtual_network_share")
                .replace("unit: ms", "unit: percent")
                .replaceAll("value: .*", "value: 80")
                .replace("99 % fast", "the network is the smaller part");
        return OpenSlo.parse(whole + "---\n" + share);
    }

    @Test
    void readsAnOpenSloDocument() {
        assertThat(OpenSlo.parse(YAML))
                .containsExactly(
                        new Objective(
                                "99 % fast", "web", Series.END_TO_END, 4_500_000, false, 0.99, Duration.ofHours(1)),
                        new Objective(
                                "nearly all in time",
                                "web",
                                Series.END_TO_END,
                                100_000_000,
                                true,
                                0.999,
                                Duration.ofHours(1)));
    }

    @Test
    void readsAHopOnOneHost() {
        String yaml = YAML.replace(
                "metric: end_to_end", "metric: vswitch\n            direction: response\n            host: b");
        assertThat(OpenSlo.parse(yaml.replace("unit: ms", "unit: us")).getFirst())
                .returns(Series.of(Hop.VSWITCH, Direction.RESPONSE, "b"), Objective::series)
                .returns(4_500L, Objective::threshold);
    }

    static Stream<Arguments> malformed() {
        String source = "spec.indicator.spec.thresholdMetric.metricSource.spec.";
        return Stream.of(
                Arguments.of("openslo/v1", "openslo/v2", "apiVersion"),
                Arguments.of("kind: SLO", "kind: Service", "kind"),
                Arguments.of("  name: web-latency", "  nome: web-latency", "metadata.name"),
                Arguments.of("service: web", "service: [web]", "spec.service"),
                Arguments.of("thresholdMetric", "histogramMetric", "spec.indicator.spec.thresholdMetric"),
                Arguments.of("metric: end_to_end", "metric: nignx", source + "metric"),
                Arguments.of("metric: end_to_end", "direction: up\n            metric: vnic", source + "direction"),
                Arguments.of("unit: ms", "unit: hours", source + "unit"),
                Arguments.of("1h", "1y", "spec.timeWindow[0].duration"),
                Arguments.of("isRolling: true", "isRolling: false", "spec.timeWindow[0].isRolling"),
                Arguments.of("Occurrences", "Timeslices", "spec.budgetingMethod"),
                Arguments.of("op: lte", "op: gte", "spec.objectives[0].op"),
                Arguments.of("value: 4.5", "value: fast", "spec.objectives[0].value"),
                Arguments.of("value: 4.5", "value: -1", "spec.objectives[0].value"),
                Arguments.of("target: 0.99", "target: 99", "spec.objectives[0].target"),
                Arguments.of("target: 0.99", "tarjet: 0.99", "spec.objectives[0].target"),
                Arguments.of("targetPercent: 99.9", "targetPercent: 100", "spec.objectives[1].targetPercent"),
                Arguments.of("kind: SLO", "kind: [SLO", "yaml"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void namesTheFieldThatCannotBeUsed(String part, String replacement, String field) {
        String yaml = YAML.replace(part, replacement);
        InvalidObjectiveException e = catchThrowableOfType(InvalidObjectiveException.class, () -> OpenSlo.parse(yaml));
        assertThat(e.field()).isEqualTo(field);
        assertThat(e.getMessage()).startsWith(field + ": ").doesNotContain("\n");
    }

    @ParameterizedTest
    @MethodSource("notDocuments")
    void refusesWhatIsNoDocument(String yaml) {
        InvalidObjectiveException e = catchThrowableOfType(InvalidObjectiveException.class, () -> OpenSlo.parse(yaml));
        assertThat(e.field()).isEqualTo("yaml");
    }

    static Stream<String> notDocuments() {
        return Stream.of("", "just words", "- a list", "\t- x: [", "%%%", "{\"a\": ");
    }
}
