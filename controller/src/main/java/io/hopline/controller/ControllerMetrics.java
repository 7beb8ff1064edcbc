package io.hopline.controller;

import io.hopline.sla.HopMetrics;
import io.hopline.sla.JoinerCounters;
import io.hopline.sla.LatencyHistory;
import io.hopline.sla.ObjectiveWatch;
import io.hopline.sla.Outcome;
import io.hopline.sla.RequestTrace;
import io.javalin.http.Context;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The controller's Prometheus endpoint, {@code GET /metrics}: whole requests, which no node can time alone, what became of
 * them, objectives and their budgets, and what the joiner did.
 */
final class ControllerMetrics implements AutoCloseable {
    private static final JoinerCounters NONE = new JoinerCounters(0, 0, 0, Map.of(), 0, 0, 0);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final HopMetrics hops = new HopMetrics(this::joiner);
    /** On virtual threads a BufferedWriter grows with every write, and a scrape leaves megabytes of garbage. */
    private final ExecutorService scrapers = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("metrics").factory());

    private final Map<ObjectiveService.Counted, List<Meter>> objectives = new HashMap<>();
    private volatile @Nullable LatencyService latency;
    private @Nullable ObjectiveService watched;

    ControllerMetrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        hops.bindTo(registry);
    }

    List<Route> routes() {
        return List.of(Route.get("/metrics", "Figures for Prometheus, as text", "", this::scrape));
    }

    /** Counts a timed request. */
    void count(RequestTrace trace) {
        hops.record(trace);
    }

    /** How many requests each that is counted now stands for: one in so many connections is looked at. */
    int requestsEach() {
        LatencyService service = latency;
        return service == null ? 1 : service.sampling().oneIn();
    }

    /** Counts what became of a request. */
    void count(String service, Outcome outcome) {
        Counter.builder("hopline.request.outcomes")
                .description("Requests by what became of them, timed or not")
                .tags("service", service, "outcome", outcome.id())
                .register(registry)
                .increment(requestsEach());
    }

    /** Shows what joins requests. */
    void bind(LatencyService service) {
        latency = service;
        counter("hopline.joiner.sightings", service, s -> s.counters().sightings());
        counter("hopline.joiner.undecodable", service, s -> s.counters().undecodable());
        counter("hopline.joiner.requests", service, s -> s.counters().traces());
        counter("hopline.joiner.late.sightings", service, s -> s.counters().lateSightings());
        counter("hopline.joiner.evicted.connections", service, s -> s.counters().evictedConnections());
        counter("hopline.joiner.evicted.sightings", service, s -> s.counters().evictedSightings());
    }

    /** Shows what keeps histograms. */
    void bind(HistoryKeeper keeper) {
        LatencyHistory history = keeper.history();
        counter("hopline.history.not.kept", history, LatencyHistory::notKept);
        counter("hopline.history.damaged.rows", history, LatencyHistory::damagedRows);
        counter("hopline.history.store.failures", keeper, HistoryKeeper::failures);
    }

    /** Shows what sends alerts. */
    void bind(AlertWebhook webhook) {
        counter("hopline.alert.webhook.sent", webhook, AlertWebhook::sent);
        counter("hopline.alert.webhook.failed", webhook, AlertWebhook::failed);
        counter("hopline.alert.webhook.dropped", webhook, AlertWebhook::dropped);
    }

    /** Shows what sends traces. */
    void bind(TraceExporter exporter) {
        counter("hopline.traces.sent", exporter, TraceExporter::sent);
        counter("hopline.traces.failed", exporter, TraceExporter::failed);
        counter("hopline.traces.dropped", exporter, TraceExporter::dropped);
    }

    /** Shows objectives, from now on whichever there are at a scrape. */
    synchronized void bind(ObjectiveService service) {
        watched = service;
    }

    private <T> void counter(String name, T source, ToDoubleFunction<T> count) {
        FunctionCounter.builder(name, source, count).register(registry);
    }

    private JoinerCounters joiner() {
        LatencyService service = latency;
        return service == null ? NONE : service.counters();
    }

    private void scrape(Context ctx) throws InterruptedException, ExecutionException {
        followObjectives();
        ctx.contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(scrapers.submit(() -> registry.scrape()).get());
    }

    private synchronized void followObjectives() {
        if (watched == null) {
            return;
        }
        List<ObjectiveService.Counted> now = watched.current();
        Set<ObjectiveService.Counted> gone = new HashSet<>(objectives.keySet());
        now.forEach(gone::remove);
        gone.forEach(objective -> {
            List<Meter> meters = objectives.remove(objective);
            if (meters != null) {
                meters.forEach(registry::remove);
            }
        });
        for (ObjectiveService.Counted objective : now) {
            // Which windows there are is known from the first look on, some seconds after it was applied.
            ObjectiveWatch.Status status = objective.last();
            if (status != null && !objectives.containsKey(objective)) {
                objectives.put(objective, meters(objective, status));
            }
        }
    }

    private List<Meter> meters(ObjectiveService.Counted objective, ObjectiveWatch.Status status) {
        Tags tags = Tags.of(
                "slo", objective.document(),
                "objective", objective.objective().name(),
                "service", objective.objective().service());
        List<Meter> meters = new ArrayList<>();
        meters.add(FunctionCounter.builder("hopline.objective.requests", objective, o -> o.total())
                .tags(tags)
                .register(registry));
        meters.add(FunctionCounter.builder("hopline.objective.good", objective, o -> o.good())
                .tags(tags)
                .register(registry));
        meters.add(gauge(
                "hopline.objective.target", tags, objective, s -> s.objective().target()));
        meters.add(gauge(
                "hopline.objective.actual", tags, objective, s -> s.verdict().actual()));
        meters.add(gauge(
                "hopline.objective.budget.left",
                tags,
                objective,
                s -> s.verdict().budgetLeft()));
        for (int i = 0; i < status.burns().size(); i++) {
            int index = i;
            Tags window = tags.and(
                    "window", ObjectiveReplies.window(status.burns().get(i).window()));
            meters.add(gauge(
                    "hopline.objective.burn.rate",
                    window,
                    objective,
                    s -> s.burns().get(index).rate()));
        }
        for (int i = 0; i < status.alerts().size(); i++) {
            int index = i;
            ObjectiveWatch.Alert alert = status.alerts().get(i);
            Tags rule = tags.and(
                    "severity", alert.rule().severity().id(),
                    "window", ObjectiveReplies.window(alert.rule().longWindow()));
            meters.add(gauge(
                    "hopline.objective.alert.firing",
                    rule,
                    objective,
                    s -> s.alerts().get(index).firing() ? 1 : 0));
        }
        return meters;
    }

    private Gauge gauge(
            String name, Tags tags, ObjectiveService.Counted objective, ToDoubleFunction<ObjectiveWatch.Status> value) {
        return Gauge.builder(name, objective, o -> {
                    ObjectiveWatch.Status status = o.last();
                    return status == null ? Double.NaN : value.applyAsDouble(status);
                })
                .tags(tags)
                .register(registry);
    }

    @Override
    public void close() {
        scrapers.shutdownNow();
        registry.close();
    }
}
