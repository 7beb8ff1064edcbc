package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.controller.Controller;
import io.hopline.controller.ControllerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hopline lb}, {@code apply} and {@code vnic label} against a controller without hosts. */
class LbCommandTest {
    @TempDir
    Path directory;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();
    private Controller controller;

    @BeforeEach
    void start() throws IOException {
        controller = Controller.start(new ControllerOptions(
                "127.0.0.1:0", List.of("ptcp:0:127.0.0.1"), "embedded:" + directory.resolve("store")));
        Files.writeString(directory.resolve("blue.yaml"), """
                networks: [{name: blue, subnet: 10.0.1.0/24}]
                vnics:
                - {name: web1, network: blue}
                - {name: web2, network: blue, labels: {app: web}}
                """);
        assertThat(ask("apply", "-f", directory.resolve("blue.yaml").toString()))
                .as(err.toString())
                .isZero();
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private int ask(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        var all = new ArrayList<>(List.of(arguments));
        all.add("--controller");
        all.add("http://" + controller.restAddress());
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void appliesAFileOnceAndSaysWhatItWouldDo() throws IOException {
        Path file = directory.resolve("web.yaml");
        Files.writeString(file, """
                services:
                - {name: web, network: blue, vip: '10.0.1.100:80', backends: ['web1:80'], check: none}
                """);
        assertThat(ask("apply", "-f", file.toString(), "--dry-run")).isZero();
        assertThat(out).hasToString("""
                kind     name  change   fields
                service  web   created       -
                """);
        assertThat(ask("lb", "show", "web")).as("a dry run makes nothing").isEqualTo(1);
        assertThat(ask("apply", "-f", file.toString())).isZero();
        Files.writeString(file, Files.readString(file).replace("'web1:80'", "'web1:80', 'web2:80'"));
        assertThat(ask("apply", "-f", file.toString())).isZero();
        assertThat(out).hasToString("""
                kind     name  change   fields
                service  web   updated  backends
                """);
        Files.writeString(file, Files.readString(file).replace("check", "chekc"));
        assertThat(ask("apply", "-f", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("services[0].chekc: is not a known field");
    }

    @Test
    void updatesAServiceWhileItServes() {
        assertThat(ask(
                        "lb",
                        "create",
                        "web",
                        "--network",
                        "blue",
                        "--vip",
                        "10.0.1.100:80",
                        "--backend",
                        "web1:80",
                        "--check",
                        "tcp"))
                .as(err.toString())
                .isZero();
        assertThat(ask(
                        "lb",
                        "update",
                        "web",
                        "--add-backend",
                        "web2:80",
                        "--weight",
                        "web2=3",
                        "--check-interval-ms",
                        "700",
                        "-o",
                        "json"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("\"weight\" : 3", "\"intervalMs\" : 700");
        assertThat(ask("lb", "update", "web", "--remove-backend", "web7")).isEqualTo(1);
        assertThat(err.toString()).contains("removeBackends: service 'web' has no backend 'web7'");
        assertThat(ask("lb", "update", "web", "--now")).isEqualTo(2);
        assertThat(err.toString()).contains("--now: says how --remove-backend removes");
        assertThat(ask("lb", "update", "web", "--drain-timeout", "soon")).isEqualTo(2);
        assertThat(err.toString()).contains("--drain-timeout: must be like 90s, 10m or 1h");
        assertThat(ask("lb", "update", "web", "--add-backend", "web2")).isEqualTo(2);
        assertThat(ask("lb", "update", "web")).as("nothing to change").isEqualTo(2);
    }

    /** The controller is told of connections as a node would tell it. */
    @Test
    void showsConnectionsAndWaitsUntilADrainedBackendHasNone() throws Exception {
        assertThat(ask(
                        "lb",
                        "create",
                        "web",
                        "--network",
                        "blue",
                        "--vip",
                        "10.0.1.100:80",
                        "--backend",
                        "web1:80",
                        "--backend",
                        "web2:80",
                        "--check",
                        "none"))
                .isZero();
        try (HttpClient http = HttpClient.newHttpClient()) {
            send(http, "PUT", "", "{\"dpid\":\"a\",\"vtep\":\"192.0.2.1\"}");
            report(http, 2, 5);
            assertThat(ask("lb", "show", "web")).as(err.toString()).isZero();
            assertThat(out.toString()).containsPattern("web1 +detached +1 +2 ").containsPattern("all +- +- +2 ");
            assertThat(ask("lb", "drain", "web", "web1", "--wait", "--timeout", "1"))
                    .as("nobody reports")
                    .isEqualTo(1);
            Thread node = Thread.ofVirtual().start(() -> {
                for (int open = 2; !Thread.currentThread().isInterrupted(); open = Math.max(0, open - 1)) {
                    report(http, open, 5);
                    try {
                        Thread.sleep(700);
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
            assertThat(ask("lb", "drain", "web", "web1", "--wait", "--timeout", "60"))
                    .as(err.toString())
                    .isZero();
            assertThat(out.toString()).endsWith("web1: 0 connections left\n");
            node.interrupt();
            node.join();
        }
        assertThat(ask("lb", "drain", "web", "web1", "--wait", "--undo")).isEqualTo(2);
    }

    private void report(HttpClient http, int open, int begun) {
        send(
                http,
                "POST",
                "/connections",
                "{\"connections\":[{\"zone\":100,\"protocol\":6,\"vip\":\"10.0.1.100:80\","
                        + "\"server\":\"10.0.1.2:80\",\"open\":" + open + ",\"begun\":" + begun + "}]}");
    }

    private void send(HttpClient http, String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + controller.restAddress() + "/api/v1/nodes/a" + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            var response = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void backendsJoinAndLeaveByLabel() {
        assertThat(ask(
                        "lb",
                        "create",
                        "dns",
                        "--network",
                        "blue",
                        "--vip",
                        "10.0.1.53:53",
                        "--protocol",
                        "udp",
                        "--backend-label",
                        "app=web:5353"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("udp").contains("web2").doesNotContain("web1");
        assertThat(ask("vnic", "label", "web1", "app=web")).isZero();
        assertThat(ask("lb", "show", "dns")).isZero();
        assertThat(out.toString()).contains("web2").contains("web1").contains("no healthy backend");
        assertThat(ask("vnic", "label", "web2", "app-")).isZero();
        assertThat(ask("lb", "show", "dns")).isZero();
        assertThat(out.toString()).contains("web1").doesNotContain("web2");
        assertThat(ask("lb", "create", "x", "--network", "blue", "--vip", "10.0.1.54:53"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--backend or --backend-label");
    }

    @Test
    void clientsAreTiedToABackendForATime() {
        String[] create = {"lb", "create", "web", "--network=blue", "--vip=10.0.1.100:80", "--backend=web1:80"};
        assertThat(ask(with(create, "--affinity=client", "--affinity-timeout=5m")))
                .as(err.toString())
                .isZero();
        assertThat(ask("lb", "show", "web")).isZero();
        assertThat(out.toString()).contains("a client stays until silent for 300 s");
        assertThat(ask("lb", "update", "web", "--slow-start=5")).isZero();
        assertThat(ask("lb", "show", "web", "-o", "json")).isZero();
        assertThat(out.toString().replaceAll("\\s", "")).contains("\"clientAffinityS\":300", "\"slowStartS\":5");
        assertThat(ask("lb", "update", "web", "--affinity=none")).isZero();
        assertThat(ask("lb", "show", "web")).isZero();
        assertThat(out.toString()).doesNotContain("a client stays");
        assertThat(ask("lb", "update", "web", "--affinity=cookie")).isEqualTo(2);
        assertThat(err.toString()).contains("--affinity: must be client or none");
        assertThat(ask("lb", "update", "web", "--affinity-timeout=5")).isEqualTo(2);
        assertThat(err.toString()).contains("--affinity-timeout", "90s, 10m or 1h");
        assertThat(ask("lb", "update", "web", "--affinity-timeout=25h")).isEqualTo(2);
        assertThat(err.toString()).contains("l4.clientAffinityS", "must be 0 to 86400");
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void l7OptionsComeByFlagsAndByFiles() throws IOException {
        assertThat(ask(
                        "lb",
                        "create",
                        "web",
                        "--network=blue",
                        "--vip=10.0.1.100:80",
                        "--backend=web1:80",
                        "--mode=l7",
                        "--balance=sticky-cookie:HOP",
                        "--tries=2",
                        "--retry-status=503"))
                .as(err.toString())
                .isZero();
        assertThat(ask("lb", "update", "web", "--slow-start-ms=5000", "--access-log=web.log"))
                .as(err.toString())
                .isZero();
        assertThat(ask("lb", "show", "web", "-o", "json")).isZero();
        assertThat(out.toString().replaceAll("\\s", ""))
                .contains("\"balancing\":{\"method\":\"sticky-cookie\",\"name\":\"HOP\"}")
                .contains("\"maxTries\":2", "\"statuses\":[503]", "\"slowStartMs\":5000", "\"file\":\"web.log\"");
        assertThat(ask("lb", "update", "web", "--tries=99")).isEqualTo(2);
        assertThat(err.toString()).contains("l7.policy.retries.maxTries", "must be 1 to 16, not 99");
        Path file = directory.resolve("canary.yaml");
        Files.writeString(file, """
                services:
                - name: shop
                  network: blue
                  vip: '10.0.1.101:80'
                  mode: l7
                  backends: ['web1:80', 'web2:80']
                  check: none
                  routes:
                  - pathPrefix: /old
                    redirect: {status: 301, path: /new}
                  - splits: [{weight: 95, backends: [web1]}, {weight: 5, backends: [web2]}]
                    rateLimit: {requestsPerSecond: 100, per: client}
                """);
        assertThat(ask("apply", "-f", file.toString())).as(err.toString()).isZero();
        assertThat(ask("apply", "-f", file.toString())).isZero();
        assertThat(out.toString()).as("applied twice, it changes nothing").doesNotContain("updated");
    }

    /** What the documentation shows can be applied as it stands. */
    @Test
    void theDocumentedServiceIsOne() throws IOException {
        Path docs = Path.of(Files.exists(Path.of("docs")) ? "docs" : "../docs");
        String text = Files.readString(docs.resolve("load-balancer.md"));
        int shop = text.indexOf("- name: shop");
        int start = text.lastIndexOf("```yaml\n", shop) + "```yaml\n".length();
        Path file = directory.resolve("shop.yaml");
        Files.writeString(
                file, "vnics: [{name: next, network: blue}]\n" + text.substring(start, text.indexOf("```", start)));
        assertThat(ask("apply", "-f", file.toString())).as(err.toString()).isZero();
        assertThat(ask("lb", "show", "shop", "-o", "json")).isZero();
        assertThat(out.toString()).contains("least-request", "sticky-cookie", "shop.log");
    }
}
