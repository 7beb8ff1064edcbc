package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.controller.Controller;
import io.hopline.controller.ControllerOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a node makes of a controller that starts again, on the same store or on an older copy of it. */
class ConfigFollowerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String VTEP = "192.0.2.1";

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private Controller controller;
    private String address;

    @BeforeEach
    void start() throws Exception {
        controller = open("127.0.0.1:0");
        address = controller.restAddress();
        post("networks", "{\"name\":\"blue\",\"subnet\":\"10.0.1.0/24\",\"vni\":100}");
        post("vnics", "{\"name\":\"web1\",\"network\":\"blue\"}");
        send(HttpRequest.newBuilder(uri("nodes/a"))
                .PUT(HttpRequest.BodyPublishers.ofString(
                        JsonMapper.shared().writeValueAsString(registration("192.0.2.99")))));
        service("old", "10.0.1.100:80");
    }

    @AfterEach
    void stop() {
        controller.close();
        http.close();
    }

    private Controller open(String rest) {
        return Controller.start(
                new ControllerOptions(rest, List.of("ptcp:0:127.0.0.1"), "embedded:" + folder.resolve("store")));
    }

    private void service(String name, String vip) throws Exception {
        post("services", """
                {"name":"%s","network":"blue","vip":"%s","check":"none","backends":["web1:80"]}""".formatted(name, vip));
    }

    private static ControllerClient.Registration registration(String vtep) {
        return new ControllerClient.Registration("000000000000000a", vtep, "", "", 1450, "", "", "");
    }

    private URI uri(String path) {
        return URI.create("http://" + address + "/api/v1/" + path);
    }

    private ControllerClient client() {
        return new ControllerClient(URI.create("http://" + address), "a");
    }

    private JsonNode get(String path) throws Exception {
        return JsonMapper.shared()
                .readTree(send(HttpRequest.newBuilder(uri(path))).body());
    }

    private void post(String path, String body) throws Exception {
        send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isLessThan(300);
        return response;
    }

    private void restartOn(Path copy) throws IOException {
        controller.close();
        copy(copy, folder.resolve("store"));
        controller = open(address);
    }

    private Path backup() throws IOException {
        controller.close();
        Path copy = folder.resolve("backup");
        copy(folder.resolve("store"), copy);
        controller = open(address);
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> old = Files.list(to)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static List<String> services(NodeConfig config) {
        return config.measured().stream()
                .map(NodeConfig.Measured::service)
                .filter(name -> !name.contains(":"))
                .toList();
    }

    @Test
    void anOlderStateIsTakenAsItIsAndLearnsOfTheHostAnew() throws Exception {
        Path backup = backup();
        List<NodeConfig> all = new CopyOnWriteArrayList<>(List.of(NodeConfig.NONE));
        try (ConfigFollower follower = new ConfigFollower(client(), registration(VTEP))) {
            follower.start(all::add, List::of);
            service("new", "10.0.1.101:80");
            service("newer", "10.0.1.102:80");
            await().atMost(PATIENCE).until(() -> services(all.getLast()).equals(List.of("new", "newer", "old")));
            long known = all.getLast().version();
            String epoch = all.getLast().epoch();

            restartOn(backup);
            await().atMost(PATIENCE).until(() -> services(all.getLast()).equals(List.of("old")));
            assertThat(all.getLast().version()).isLessThan(known);
            assertThat(all.getLast().epoch()).isNotEqualTo(epoch);
            await().atMost(PATIENCE)
                    .until(() -> get("nodes/a").path("vtep").asString().equals(VTEP));
            assertThat(get("events").path("events")).anySatisfy(event -> {
                assertThat(event.path("kind").asString()).isEqualTo("state-older");
                assertThat(event.path("subject").asString()).isEqualTo("a");
                assertThat(event.path("text").asString()).contains("knew version " + known);
            });

            // It goes on from there.
            service("after", "10.0.1.103:80");
            await().atMost(PATIENCE).until(() -> services(all.getLast()).equals(List.of("after", "old")));
        }
    }

    /** Versions of a restored store come to mean something else than what nodes have seen under them. */
    @Test
    void theSameVersionOfAnotherStartIsNotTheSame() throws Exception {
        Path backup = backup();
        service("new", "10.0.1.101:80");
        NodeConfig known = client().awaitConfig(-1, "").orElseThrow();
        restartOn(backup);
        service("other", "10.0.1.102:80");
        assertThat(controller.version()).isEqualTo(known.version());

        NodeConfig anew = client().awaitConfig(known.version(), known.epoch()).orElseThrow();
        assertThat(services(anew)).containsExactly("old", "other");
        assertThat(anew.version()).isEqualTo(known.version());
        assertThat(anew.epoch()).isNotEqualTo(known.epoch());
        HttpResponse<String> same =
                send(HttpRequest.newBuilder(uri("nodes/a/config?known=" + anew.version() + "&epoch=" + anew.epoch())));
        assertThat(same.statusCode()).isEqualTo(204);
    }
}
