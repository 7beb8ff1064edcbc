package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hopline.sla.RequestTrace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TraceExporterTest {
    private final List<JsonNode> taken = new CopyOnWriteArrayList<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private HttpServer collector;

    @BeforeEach
    void startCollector() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", this::take);
        collector.start();
    }

    @AfterEach
    void stopCollector() {
        collector.stop(0);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean refused = refusals.getAndDecrement() > 0;
            if (!refused
                    && "application/json".equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
                taken.add(JsonBody.MAPPER.readTree(body));
            }
            exchange.sendResponseHeaders(refused ? 503 : 200, -1);
        }
    }

    private URI url() {
        return URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/traces");
    }

    private static JsonNode spans(JsonNode request) {
        return request.path("resourceSpans").path(0).path("scopeSpans").path(0).path("spans");
    }

    @Test
    void aRequestIsATraceAndEachStretchASpan() throws Exception {
        RequestTrace trace = Walks.at(1_790_000_000_000L, true);
        refusals.set(2);
        try (var exporter = new TraceExporter(url(), 1)) {
            exporter.export(trace);
            await().atMost(30, TimeUnit.SECONDS).until(() -> exporter.sent() == 1);
            assertThat(exporter.failed()).isZero();
        }
        JsonNode spans = spans(taken.getFirst());
        assertThat(spans).hasSize(1 + trace.steps().size());
        JsonNode root = spans.path(0);
        assertThat(root.path("traceId").asString()).matches("[0-9a-f]{32}");
        assertThat(root.path("startTimeUnixNano").asString()).isEqualTo(String.valueOf(trace.startNs()));
        assertThat(root.path("endTimeUnixNano").asString())
                .isEqualTo(String.valueOf(trace.startNs() + trace.endToEndNs()));
        Set<String> ids = new HashSet<>(Set.of(root.path("spanId").asString()));
        for (int i = 0; i < trace.steps().size(); i++) {
            RequestTrace.Step step = trace.steps().get(i);
            JsonNode span = spans.path(i + 1);
            assertThat(span.path("traceId")).isEqualTo(root.path("traceId"));
            assertThat(span.path("parentSpanId")).isEqualTo(root.path("spanId"));
            assertThat(span.path("name").asString()).isEqualTo(step.hop().id());
            long startNs = Long.parseLong(span.path("startTimeUnixNano").asString());
            assertThat(startNs).isEqualTo(trace.startNs() + step.startOffsetNs());
            assertThat(Long.parseLong(span.path("endTimeUnixNano").asString()) - startNs)
                    .isEqualTo(step.ns());
            ids.add(span.path("spanId").asString());
        }
        assertThat(ids).as("span ids, each once").hasSize(1 + trace.steps().size());
    }

    @Test
    void whatACollectorDoesNotTakeIsGivenUpAndCounted() throws Exception {
        refusals.set(Integer.MAX_VALUE);
        try (var exporter = new TraceExporter(url(), 1)) {
            for (int i = 0; i < 3; i++) {
                exporter.export(Walks.at(1_790_000_000_000L + i, false));
            }
            await().atMost(30, TimeUnit.SECONDS).until(() -> exporter.failed() == 3);
            assertThat(exporter.sent()).isZero();
        }
        assertThat(taken).isEmpty();
    }
}
