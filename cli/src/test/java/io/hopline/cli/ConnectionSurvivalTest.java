package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.linux.NetNs;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Established connections through a service while backends go, drain and come, options change and the controller is killed
 * and comes back: none of a backend that stays may break.
 */
@Tag("netns")
class ConnectionSurvivalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> BACKENDS = List.of("b1", "b2", "b3");
    private static final InetSocketAddress VIP = new InetSocketAddress("10.0.1.100", 80);

    @TempDir
    private Path directory;

    @BeforeEach
    void needsRootAndPrograms() {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "unshare", "nsenter", "nginx", "udhcpc", "curl"),
                "needs iproute2, util-linux, nginx, udhcpc and curl");
    }

    @Test
    void tenThousandConnectionsThroughL4() throws Exception {
        try (PrivateHost host = new PrivateHost(directory, Map.of());
                KeptConnections connections = new KeptConnections()) {
            Process controller = startHost(host);
            NetNs client = client(host);
            createService(host);
            Map<String, Integer> opened = answered(connections.open(client, VIP, 10_000), 10_000);
            assertThat(opened.keySet()).containsExactlyElementsOf(BACKENDS);

            change(host, "update", "web", "--remove-backend", "b3");
            // What becomes of the connections of a backend that was taken away undrained is not asked here.
            connections.leave("b3");
            Map<String, Integer> surviving = Map.of("b1", count(opened, "b1"), "b2", count(opened, "b2"));
            int left = count(opened, "b1") + count(opened, "b2");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);

            change(host, "drain", "web", "b2");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);
            try (KeptConnections more = new KeptConnections()) {
                assertThat(answered(more.open(client, VIP, 100), 100)).containsOnlyKeys("b1");
            }
            change(host, "update", "web", "--add-backend", "b3:80", "--weight", "b1=3", "--check-interval-ms", "500");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);
            restart(
                    host,
                    controller,
                    () -> assertThat(answered(connections.ask(), left)).isEqualTo(surviving));
            change(host, "drain", "web", "b2", "--undo");
            assertThat(answered(connections.ask(), left)).isEqualTo(surviving);
            client.close();
        }
    }

    /** The answers, of which there must be so many, with nothing lost. */
    private static Map<String, Integer> answered(KeptConnections.Round round, int expected) {
        if (!round.lost().isEmpty()
                || round.answered().values().stream()
                                .mapToInt(Integer::intValue)
                                .sum()
                        != expected) {
            // No assertion error, which Awaitility would wait for to pass.
            throw new IllegalStateException("of " + expected + " connections " + round);
        }
        return round.answered();
    }

    private static int count(Map<String, Integer> answered, String server) {
        return answered.getOrDefault(server, 0);
    }

    private Process startHost(PrivateHost host) throws Exception {
        Process controller = startController(host);
        host.start(
                "node",
                JavaProcess.command(
                        256,
                        List.of(
                                "node",
                                "--name=host1",
                                "--openflow=tcp:127.0.0.1:6653",
                                "--controller=http://127.0.0.1:8080",
                                "--vtep=127.0.0.1",
                                "--control=punix:/run/hopline/host1.ctl")));
        awaitApplied(host);
        assertThat(host.hopline("network", "create", "blue", "--subnet", "10.0.1.0/24"))
                .startsWith("0 ");
        for (String guest : List.of("b1", "b2", "b3", "client")) {
            host.ok("ip", "netns", "add", guest);
            host.ok("ip", "-n", guest, "link", "set", "lo", "up");
            assertThat(host.hopline("vnic", "attach", guest, "--network", "blue", "--netns", guest))
                    .startsWith("0 ");
            host.dhcp(guest);
        }
        for (String backend : BACKENDS) {
            nginx(host, backend);
        }
        return controller;
    }

    private Process startController(PrivateHost host) throws Exception {
        host.ok("mkdir", "-p", "/run/hopline");
        return host.start(
                "controller",
                JavaProcess.command(
                        192,
                        List.of(
                                "controller",
                                "--rest=127.0.0.1:8080",
                                "--openflow=ptcp:6653:127.0.0.1",
                                "--store=embedded:" + directory.resolve("store"))));
    }

    /** A server that keeps whatever connections it gets. */
    private void nginx(PrivateHost host, String name) throws Exception {
        Path home = Files.createDirectories(directory.resolve(name));
        Path conf = Files.writeString(home.resolve("nginx.conf"), """
                daemon off; master_process off; pid %1$s/pid; worker_rlimit_nofile 16384;
                events { worker_connections 16000; }
                http {
                  access_log off; keepalive_timeout 1h; keepalive_requests 1000000;
                  client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s; uwsgi_temp_path %1$s; scgi_temp_path %1$s;
                  server { listen 80 backlog=4096; location / { return 200 "%2$s"; } }
                }
                """.formatted(home, name));
        host.start(
                "nginx-" + name,
                List.of("ip", "netns", "exec", name, "nginx", "-c", conf.toString(), "-e", home + "/error.log"));
    }

    private static NetNs client(PrivateHost host) throws Exception {
        Process inside = host.start(
                "client", List.of("ip", "netns", "exec", "client", "sh", "-c", "echo in; exec sleep 100000"));
        host.awaitOutput(inside, "client", "in");
        return NetNs.ofProcess(inside.pid());
    }

    private static void createService(PrivateHost host) throws Exception {
        var words = new ArrayList<>(List.of("lb", "create", "web", "--network", "blue", "--vip", "10.0.1.100:80"));
        BACKENDS.forEach(backend -> words.addAll(List.of("--backend", backend + ":80")));
        assertThat(host.hopline(words.toArray(String[]::new))).startsWith("0 ");
        Awaitility.await().atMost(PATIENCE).until(() -> {
            JsonNode state = state(host);
            return DemoHosts.applied(state, 1) && DemoHosts.healthy(state);
        });
    }

    private static JsonNode state(PrivateHost host) throws Exception {
        String said = host.in(List.of("curl", "-s", "http://127.0.0.1:8080/api/v1/state"));
        return said.startsWith("0 ")
                ? JsonMapper.shared().readTree(said.substring(2))
                : JsonMapper.shared().missingNode();
    }

    private static void awaitApplied(PrivateHost host) {
        Awaitility.await().atMost(PATIENCE).until(() -> DemoHosts.applied(state(host), 1));
    }

    private static void change(PrivateHost host, String... words) throws Exception {
        var all = new ArrayList<>(List.of("lb"));
        all.addAll(List.of(words));
        assertThat(host.hopline(all.toArray(String[]::new))).startsWith("0 ");
        awaitApplied(host);
    }

    private interface Check {
        void run() throws Exception;
    }

    /** Kills the controller and starts it again; the check must hold without it, and once it is back. */
    private void restart(PrivateHost host, Process controller, Check check) throws Exception {
        controller.destroyForcibly().waitFor();
        check.run();
        startController(host);
        awaitApplied(host);
        check.run();
    }
}
