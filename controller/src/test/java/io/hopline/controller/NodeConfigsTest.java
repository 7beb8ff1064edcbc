package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.L7Options;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class NodeConfigsTest {
    private static List<String> names(JsonNode list, String field) {
        return list.values().stream().map(n -> n.path(field).asString()).toList();
    }

    @Test
    void aNodeHearsOfItsOwnGuestsAndOfEveryMeasuredEndpoint() {
        NetworkState state = States.twoHosts();
        JsonNode config = NodeConfigs.of(state, States.nodeB(), 4);
        assertThat(names(config.path("guests"), "name")).containsExactly("web2");
        JsonNode guest = config.path("guests").get(0);
        assertThat(guest.path("ip").stringValue()).isEqualTo("10.0.1.12");
        assertThat(guest.path("prefix").intValue()).isEqualTo(24);
        assertThat(guest.path("gateway").stringValue()).isEqualTo("10.0.1.1");
        assertThat(guest.path("mac").stringValue()).isEqualTo("02:00:00:64:01:0c");
        assertThat(config.path("measured").get(0).path("endpoints").toString())
                .isEqualTo("[\"10.0.1.100:80\",\"10.0.1.11:80\",\"10.0.1.12:80\"]");
        JsonNode echoes = config.path("measured").get(1);
        assertThat(echoes.path("protocol").stringValue()).isEqualTo("icmp");
        assertThat(echoes.path("endpoints").toString()).isEqualTo("[\"10.0.1.100:0\",\"10.0.1.11:0\",\"10.0.1.12:0\"]");
        assertThat(config.path("vtep").stringValue()).isEqualTo("192.0.2.2");
    }

    @Test
    void hostsThatShareANetworkOrTheWayOutsideAreEachOthersPeers() {
        NetworkState state = States.twoHosts();
        JsonNode ofB = NodeConfigs.of(state, States.nodeB(), 4).path("peers");
        assertThat(ofB.toString()).isEqualTo("[{\"name\":\"a\",\"vtep\":\"192.0.2.1\"}]");
        assertThat(names(NodeConfigs.of(state, States.nodeA(), 4).path("peers"), "name"))
                .containsExactly("b");
        // With no guest on a, it is still the way outside for b's; with no guest on b, nothing leads there.
        NetworkState outside = Changes.observePorts(state, "a", new TreeMap<>(Map.of("eth0", 1, "vxlan0", 2)));
        assertThat(names(NodeConfigs.of(outside, States.nodeB(), 4).path("peers"), "name"))
                .containsExactly("a");
        NetworkState alone = Changes.observePorts(state, "b", new TreeMap<>(Map.of("vxlan0", 1)));
        assertThat(NodeConfigs.of(alone, States.nodeA(), 4).path("peers")).isEmpty();
        assertThat(NodeConfigs.of(alone, States.nodeB(), 4).path("peers")).isEmpty();
    }

    @Test
    void onlyTheServiceNodeChecksAndProxies() {
        NetworkState state = States.twoHosts(Service.Mode.L7);
        JsonNode a = NodeConfigs.of(state, States.nodeA(), 4);
        JsonNode b = NodeConfigs.of(state, States.nodeB(), 4);
        assertThat(b.path("checks")).isEmpty();
        assertThat(b.path("servicePorts")).isEmpty();
        assertThat(b.path("proxies")).isEmpty();
        assertThat(names(a.path("checks"), "endpoint")).containsExactly("10.0.1.11:80", "10.0.1.12:80");
        JsonNode port = a.path("servicePorts").get(0);
        assertThat(port.path("name").stringValue()).isEqualTo("svc-blue");
        assertThat(port.path("ip").stringValue()).isEqualTo("10.0.1.254");
        assertThat(port.path("vips").toString()).isEqualTo("[\"10.0.1.100\"]");
        JsonNode proxy = a.path("proxies").get(0);
        assertThat(proxy.path("listen").stringValue()).isEqualTo("10.0.1.100:80");
        assertThat(proxy.path("routes")).hasSize(1);
        JsonNode route = proxy.path("routes").get(0);
        assertThat(route.path("match").path("path").stringValue()).isEqualTo("/");
        assertThat(route.path("splits").toString()).isEqualTo("[{\"weight\":1,\"backends\":[\"web1\",\"web2\"]}]");
        assertThat(proxy.path("options").path("balancing").path("method").stringValue())
                .isEqualTo("round-robin");
        assertThat(names(proxy.path("backends"), "endpoint")).containsExactly("10.0.1.11:80", "10.0.1.12:80");
    }

    @Test
    void aProxyDoesNotHearOfBackendsOutOfService() {
        NetworkState state = Changes.observeHealth(
                States.twoHosts(Service.Mode.L7), new Health("web", "web1", false, "connection refused"));
        JsonNode proxy =
                NodeConfigs.of(state, States.nodeA(), 4).path("proxies").get(0);
        assertThat(names(proxy.path("backends"), "name")).containsExactly("web2");
        assertThat(proxy.path("routes").get(0).path("splits").toString())
                .isEqualTo("[{\"weight\":1,\"backends\":[\"web2\"]}]");
    }

    @Test
    void aBackendThatDrainsKeepsTheClientsThatACookieTells() {
        NetworkState state = Changes.drain(States.twoHosts(Service.Mode.L7), "web", "web1", true);
        assertThat(names(proxy(state).path("backends"), "name")).containsExactly("web2");
        L7Options byCookie = new L7Options(
                new Balancing(Balancing.Method.STICKY_COOKIE, "SHOP"),
                L7Options.DEFAULT.settings(),
                L7Options.DEFAULT.policy(),
                L7Options.DEFAULT.tls(),
                L7Options.DEFAULT.protocol(),
                List.of());
        NetworkState sticky = ServiceChanges.replaceService(
                state, state.service("name", "web").toBuilder().l7(byCookie).build());
        JsonNode backends = proxy(sticky).path("backends");
        assertThat(names(backends, "name")).containsExactly("web2", "web1");
        assertThat(backends.get(1).path("weight").intValue()).isZero();
        assertThat(proxy(sticky).path("routes").get(0).path("splits").toString())
                .isEqualTo("[{\"weight\":1,\"backends\":[\"web1\",\"web2\"]}]");
        assertThat(Replies.service(sticky, sticky.service("name", "web"))
                        .path("backends")
                        .get(0)
                        .path("detail")
                        .stringValue())
                .isEqualTo("keeps the clients whose cookie names it");
        NetworkState dead = Changes.observeHealth(sticky, new Health("web", "web1", false, "connection refused"));
        assertThat(names(proxy(dead).path("backends"), "name")).containsExactly("web2");
    }

    private static JsonNode proxy(NetworkState state) {
        return NodeConfigs.of(state, States.nodeA(), 4).path("proxies").get(0);
    }

    @Test
    void aServiceWithoutChecksNeedsNoServicePort() {
        NetworkState state = Changes.registerNode(States.guests(), States.nodeA());
        state = Changes.createService(state, States.draft("web", "10.0.1.100:80", Service.Mode.L4, "none", "web1:80"));
        JsonNode config = NodeConfigs.of(state, States.nodeA(), 4);
        assertThat(config.path("servicePorts")).isEmpty();
        assertThat(config.path("checks")).isEmpty();
    }

    @Test
    void aUdpServiceIsCheckedAtThePortThatItsCheckNames() {
        NetworkState state = Changes.registerNode(States.guests(), States.nodeA());
        Service draft = Service.named("dns", "blue", Endpoint.parse("vip", "10.0.1.53:53"))
                .protocol(Service.Protocol.UDP)
                .backends(List.of(Backend.parse("web1:5353")))
                .check(Check.parse("tcp:8053"))
                .build();
        JsonNode config = NodeConfigs.of(Changes.createService(state, draft), States.nodeA(), 4);
        assertThat(names(config.path("checks"), "endpoint")).containsExactly("10.0.1.11:8053");
        JsonNode measured = config.path("measured").get(0);
        assertThat(measured.path("protocol").stringValue()).isEqualTo("udp");
        assertThat(measured.path("endpoints").toString()).isEqualTo("[\"10.0.1.53:53\",\"10.0.1.11:5353\"]");
    }
}
