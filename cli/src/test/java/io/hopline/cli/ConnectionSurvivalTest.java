package io.hopline.cli;

import static io.hopline.cli.SurvivalHost.answered;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.linux.NetNs;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Established connections through a service while backends go, drain and come, options change and the controller is killed
 * and comes back: at L4 none of a backend that stays may break, at L7 none at all, and no request may fail.
 */
@Tag("netns")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConnectionSurvivalTest {
    private static final InetSocketAddress VIP = new InetSocketAddress("10.0.1.100", 80);
    private static final InetSocketAddress PLAIN = new InetSocketAddress("10.0.1.101", 80);
    private static final InetSocketAddress SECURE = new InetSocketAddress("10.0.1.101", 443);
    private static final String PUBLISHED_FIRST = "http://127.0.0.1:8081/";
    private static final String PUBLISHED_THEN = "http://[::1]:8082/";
    private static final int MANY = 2000;
    private static final int SOME = 60;

    private Path directory;
    private SurvivalHost host;
    private NetNs client;

    @BeforeAll
    void start(@TempDir Path itsDirectory) throws Exception {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "unshare", "nsenter", "nginx", "udhcpc", "curl", "openssl"),
                "needs iproute2, util-linux, nginx, udhcpc, curl and openssl");
        directory = itsDirectory;
        host = new SurvivalHost(directory);
        client = host.network("client");
    }

    @AfterAll
    void stop() throws Exception {
        if (host != null) {
            host.close();
        }
    }

    @Test
    void tenThousandConnectionsThroughL4() throws Exception {
        try (KeptConnections connections = new KeptConnections()) {
            createService();
            Map<String, Integer> opened = answered(connections.open(client, VIP, 10_000), 10_000);
            assertThat(opened.keySet()).containsExactlyElementsOf(SurvivalHost.BACKENDS);

            assertThat(host.lb("update", "web", "--remove-backend", "b3"))
                    .contains("b3 leaves: ", "connections left, for 300 s at most; --now cuts them");
            assertThat(answered(connections.ask(), 10_000)).as("it finishes").isEqualTo(opened);
            host.lb("update", "web", "--remove-backend", "b3", "--now");
            // What becomes of connections that were cut is not asked here.
            connections.leave("b3");
            Map<String, Integer> surviving = Map.of("b1", count(opened, "b1"), "b2", count(opened, "b2"));
            int left = count(opened, "b1") + count(opened, "b2");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);

            host.lb("drain", "web", "b2");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);
            try (KeptConnections more = new KeptConnections()) {
                assertThat(answered(more.open(client, VIP, 100), 100)).containsOnlyKeys("b1");
            }
            host.lb("update", "web", "--add-backend", "b3:80", "--weight", "b1=3", "--check-interval-ms", "500");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);
            host.restartController(
                    () -> assertThat(answered(connections.ask(), left)).isEqualTo(surviving));
            host.lb("drain", "web", "b2", "--undo");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);
        }
    }

    private void createService() throws Exception {
        var words = new ArrayList<>(List.of("create", "web", "--network", "blue", "--vip", "10.0.1.100:80"));
        SurvivalHost.BACKENDS.forEach(backend -> words.addAll(List.of("--backend", backend + ":80")));
        host.lb(words.toArray(String[]::new));
        host.awaitHealthy();
    }

    private static int count(Map<String, Integer> answered, String server) {
        return answered.getOrDefault(server, 0);
    }

    @Test
    void noClientOfL7NoticesAnyChange() throws Exception {
        try (SocketEchoes echoes = new SocketEchoes();
                KeptConnections plain = new KeptConnections();
                KeptSockets sockets = new KeptSockets()) {
            for (String backend : SurvivalHost.BACKENDS) {
                echoes.listen(host.network(backend), 81);
            }
            KeptSockets.makeCertificate(directory, "a1");
            host.apply(services("b1", "b2", "b3"));
            host.awaitHealthy();
            assertThat(answered(plain.open(client, PLAIN, MANY), MANY)).containsOnlyKeys(SurvivalHost.BACKENDS);
            assertThat(answered(sockets.openPages(client, SECURE, SOME), SOME)).containsOnlyKeys(SurvivalHost.BACKENDS);
            sockets.openWebSockets(client, PLAIN, SOME, false);
            sockets.openWebSockets(client, SECURE, SOME, true);
            SurvivalHost.Check allAnswer = () -> {
                answered(plain.ask(), MANY);
                answered(sockets.askPages(), SOME);
                sockets.echo();
            };

            host.apply(services("b1", "b2"));
            awaitServers(plain, sockets, Set.of("b1", "b2"));
            host.apply(services("b1", "b2, draining: true"));
            awaitServers(plain, sockets, Set.of("b1"));
            host.apply(services("b1, weight: 3", "b2, draining: true", "b3").replace("round-robin", "least-request"));
            awaitServers(plain, sockets, Set.of("b1", "b3"));
            sockets.echo();

            KeptSockets.makeCertificate(directory, "b2");
            Awaitility.await()
                    .atMost(SurvivalHost.PATIENCE)
                    .until(() -> KeptSockets.certificateOf(client, SECURE).equals("b2"));
            host.restartController(allAnswer);
            host.lb("drain", "plain", "b2", "--undo");
            host.lb("drain", "secure", "b2", "--undo");
            awaitServers(plain, sockets, Set.of("b1", "b2", "b3"));
            sockets.echo();
        }
    }

    /** The proxy hears of a change a moment after the switch; until then, too, nothing may break. */
    private static void awaitServers(KeptConnections plain, KeptSockets sockets, Set<String> servers) {
        Awaitility.await()
                .atMost(SurvivalHost.PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> answered(plain.ask(), MANY).keySet().equals(servers)
                        && answered(sockets.askPages(), SOME).keySet().equals(servers));
    }

    /** Both services, over backends that are named as in {@code b1, weight: 3}. */
    private String services(String... backends) {
        String list = Stream.of(backends)
                .map(backend -> "{vnic: " + backend + ", port: 80}")
                .collect(Collectors.joining(", "));
        return """
                services:
                - name: plain
                  network: blue
                  vip: 10.0.1.101:80
                  mode: l7
                  backends: [%1$s]
                  l7: {balancing: {method: round-robin}}
                - name: secure
                  network: blue
                  vip: 10.0.1.101:443
                  mode: l7
                  backends: [%1$s]
                  l7:
                    balancing: {method: round-robin}
                    tls: {certificates: [{cert: %2$s/test.crt, key: %2$s/test.key}]}
                """.formatted(list, directory);
    }

    /** Clients on the host are in no virtual network. */
    @Test
    void anL7ServiceIsServedWhereItIsPublishedAndNoLongerWhereItWas() throws Exception {
        host.apply(published("front", "10.0.1.102:80", "127.0.0.1:8081"));
        host.awaitHealthy();
        awaitServed(host, PUBLISHED_FIRST);
        assertThat(host.get(PUBLISHED_THEN)).isEmpty();

        host.apply(published("front", "10.0.1.102:80", "[::]:8082"));
        awaitServed(host, PUBLISHED_THEN);
        Awaitility.await()
                .atMost(SurvivalHost.PATIENCE)
                .until(() -> host.get(PUBLISHED_FIRST).isEmpty());

        awaitTimed(host, PUBLISHED_THEN);
        awaitCounted(host, PUBLISHED_THEN);

        assertThat(host.refused(published("other", "10.0.1.103:80", "127.0.0.1:8082")))
                .contains("l7.publish", "port 8082 is taken by service 'front'");
        assertThat(host.refused(published("other", "10.0.1.103:80", "localhost:8083")))
                .contains("publish", "must be an address and port of the host");
        awaitServed(host, PUBLISHED_THEN);
    }

    private static void awaitServed(SurvivalHost host, String url) {
        Awaitility.await().atMost(SurvivalHost.PATIENCE).until(() -> SurvivalHost.BACKENDS.contains(host.get(url)));
    }

    /** No switch sees the client, but the proxy says how long it took, and the switch what became of it behind the proxy. */
    private static void awaitTimed(SurvivalHost host, String url) {
        Awaitility.await().atMost(SurvivalHost.PATIENCE).untilAsserted(() -> {
            host.get(url);
            assertThat(host.traces("front")).anySatisfy(trace -> {
                assertThat(trace.get("flags").toString()).contains("published").doesNotContain("incomplete");
                assertThat(SurvivalHost.BACKENDS).contains(trace.get("backend").stringValue());
                assertThat(trace.get("hops").findValuesAsString("hop"))
                        .contains(
                                "proxy-route", "proxy-write", "vswitch", "vnic", "guest-tcpip", "nginx", "proxy-tcpip");
                long sumNs = 0;
                for (JsonNode hop : trace.get("hops")) {
                    sumNs += hop.get("ns").longValue();
                }
                assertThat(sumNs).isEqualTo(trace.get("endToEndNs").longValue());
            });
        });
    }

    /** What the proxy answers itself has no hops, but is in the report of its service and counts for its availability. */
    private static void awaitCounted(SurvivalHost host, String url) {
        Awaitility.await().atMost(SurvivalHost.PATIENCE).untilAsserted(() -> {
            host.get(url + "old");
            JsonNode availability = host.report("front").get("availability");
            JsonNode outcomes = availability.get("outcomes");
            assertThat(outcomes.path("proxy-redirected").asLong(0)).isPositive();
            assertThat(outcomes.path("succeeded").asLong(0)).isPositive();
            assertThat(availability.get("good").longValue())
                    .isGreaterThanOrEqualTo(outcomes.get("proxy-redirected").longValue()
                            + outcomes.get("succeeded").longValue());
        });
    }

    private static String published(String name, String vip, String publish) {
        return """
                services:
                - name: %s
                  network: blue
                  vip: %s
                  mode: l7
                  backends: ['b1:80', 'b2:80', 'b3:80']
                  l7: {publish: ['%s']}
                  routes:
                  - {path: /old, redirect: {path: /}}
                  - {backends: [b1, b2, b3]}
                """.formatted(name, vip, publish);
    }
}
