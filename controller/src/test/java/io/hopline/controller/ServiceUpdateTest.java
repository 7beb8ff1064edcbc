package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.packet.Ipv4Address;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes of services that serve, and backends that join and leave by label. */
class ServiceUpdateTest {
    private static NetworkState update(NetworkState state, String json) {
        return ServiceUpdate.apply(state, "web", JsonBody.parse(json));
    }

    private static NetworkState labelled(NetworkState state, String vnic, String app) {
        return Changes.labelVnic(state, vnic, new TreeMap<>(Map.of("app", app)));
    }

    @Test
    void onlyWhatIsNamedChanges() {
        NetworkState state = States.twoHosts();
        Service before = state.service("", "web");
        Service after = update(state, "{\"check\":{\"intervalMs\":250,\"timeoutMs\":200}}")
                .service("", "web");
        assertThat(after.check()).isEqualTo(before.check().timed(250, 200, Check.RISE, Check.FALL));
        assertThat(after.toBuilder().check(before.check()).build()).isEqualTo(before);
        assertThat(update(state, "{}")).isSameAs(state);
        assertThat(update(state, "{\"vip\":\"10.0.1.101:81\"}")
                        .service("", "web")
                        .vip())
                .isEqualTo(Endpoint.parse("", "10.0.1.101:81"));
    }

    @Test
    void backendsAreAddedRemovedAndWeighed() {
        NetworkState state =
                Changes.observeHealth(States.twoHosts(), new Health("web", "web2", false, "connection refused"));
        state = update(
                state,
                "{\"addBackends\":[\"client:81\"],\"removeBackends\":[\"web2\"],\"weights\":{\"web1\":7,\"client\":2}}");
        assertThat(state.service("", "web").backends())
                .containsExactly(new Backend("web1", 80, 7, false), new Backend("client", 81, 2, false));
        assertThat(state.health()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"removeBackends\":[\"web9\"]} | removeBackends | no backend 'web9'",
                "{\"addBackends\":[\"web9:80\"]} | backends | no vNIC 'web9'",
                "{\"addBackends\":[\"web1:80\"]} | backends | listed twice",
                "{\"weights\":{\"web1\":0}} | weights.web1 | must be 1 to 256",
                "{\"removeBackends\":[\"web1\",\"web2\"]} | backends | at least one",
                "{\"mode\":\"l7\"} | mode | create it anew",
                "{\"vip\":\"10.0.1.11:80\"} | vip | taken by vNIC",
                "{\"chek\":\"tcp\"} | chek | not a known field",
                "{\"id\":5} | id | must be 1",
                "{\"backendLabel\":\"app=web:80\",\"addBackends\":[\"client:80\"]} | backends | by label"
            })
    void whatCannotBeIsNamed(String json, String field, String reason) {
        assertThatThrownBy(() -> update(States.twoHosts(), json)).isInstanceOfSatisfying(StateException.class, e -> {
            assertThat(e.field()).isEqualTo(field);
            assertThat(e.reason()).contains(reason);
        });
    }

    @Test
    void whoHasTheLabelJoinsAndLeaves() {
        NetworkState state = update(States.twoHosts(), "{\"backendLabel\":\"app=web:8080\"}");
        assertThat(state.service("", "web").backends()).isEmpty();
        assertThat(FlowCompiler.compile(state)).isNotEmpty();
        state = labelled(labelled(state, "web1", "web"), "client", "web");
        assertThat(state.service("", "web").backends())
                .extracting(Backend::vnic)
                .containsExactly("web1", "client");
        state = Changes.drain(update(state, "{\"weights\":{\"web1\":5}}"), "web", "web1", true);
        state = Changes.observeHealth(state, new Health("web", "client", true, "HTTP 200"));
        state = Changes.createVnic(
                state,
                "web3",
                "blue",
                Optional.of(Ipv4Address.parse("10.0.1.13")),
                new TreeMap<>(Map.of("app", "web")));
        assertThat(state.service("", "web").backends())
                .containsExactly(
                        new Backend("web1", 8080, 5, true),
                        new Backend("client", 8080, 1, false),
                        new Backend("web3", 8080, 1, false));
        state = Changes.deleteVnic(labelled(state, "client", "db"), "web1");
        assertThat(state.service("", "web").backends())
                .extracting(Backend::vnic)
                .containsExactly("web3");
        assertThat(state.health()).isEmpty();
        NetworkState kept = update(state, "{\"backendLabel\":null}");
        assertThatThrownBy(() -> Changes.deleteVnic(kept, "web3")).hasMessageContaining("is a backend");
    }
}
