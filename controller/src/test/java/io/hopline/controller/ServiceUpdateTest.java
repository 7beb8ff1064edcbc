package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.packet.Ipv4Address;
import java.util.List;
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

    private static List<Backend> staying(NetworkState state) {
        return state.service("", "web").backends().stream()
                .filter(b -> !b.leaving())
                .toList();
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
                .containsExactly(
                        new Backend("web1", 80, 7, false),
                        new Backend("client", 81, 2, false),
                        new Backend("web2", 80, 1, false).withLeaving(true));
        state = update(state, "{\"removeBackends\":[\"web2\"],\"now\":true}");
        assertThat(state.service("", "web").backends())
                .containsExactly(new Backend("web1", 80, 7, false), new Backend("client", 81, 2, false));
        assertThat(state.health()).isEmpty();
    }

    @Test
    void whoIsRemovedLeavesWithItsConnectionsAndMayComeBack() {
        NetworkState state = update(States.twoHosts(), "{\"removeBackends\":[\"web2\"]}");
        Service web = state.service("", "web");
        Backend leaving = web.backends().getLast();
        assertThat(state.status(web, leaving)).isEqualTo(BackendStatus.LEAVING);
        assertThat(state.available(web)).extracting(Backend::vnic).containsExactly("web1");
        assertThat(update(state, "{\"removeBackends\":[\"web2\"]}"))
                .as("it does already")
                .isSameAs(state);
        assertThat(update(state, "{\"addBackends\":[\"web2:80\"]}")
                        .service("", "web")
                        .backends())
                .containsExactly(new Backend("web1", 80, 1, false), new Backend("web2", 80, 1, false));
        assertThat(Changes.deleteVnic(state, "web2").service("", "web").backends())
                .containsExactly(new Backend("web1", 80, 1, false));
        NetworkState stored = update(state, "{\"weights\":{\"web1\":9}}");
        assertThat(stored.service("", "web").backends().getLast()).isEqualTo(leaving);
        NetworkState left = ServiceChanges.depart(state, "web", "web2");
        assertThat(left.service("", "web").backends()).containsExactly(new Backend("web1", 80, 1, false));
        assertThat(ServiceChanges.depart(left, "web", "web1")).as("it stays").isSameAs(left);
        NetworkState cutting = update(States.twoHosts(), "{\"l4\":{\"drainTimeoutS\":0}}");
        assertThat(update(cutting, "{\"removeBackends\":[\"web2\"]}")
                        .service("", "web")
                        .backends())
                .containsExactly(new Backend("web1", 80, 1, false));
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
                "{\"now\":true} | now | there are none",
                "{\"l4\":{\"drainTimeoutS\":-1}} | l4.drainTimeoutS | must be 0 to 86400",
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
        assertThat(staying(state)).isEmpty();
        assertThat(state.service("", "web").backends()).as("both have a host").hasSize(2);
        assertThat(FlowCompiler.compile(state)).isNotEmpty();
        state = labelled(labelled(state, "web1", "web"), "client", "web");
        assertThat(staying(state)).extracting(Backend::vnic).containsExactly("web1", "client");
        state = Changes.drain(update(state, "{\"weights\":{\"web1\":5}}"), "web", "web1", true);
        state = Changes.observeHealth(state, new Health("web", "client", true, "HTTP 200"));
        state = Changes.createVnic(
                state,
                "web3",
                "blue",
                Optional.of(Ipv4Address.parse("10.0.1.13")),
                new TreeMap<>(Map.of("app", "web")));
        assertThat(staying(state))
                .containsExactly(
                        new Backend("web1", 8080, 5, true),
                        new Backend("client", 8080, 1, false),
                        new Backend("web3", 8080, 1, false));
        state = Changes.deleteVnic(labelled(state, "client", "db"), "web1");
        assertThat(staying(state)).extracting(Backend::vnic).containsExactly("web3");
        assertThat(state.service("", "web").backends())
                .as("web1 is gone with its vNIC, client lost its label")
                .extracting(Backend::vnic)
                .containsExactlyInAnyOrder("web3", "web2", "client");
        state = ServiceChanges.depart(ServiceChanges.depart(state, "web", "client"), "web", "web2");
        assertThat(state.health()).isEmpty();
        NetworkState kept = update(state, "{\"backendLabel\":null}");
        assertThatThrownBy(() -> Changes.deleteVnic(kept, "web3")).hasMessageContaining("is a backend");
    }
}
