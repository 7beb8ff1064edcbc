package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.hopline.sla.LatencyHistory;
import io.hopline.sla.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ObjectivesTest {
    static final String AVAILABILITY = """
            apiVersion: openslo/v1
            kind: SLO
            metadata:
              name: web-up
            spec:
              service: web
              indicator:
                metadata:
                  name: answered
                spec:
                  ratioMetric:
                    counter: true
                    good:
                      metricSource:
                        type: hopline
                        spec:
                          metric: answered
                    total:
                      metricSource:
                        type: hopline
                        spec:
                          metric: requests
              timeWindow:
                - duration: 30d
                  isRolling: true
              budgetingMethod: Occurrences
              objectives:
                - displayName: answered
                  target: 0.99
            """;
    static final String LATENCY = """
            ---
            apiVersion: openslo/v1
            kind: SLO
            metadata:
              name: web-fast
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
              timeWindow:
                - duration: 1h
                  isRolling: true
              budgetingMethod: Occurrences
              objectives:
                - displayName: fast
                  op: lte
                  value: 1
                  target: 0.9
            """;

    @TempDir
    Path directory;

    private final List<JsonNode> posted = new CopyOnWriteArrayList<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private HttpServer receiver;
    private Controller controller;
    private RestClient rest;

    @BeforeEach
    void start() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        receiver.createContext("/alerts", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean refuse = refusals.getAndDecrement() > 0;
            if (!refuse) {
                posted.add(JsonBody.MAPPER.readTree(body));
            }
            exchange.sendResponseHeaders(refuse ? 503 : 200, -1);
            exchange.close();
        });
        receiver.start();
        startController();
        rest.post("/api/v1/networks", "{\"name\":\"blue\",\"subnet\":\"10.0.1.0/24\"}");
        rest.post("/api/v1/vnics", "{\"name\":\"web1\",\"network\":\"blue\"}");
        rest.post(
                "/api/v1/services",
                "{\"name\":\"web\",\"network\":\"blue\",\"vip\":\"10.0.1.100:80\",\"backends\":[\"web1:80\"]}");
    }

    private void startController() {
        URI url = URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/alerts");
        controller = Controller.start(new ControllerOptions(
                "127.0.0.1:0",
                List.of("ptcp:0:127.0.0.1"),
                "embedded:" + directory,
                OptionalInt.of(8),
                null,
                url,
                null));
        rest = new RestClient(controller.restAddress());
    }

    @AfterEach
    void stop() {
        rest.close();
        controller.close();
        receiver.stop(0);
    }

    /** Requests of the last minutes, every second. */
    private void requests(int good, int bad) {
        LatencyHistory history = controller.latency().history();
        long nowMs = System.currentTimeMillis();
        for (int i = 0; i < good + bad; i++) {
            long atMs = nowMs - 1 - i % 240 * 1_000L;
            history.record(
                    "web", TimeUnit.MILLISECONDS.toNanos(atMs), i < good ? Outcome.SUCCEEDED : Outcome.NO_ANSWER, 1);
            history.record(LatencyArchiveTest.trace(atMs, i < good ? 500_000 : 5_000_000));
        }
    }

    @Test
    void objectivesAreAppliedShownReplacedAndDeleted() {
        RestClient.Reply applied = rest.post("/api/v1/objectives", AVAILABILITY + LATENCY);
        assertThat(applied.status()).as(applied.body()).isEqualTo(200);
        requests(95, 5);
        JsonNode up = rest.get("/api/v1/objectives/web-up").json();
        JsonNode objective = up.path("objectives").get(0);
        assertThat(objective.path("total").longValue()).isEqualTo(100);
        assertThat(objective.path("good").longValue()).isEqualTo(95);
        assertThat(objective.path("met").booleanValue()).isFalse();
        assertThat(objective.path("budgetLeft").doubleValue()).isBetween(-4.001, -3.999);
        assertThat(objective.path("statusKnown").doubleValue()).isEqualTo(0.95);
        assertThat(objective.path("note").stringValue()).contains("5.0 % of the requests");
        assertThat(objective.path("burn")).hasSize(5);
        assertThat(objective.path("alerts")).hasSize(3);
        JsonNode fast = rest.get("/api/v1/objectives/web-fast")
                .json()
                .path("objectives")
                .get(0);
        assertThat(fast.path("actual").doubleValue()).isEqualTo(0.95);
        assertThat(fast.path("alerts")).hasSize(1);
        rest.post("/api/v1/objectives", AVAILABILITY.replace("0.99", "0.5"));
        assertThat(rest.get("/api/v1/objectives").json()).hasSize(2);
        assertThat(rest.get("/api/v1/objectives/web-up").json().path("met").booleanValue())
                .isTrue();
        assertThat(rest.delete("/api/v1/objectives/web-fast").status()).isEqualTo(204);
        assertThat(rest.get("/api/v1/objectives/web-fast").status()).isEqualTo(404);
        assertThat(rest.get("/api/v1/objectives").json()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "target: 0.99 | target: 1.5 | spec.objectives[0].target | must be above 0 and below 1",
                "duration: 30d | duration: 31d | spec.timeWindow[0].duration | must be at most 30d",
                "service: web | service: api | spec.service | there is no service 'api'",
                "name: web-up | name: a/b | metadata.name | must be letters",
                "metric: answered | metric: x | spec.indicator.spec.ratioMetric.good.metricSource.spec.metric | must be answered",
                "kind: SLO | kind: Service | kind | must be SLO"
            })
    void whatCannotBeUsedIsRefusedWithFieldAndReason(String from, String to, String field, String reason) {
        RestClient.Reply reply = rest.post("/api/v1/objectives", AVAILABILITY.replace(from, to));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().path("error").path("field").stringValue()).isEqualTo(field);
        assertThat(reply.json().path("error").path("reason").stringValue()).contains(reason);
        assertThat(rest.get("/api/v1/objectives").json()).isEmpty();
    }

    @Test
    void budgetAndObjectivesSurviveARestart() {
        rest.post("/api/v1/objectives", AVAILABILITY + LATENCY);
        requests(995, 5);
        JsonNode before = rest.get("/api/v1/objectives").json();
        rest.close();
        controller.close();
        startController();
        JsonNode after = rest.get("/api/v1/objectives").json();
        assertThat(after).hasSize(2);
        assertThat(after.get(0).path("objectives").get(0).path("total").longValue())
                .isEqualTo(1000);
        assertThat(after.findValuesAsString("budgetLeft")).isEqualTo(before.findValuesAsString("budgetLeft"));
    }

    @Test
    void anAlertReachesTheWebhookAlthoughItRefusesAtFirst() {
        refusals.set(1);
        requests(50, 50);
        rest.post("/api/v1/objectives", AVAILABILITY);
        await().atMost(60, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(posted).hasSizeGreaterThanOrEqualTo(3));
        JsonNode message = posted.getFirst();
        assertThat(message.path("version").stringValue()).isEqualTo("4");
        assertThat(message.path("status").stringValue()).isEqualTo("firing");
        JsonNode alert = message.path("alerts").get(0);
        assertThat(alert.path("status").stringValue()).isEqualTo("firing");
        assertThat(alert.path("labels").path("service").stringValue()).isEqualTo("web");
        assertThat(alert.path("labels").path("severity").stringValue()).isEqualTo("page");
        assertThat(alert.path("endsAt").stringValue()).isEqualTo("0001-01-01T00:00:00Z");
        assertThat(alert.path("annotations").path("summary").stringValue()).contains("50.0 times too fast over 1h");
        assertThat(posted.stream()
                        .map(one ->
                                one.path("alerts").get(0).path("fingerprint").stringValue())
                        .distinct())
                .hasSize(3);
        assertThat(rest.get("/api/v1/objectives/web-up").json().path("firing").intValue())
                .isEqualTo(3);
        assertThat(rest.get("/metrics").body())
                .contains("hopline_alert_webhook_sent_total 3.0")
                .contains(
                        "hopline_objective_alert_firing{objective=\"answered\",service=\"web\",severity=\"page\",slo=\"web-up\",window=\"1h\"} 1.0");
    }

    @Test
    void whatCannotBeDeliveredIsCountedAndWhatIsTooMuchDropped() throws InterruptedException {
        refusals.set(Integer.MAX_VALUE);
        URI url = URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/alerts");
        requests(50, 50);
        rest.post("/api/v1/objectives", AVAILABILITY);
        ObjectiveService service = new ObjectiveService(
                controller.live(), controller.latency().history(), (status, alert) -> {}, System::currentTimeMillis);
        var status = service.look("web-up").getFirst();
        AlertWebhook webhook = new AlertWebhook(url, "http://here/", 1);
        try {
            for (int i = 0; i < AlertWebhook.CAPACITY * 4; i++) {
                webhook.changed(status, status.alerts().getFirst());
            }
            await().atMost(60, TimeUnit.SECONDS).until(() -> webhook.failed() > 0);
            assertThat(webhook.sent()).isZero();
            assertThat(webhook.dropped()).isGreaterThan(AlertWebhook.CAPACITY);
        } finally {
            webhook.close();
        }
    }
}
