package io.hopline.node;

import io.hopline.lb.counters.BackendCounters;
import io.hopline.lb.counters.ProxyCounters;
import io.hopline.lb.proxy.HttpProxy;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** The counters of L7 proxies on the node's endpoint. Only the thread that follows the configuration calls. */
final class ProxyMetrics {
    private final MeterRegistry registry;
    private final Map<String, List<Meter>> shown = new HashMap<>();

    ProxyMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Shows a proxy, these of its backends and these of its routes; again whenever they change. */
    void show(String service, HttpProxy proxy, List<String> backends, Collection<String> routes) {
        hide(service);
        List<Meter> meters = new ArrayList<>();
        shown.put(service, meters);
        Tags tags = Tags.of("service", service);
        count(meters, "hopline.proxy.requests", tags, proxy, ProxyCounters::requests);
        count(meters, "hopline.proxy.refused", tags, proxy, ProxyCounters::refused);
        count(meters, "hopline.proxy.cut", tags, proxy, ProxyCounters::cut);
        count(meters, "hopline.proxy.retries", tags, proxy, ProxyCounters::retries);
        count(meters, "hopline.proxy.connects", tags, proxy, ProxyCounters::backendConnects);
        count(meters, "hopline.proxy.log.drops", tags, proxy, ProxyCounters::logDrops);
        count(meters, "hopline.proxy.answers", tags.and("class", "2xx"), proxy, ProxyCounters::answered2xx);
        count(meters, "hopline.proxy.answers", tags.and("class", "3xx"), proxy, ProxyCounters::answered3xx);
        count(meters, "hopline.proxy.answers", tags.and("class", "4xx"), proxy, ProxyCounters::answered4xx);
        count(meters, "hopline.proxy.answers", tags.and("class", "5xx"), proxy, ProxyCounters::answered5xx);
        meters.add(
                Gauge.builder("hopline.proxy.clients", proxy, p -> p.counters().clients())
                        .tags(tags)
                        .register(registry));
        backends.forEach(backend -> show(meters, tags.and("backend", backend), proxy, backend));
        routes.forEach(route -> showRoute(meters, tags.and("route", route), proxy, route));
    }

    private void showRoute(List<Meter> meters, Tags tags, HttpProxy proxy, String label) {
        String answers = "hopline.proxy.route.answers";
        routeCount(meters, answers, tags.and("class", "2xx"), proxy, label, BackendCounters::answered2xx);
        routeCount(meters, answers, tags.and("class", "3xx"), proxy, label, BackendCounters::answered3xx);
        routeCount(meters, answers, tags.and("class", "4xx"), proxy, label, BackendCounters::answered4xx);
        routeCount(meters, answers, tags.and("class", "5xx"), proxy, label, BackendCounters::answered5xx);
        routeCount(meters, "hopline.proxy.route.failures", tags, proxy, label, BackendCounters::failures);
        meters.add(FunctionTimer.builder(
                        "hopline.proxy.route.wait",
                        proxy,
                        p -> p.routeCounters(label).answered(),
                        p -> p.routeCounters(label).waitedNs(),
                        TimeUnit.NANOSECONDS)
                .tags(tags)
                .register(registry));
    }

    private void routeCount(
            List<Meter> meters,
            String name,
            Tags tags,
            HttpProxy proxy,
            String label,
            ToDoubleFunction<BackendCounters> value) {
        meters.add(FunctionCounter.builder(name, proxy, p -> value.applyAsDouble(p.routeCounters(label)))
                .tags(tags)
                .register(registry));
    }

    private void show(List<Meter> meters, Tags tags, HttpProxy proxy, String name) {
        String answers = "hopline.proxy.backend.answers";
        backendCount(meters, answers, tags.and("class", "2xx"), proxy, name, BackendCounters::answered2xx);
        backendCount(meters, answers, tags.and("class", "3xx"), proxy, name, BackendCounters::answered3xx);
        backendCount(meters, answers, tags.and("class", "4xx"), proxy, name, BackendCounters::answered4xx);
        backendCount(meters, answers, tags.and("class", "5xx"), proxy, name, BackendCounters::answered5xx);
        backendCount(meters, "hopline.proxy.backend.failures", tags, proxy, name, BackendCounters::failures);
        backendCount(meters, "hopline.proxy.backend.ejections", tags, proxy, name, BackendCounters::ejections);
        backendCount(meters, "hopline.proxy.backend.no.websocket", tags, proxy, name, BackendCounters::noWebSocket);
        gauge(meters, "hopline.proxy.backend.active", tags, proxy, name, BackendCounters::active);
        gauge(meters, "hopline.proxy.backend.connections", tags, proxy, name, BackendCounters::connections);
        gauge(meters, "hopline.proxy.backend.queue", tags, proxy, name, BackendCounters::waiting);
        meters.add(FunctionTimer.builder(
                        "hopline.proxy.backend.wait",
                        proxy,
                        p -> p.backendCounters(name).answered(),
                        p -> p.backendCounters(name).waitedNs(),
                        TimeUnit.NANOSECONDS)
                .tags(tags)
                .register(registry));
    }

    /** Shows no more of a proxy. */
    void hide(String service) {
        List<Meter> gone = shown.remove(service);
        if (gone != null) {
            gone.forEach(registry::remove);
        }
    }

    private void count(
            List<Meter> meters, String name, Tags tags, HttpProxy proxy, ToDoubleFunction<ProxyCounters> value) {
        meters.add(FunctionCounter.builder(name, proxy, p -> value.applyAsDouble(p.counters()))
                .tags(tags)
                .register(registry));
    }

    private void backendCount(
            List<Meter> meters,
            String name,
            Tags tags,
            HttpProxy proxy,
            String backend,
            ToDoubleFunction<BackendCounters> value) {
        meters.add(FunctionCounter.builder(name, proxy, p -> value.applyAsDouble(p.backendCounters(backend)))
                .tags(tags)
                .register(registry));
    }

    private void gauge(
            List<Meter> meters,
            String name,
            Tags tags,
            HttpProxy proxy,
            String backend,
            ToDoubleFunction<BackendCounters> value) {
        meters.add(Gauge.builder(name, proxy, p -> value.applyAsDouble(p.backendCounters(backend)))
                .tags(tags)
                .register(registry));
    }
}
