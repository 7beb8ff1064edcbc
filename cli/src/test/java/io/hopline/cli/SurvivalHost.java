package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.linux.NetNs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A host with a controller, a node, three guests with nginx and one for clients, for tests of what connections live through. */
final class SurvivalHost implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final List<String> BACKENDS = List.of("b1", "b2", "b3");

    private final Path directory;
    private final PrivateHost host;
    private final List<NetNs> opened = new ArrayList<>();
    private Process controller;

    SurvivalHost(Path directory) throws Exception {
        this.directory = directory;
        this.host = new PrivateHost(directory, Map.of());
        try {
            controller = startController();
            startNode();
            attachGuests();
            for (String backend : BACKENDS) {
                nginx(backend);
            }
        } catch (Exception | AssertionError e) {
            host.close();
            throw e;
        }
    }

    private void startNode() throws Exception {
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
        awaitApplied();
    }

    private void attachGuests() throws Exception {
        assertThat(host.hopline("network", "create", "blue", "--subnet", "10.0.1.0/24"))
                .startsWith("0 ");
        for (String guest : List.of("b1", "b2", "b3", "client")) {
            host.ok("ip", "netns", "add", guest);
            host.ok("ip", "-n", guest, "link", "set", "lo", "up");
            assertThat(host.hopline("vnic", "attach", guest, "--network", "blue", "--netns", guest))
                    .startsWith("0 ");
            host.dhcp(guest);
        }
    }

    private Process startController() throws Exception {
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

    /** A server that keeps whatever connections it gets; WebSockets go to the guest's port 81. */
    private void nginx(String name) throws Exception {
        Path home = Files.createDirectories(directory.resolve(name));
        Path conf = Files.writeString(home.resolve("nginx.conf"), """
                daemon off; master_process off; pid %1$s/pid; worker_rlimit_nofile 16384;
                events { worker_connections 16000; }
                http {
                  access_log off; keepalive_timeout 1h; keepalive_requests 1000000;
                  client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s; uwsgi_temp_path %1$s; scgi_temp_path %1$s;
                  server {
                    listen 80 backlog=4096;
                    location / { return 200 "%2$s"; }
                    location /socket {
                      proxy_pass http://127.0.0.1:81; proxy_http_version 1.1; proxy_read_timeout 1h;
                      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
                    }
                  }
                }
                """.formatted(home, name));
        host.start(
                "nginx-" + name,
                List.of("ip", "netns", "exec", name, "nginx", "-c", conf.toString(), "-e", home + "/error.log"));
    }

    /** The network of a guest, for sockets of this process; closed with the host. */
    NetNs network(String guest) throws Exception {
        String name = "inside-" + guest;
        Process inside =
                host.start(name, List.of("ip", "netns", "exec", guest, "sh", "-c", "echo in; exec sleep 100000"));
        host.awaitOutput(inside, name, "in");
        NetNs network = NetNs.ofProcess(inside.pid());
        opened.add(network);
        return network;
    }

    /** Runs {@code hopline lb} and waits until the switch has what it says. */
    String lb(String... words) throws Exception {
        var all = new ArrayList<>(List.of("lb"));
        all.addAll(List.of(words));
        return hopline(all);
    }

    /** Runs {@code hopline apply} and waits until the switch has what the file says. */
    void apply(String yaml) throws Exception {
        hopline(List.of(
                "apply",
                "-f",
                Files.writeString(directory.resolve("applied.yaml"), yaml).toString()));
    }

    /** What {@code hopline apply} says of a file that it must refuse. */
    String refused(String yaml) throws Exception {
        String said = host.hopline(
                "apply",
                "-f",
                Files.writeString(directory.resolve("refused.yaml"), yaml).toString());
        assertThat(said).doesNotStartWith("0 ");
        return said;
    }

    /** The page that the host itself gets, empty when it gets none. */
    String get(String url) throws Exception {
        String said = host.in(List.of("curl", "-s", "-g", "-m", "5", url));
        return said.startsWith("0 ") ? said.substring(2) : "";
    }

    /** Timed requests of a service, hop by hop, as the controller tells them. */
    List<JsonNode> traces(String service) throws Exception {
        String said = host.in(List.of("curl", "-s", "http://127.0.0.1:8080/api/v1/sla/traces"));
        assertThat(said).startsWith("0 ");
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode trace : JsonMapper.shared().readTree(said.substring(2)).get("traces")) {
            if (trace.get("service").stringValue().equals(service)) {
                found.add(trace);
            }
        }
        return found;
    }

    /** The report of the last hour of a service, as JSON. */
    JsonNode report(String service) throws Exception {
        String said =
                host.in(List.of("curl", "-s", "http://127.0.0.1:8080/api/v1/sla/report?since=1h&service=" + service));
        assertThat(said).startsWith("0 ");
        return JsonMapper.shared().readTree(said.substring(2));
    }

    private String hopline(List<String> words) throws Exception {
        String printed = host.hopline(words.toArray(String[]::new));
        assertThat(printed).startsWith("0 ");
        awaitApplied();
        return printed;
    }

    private JsonNode state() throws Exception {
        String said = host.in(List.of("curl", "-s", "http://127.0.0.1:8080/api/v1/state"));
        return said.startsWith("0 ")
                ? JsonMapper.shared().readTree(said.substring(2))
                : JsonMapper.shared().missingNode();
    }

    private void awaitApplied() {
        Awaitility.await().atMost(PATIENCE).until(() -> DemoHosts.applied(state(), 1));
    }

    /** Waits until every backend of every service is well; what is not is said with the failure. */
    void awaitHealthy() {
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode state = state();
            assertThat(DemoHosts.applied(state, 1) && DemoHosts.healthy(state))
                    .as(() -> "services " + state.path("services") + " at nodes " + state.path("nodes"))
                    .isTrue();
        });
    }

    interface Check {
        void run() throws Exception;
    }

    /** Kills the controller and starts it again; the check must hold without it, and once it is back. */
    void restartController(Check check) throws Exception {
        controller.destroyForcibly().waitFor();
        check.run();
        controller = startController();
        awaitApplied();
        check.run();
    }

    /**
     * The answers, of which there must be so many, with nothing lost.
     *
     * @throws IllegalStateException when it is not so: no assertion error, which Awaitility would wait for to pass
     */
    static Map<String, Integer> answered(KeptConnections.Round round, int expected) {
        if (!round.lost().isEmpty()
                || round.answered().values().stream()
                                .mapToInt(Integer::intValue)
                                .sum()
                        != expected) {
            throw new IllegalStateException("of " + expected + " connections " + round);
        }
        return round.answered();
    }

    @Override
    public void close() throws Exception {
        opened.forEach(NetNs::close);
        host.close();
    }
}
