package io.hopline.controller;

import io.hopline.sla.HopTime;
import io.hopline.sla.JoinerCounters;
import io.hopline.sla.RequestTrace;
import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The part of the REST interface about latency. */
final class SlaRoutes {
    private final LiveState live;
    private final LatencyService latency;
    private final PathProbe probe;
    private final ServiceFigures figures;

    SlaRoutes(LiveState live, LatencyService latency, PathProbe probe, int sampleOneIn) {
        this.live = live;
        this.latency = latency;
        this.probe = probe;
        this.figures = new ServiceFigures(latency.history(), sampleOneIn);
    }

    List<Route> routes() {
        return List.of(
                Route.post(
                        "/api/v1/path",
                        "Send one real request to a service and walk it hop by hop",
                        "PathRequest",
                        "Path",
                        this::path),
                Route.get(
                        "/api/v1/sla/services",
                        "Of every service: how it did in the last minute, and over the last quarter of an hour",
                        "ServiceFigures",
                        ctx -> Http.reply(ctx, 200, figures.json(live.current(), System.currentTimeMillis()))),
                Route.get(
                        "/api/v1/sla/traces", "The last requests, hop by hop, oldest first", "TraceList", this::traces),
                Route.get(
                        "/api/v1/sla/joiner", "What was made of the nodes' sightings", "JoinerCounters", this::joiner));
    }

    private void path(Context ctx) throws InterruptedException {
        JsonBody body = Http.json(ctx);
        String name = body.text("service");
        String path = body.optionalText("path").orElse("/");
        body.nothingElse();
        Service service = live.current().service("service", name);
        Http.reply(ctx, 200, json(probe.walk(service, path)));
    }

    static ObjectNode json(PathProbe.Walk walk) {
        return json(walk.trace()).put("status", walk.status()).put("clientNs", walk.clientNs());
    }

    private void traces(Context ctx) {
        ObjectNode json = Replies.object();
        ArrayNode traces = json.putArray("traces");
        latency.recent().forEach(trace -> traces.add(json(trace)));
        Http.reply(ctx, 200, json);
    }

    private static ObjectNode json(RequestTrace trace) {
        ObjectNode json = Replies.object()
                .put("service", trace.service())
                .put("backend", trace.backend().orElse(""))
                .put("client", trace.client().toString())
                .put("startNs", trace.startNs())
                .put("endToEndNs", trace.endToEndNs())
                .put("unattributedNs", trace.unattributedNs());
        ArrayNode hosts = json.putArray("hostPath");
        trace.hostPath().forEach(hosts::add);
        ArrayNode hops = json.putArray("hops");
        for (HopTime hop : trace.hops()) {
            hops.addObject()
                    .put("hop", hop.hop().id())
                    .put("direction", hop.direction().id())
                    .put("host", hop.host())
                    .put("ns", hop.ns());
        }
        ArrayNode steps = json.putArray("steps");
        for (RequestTrace.Step step : trace.steps()) {
            steps.addObject()
                    .put("hop", step.hop().id())
                    .put("direction", step.direction().id())
                    .put("host", step.host())
                    .put("offsetNs", step.startOffsetNs())
                    .put("ns", step.ns());
        }
        ArrayNode flags = json.putArray("flags");
        trace.flags().forEach(f -> flags.add(f.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        return json;
    }

    private void joiner(Context ctx) {
        JoinerCounters counters = latency.counters();
        ObjectNode json = Replies.object()
                .put("sightings", counters.sightings())
                .put("undecodable", counters.undecodable())
                .put("traces", counters.traces())
                .put("lateSightings", counters.lateSightings())
                .put("evictedConnections", counters.evictedConnections())
                .put("evictedSightings", counters.evictedSightings());
        ObjectNode excluded = json.putObject("excluded");
        counters.excluded().forEach(excluded::put);
        Http.reply(ctx, 200, json);
    }
}
