package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ManifestTest {
    private static final String SHOP = """
            networks:
            - {name: blue, subnet: 10.0.1.0/24}
            vnics:
            - {name: web1, network: blue, labels: {app: web}}
            - {name: web2, network: blue}
            ---
            services:
            - name: web
              network: blue
              vip: "10.0.1.100:80"
              backendLabel: app=web:8080
              check: {kind: http, path: /health, intervalMs: 500}
            - {name: dns, network: blue, vip: "10.0.1.53:53", protocol: udp, backends: ["web1:53", {vnic: web2, port: 53, weight: 3}]}
            """;

    private static List<String> outcomes(Manifest manifest) {
        List<String> lines = new ArrayList<>();
        for (JsonNode one : manifest.outcomes()) {
            List<String> fields = new ArrayList<>();
            one.path("fields").forEach(f -> fields.add(f.stringValue()));
            lines.add(one.path("name").stringValue() + " " + one.path("change").stringValue() + fields);
        }
        return lines;
    }

    @Test
    void whatIsMissingIsMadeAtOnceAndTheSecondTimeNothingChanges() {
        Manifest manifest = Manifest.parse(SHOP);
        NetworkState state = manifest.applyTo(NetworkState.EMPTY);
        assertThat(state.version()).isEqualTo(1);
        assertThat(outcomes(manifest))
                .containsExactly(
                        "blue created[]", "web1 created[]", "web2 created[]", "web created[]", "dns created[]");
        assertThat(state.service("", "web").backends()).containsExactly(new Backend("web1", 8080, 1, false));
        assertThat(state.service("", "dns").backends())
                .extracting(Backend::weight)
                .containsExactly(1, 3);
        assertThat(Manifest.parse(SHOP).applyTo(state)).isSameAs(state);
    }

    @Test
    void whatDiffersIsChangedAndSaidAndWhatPeopleDidMeanwhileStays() {
        NetworkState state = Manifest.parse(SHOP).applyTo(NetworkState.EMPTY);
        state = Changes.drain(state, "dns", "web2", true);
        Manifest changed = Manifest.parse(
                SHOP.replace("{name: web2, network: blue}", "{name: web2, network: blue, labels: {app: web}}")
                        .replace("intervalMs: 500", "intervalMs: 250"));
        NetworkState after = changed.applyTo(state);
        assertThat(after.version()).isEqualTo(state.version() + 1);
        assertThat(outcomes(changed))
                .containsExactly(
                        "blue unchanged[]",
                        "web1 unchanged[]",
                        "web2 updated[labels]",
                        "web updated[check]",
                        "dns unchanged[]");
        assertThat(after.service("", "web").backends())
                .extracting(Backend::vnic)
                .containsExactly("web1", "web2");
        assertThat(after.service("", "dns").isDraining("web2")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "path: /health | pfad: /health | document[1].services[0].check.pfad | is not a known field",
                "vip: \"10.0.1.100:80\" | vipp: 10 | document[1].services[0].vip | is missing",
                "web2, network: blue | web2, network: red | document[0].vnics[1].network | no network 'red'",
                "weight: 3 | weight: 300 | document[1].services[1].backends.weight | must be 1 to 256",
                "web1:53 | web9:53 | document[1].services[1].backends | no vNIC 'web9'",
                "networks: | netwoks: | document[0].vnics[0].network | no network 'blue'",
                "services: | servises: | document[1].servises | is not a known field",
                "app=web:8080 | app:8080 | document[1].services[0].backendLabel | like app=web:80",
                "{app: web} | {app: w e b} | document[0].vnics[0].labels | letters, digits",
                "- {name: blue | - name: blue | body | line "
            })
    void whatIsWrongIsNamedWithItsPlace(String part, String wrong, String field, String reason) {
        assertThatThrownBy(() -> Manifest.parse(SHOP.replace(part, wrong)).applyTo(NetworkState.EMPTY))
                .isInstanceOfSatisfying(StateException.class, e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.reason()).contains(reason);
                });
    }

    @Test
    void whatCannotChangeIsRefused() {
        NetworkState state = Manifest.parse(SHOP).applyTo(NetworkState.EMPTY);
        assertThatThrownBy(() -> Manifest.parse(SHOP.replace("10.0.1.0/24", "10.0.0.0/16"))
                        .applyTo(state))
                .hasMessageContaining("networks[0].subnet")
                .hasMessageContaining("make it anew");
        assertThatThrownBy(() ->
                        Manifest.parse(SHOP.replace("protocol: udp, ", "")).applyTo(state))
                .hasMessageContaining("services[1].protocol");
    }
}
