package io.hopline.controller;

import io.hopline.sla.RequestTrace;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends each timed request to an OpenTelemetry collector as a trace: one span for the request, and under it one for each
 * stretch of its way, in OTLP's JSON encoding over HTTP (OpenTelemetry protocol 1.x; port 4318, path {@code /v1/traces}).
 *
 * <p>A thread of its own sends what has come, {@value #BATCH} requests at most at a time. At most {@value #CAPACITY} wait;
 * what finds no room is dropped and counted, and so is a batch that was not taken after {@value #ATTEMPTS} attempts.
 */
final class TraceExporter implements AutoCloseable {
    static final int CAPACITY = 8192;
    static final int BATCH = 256;
    static final int ATTEMPTS = 4;

    private static final long GATHER_MS = 500;
    /** {@code SPAN_KIND_INTERNAL} and {@code SPAN_KIND_SERVER} of opentelemetry/proto/trace/v1/trace.proto. */
    private static final int INTERNAL = 1;

    private static final int SERVER = 2;

    private final RetryingPost post;
    private final BlockingQueue<RequestTrace> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread =
            Thread.ofPlatform().name("trace-exporter").daemon().unstarted(this::run);

    /**
     * Starts the thread.
     *
     * @param url the collector's, with its path
     * @param firstPauseMs before the second attempt; each further pause is twice as long
     */
    TraceExporter(URI url, long firstPauseMs) {
        post = new RetryingPost(url, ATTEMPTS, firstPauseMs);
        thread.start();
    }

    /** Takes a request; never blocks. Any thread. */
    void export(RequestTrace trace) {
        if (!queue.offer(trace)) {
            dropped.incrementAndGet();
        }
    }

    /** Requests that the collector took. */
    long sent() {
        return sent.get();
    }

    /** Requests given up after the last attempt. */
    long failed() {
        return failed.get();
    }

    /** Requests dropped because too many waited. */
    long dropped() {
        return dropped.get();
    }

    private void run() {
        try {
            while (post.open()) {
                RequestTrace first = queue.poll(GATHER_MS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    List<RequestTrace> batch = new ArrayList<>(List.of(first));
                    queue.drainTo(batch, BATCH - 1);
                    byte[] json = json(batch).toString().getBytes(StandardCharsets.UTF_8);
                    (post.deliver(batch.size() + " traces", json) ? sent : failed).addAndGet(batch.size());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ObjectNode json(List<RequestTrace> traces) {
        ObjectNode json = Replies.object();
        ObjectNode resource = json.putArray("resourceSpans").addObject();
        attribute(resource.putObject("resource").putArray("attributes"), "service.name", "hopline");
        ObjectNode scope = resource.putArray("scopeSpans").addObject();
        scope.putObject("scope").put("name", "io.hopline");
        ArrayNode spans = scope.putArray("spans");
        traces.forEach(trace -> spans(spans, trace));
        return json;
    }

    /** Times are the entry host's clock; a stretch begins where it ended less its length. */
    private static void spans(ArrayNode spans, RequestTrace trace) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String traceId = hex(random.nextLong()) + hex(random.nextLong(1, Long.MAX_VALUE));
        String rootId = hex(random.nextLong(1, Long.MAX_VALUE));
        ObjectNode root = spans.addObject()
                .put("traceId", traceId)
                .put("spanId", rootId)
                .put("name", trace.service())
                .put("kind", SERVER);
        span(root, trace.startNs(), trace.endToEndNs());
        ArrayNode attributes = root.putArray("attributes");
        attribute(attributes, "client.address", trace.client().toString());
        attribute(attributes, "hopline.service", trace.service());
        attribute(attributes, "hopline.backend", trace.backend().orElse(""));
        attribute(attributes, "hopline.hosts", String.join(",", trace.hostPath()));
        number(attributes, "hopline.unattributed_ns", trace.unattributedNs());
        trace.clockErrorNs().ifPresent(ns -> number(attributes, "hopline.clock_error_ns", ns));
        trace.flags()
                .forEach(flag -> attribute(
                        attributes, "hopline.flag." + flag.name().toLowerCase(Locale.ROOT), flag.explanation()));
        for (RequestTrace.Step step : trace.steps()) {
            ObjectNode span = spans.addObject()
                    .put("traceId", traceId)
                    .put("spanId", hex(random.nextLong(1, Long.MAX_VALUE)))
                    .put("parentSpanId", rootId)
                    .put("name", step.hop().id())
                    .put("kind", INTERNAL);
            span(span, trace.startNs() + step.startOffsetNs(), step.ns());
            ArrayNode of = span.putArray("attributes");
            attribute(of, "host.name", step.host());
            attribute(of, "hopline.direction", step.direction().id());
        }
    }

    private static void span(ObjectNode span, long startNs, long ns) {
        span.put("startTimeUnixNano", String.valueOf(startNs)).put("endTimeUnixNano", String.valueOf(startNs + ns));
    }

    private static void attribute(ArrayNode attributes, String key, String value) {
        attributes.addObject().put("key", key).putObject("value").put("stringValue", value);
    }

    private static void number(ArrayNode attributes, String key, long value) {
        attributes.addObject().put("key", key).putObject("value").put("intValue", String.valueOf(value));
    }

    private static String hex(long bits) {
        return String.format(Locale.ROOT, "%016x", bits);
    }

    @Override
    public void close() throws InterruptedException {
        post.end();
        thread.interrupt();
        thread.join();
        post.close();
    }
}
