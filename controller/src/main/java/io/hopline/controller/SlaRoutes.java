package io.hopline.controller;

import io.hopline.sla.ClockModel;
import io.hopline.sla.ClockOffset;
import io.hopline.sla.HopTime;
import io.hopline.sla.JoinerCounters;
import io.hopline.sla.PeerClock;
import io.hopline.sla.RequestTrace;
import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The part of the REST interface about latency. */
final class SlaRoutes {
    private final LiveState live;
    private final LatencyService latency;
    private final PathProbe probe;
    private final ServiceFigures figures;

    SlaRoutes(LiveState live, LatencyService latency, PathProbe probe) {
        this.live = live;
        this.latency = latency;
        this.probe = probe;
        this.figures = new ServiceFigures(latency.history(), latency.sampling());
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
                        "/api/v1/sla/traces",
                        "The last requests, hop by hop, oldest first; of ?client=ADDRESS:PORT or of all",
                        "TraceList",
                        this::traces),
                Route.get(
                        "/api/v1/sla/clocks",
                        "What the nodes' STAMP sessions found of each other's clocks and of the underlay",
                        "ClockList",
                        this::clocks),
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
        ObjectNode json = json(walk.trace()).put("clientNs", walk.clientNs());
        if (walk.status() != 0) {
            json.put("status", walk.status());
        }
        walk.dnsCode().ifPresent(code -> json.put("dnsCode", code));
        return json;
    }

    private void traces(Context ctx) {
        ObjectNode json = Replies.object();
        ArrayNode traces = json.putArray("traces");
        String client = ctx.queryParam("client");
        latency.recent().stream()
                .filter(trace -> client == null || trace.client().toString().equals(client))
                .forEach(trace -> traces.add(json(trace)));
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
        trace.clockErrorNs().ifPresent(ns -> json.put("clockErrorNs", ns));
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

    private void clocks(Context ctx) {
        ClockModel model = latency.clocks();
        ObjectNode json = Replies.object();
        ArrayNode clocks = json.putArray("clocks");
        new TreeMap<>(model.measured()).forEach((pair, found) -> clocks.add(clock(model, pair, found)));
        Http.reply(ctx, 200, json);
    }

    private static ObjectNode clock(ClockModel model, ClockModel.Pair pair, PeerClock found) {
        ClockOffset offset = found.offset();
        boolean shared = model.shared(pair.from(), pair.to());
        ObjectNode json =
                Replies.object().put("from", pair.from()).put("to", pair.to()).put("sharedClock", shared);
        if (shared) {
            json.put("withinError", offset.possible(0));
        }
        json.put("atNs", offset.atNs())
                .put("offsetNs", offset.offsetNs())
                .put("errorNs", offset.errorNs())
                .put("driftPpb", offset.driftPpb())
                .put("driftErrorPpb", offset.driftErrorPpb())
                .put("roundTripNs", found.roundTripNs())
                .put("medianRoundTripNs", found.medianRoundTripNs())
                .put("thereNs", found.thereNs())
                .put("backNs", found.backNs());
        json.putObject("counts")
                .put("sent", found.counts().sent())
                .put("received", found.counts().received())
                .put("lost", found.counts().lost())
                .put("duplicates", found.counts().duplicates())
                .put("reordered", found.counts().reordered());
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
