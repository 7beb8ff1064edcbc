package io.hopline.controller;

import io.hopline.sla.Causes;
import io.hopline.sla.HostPressure;
import io.javalin.http.Context;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What may explain slow requests: told by the nodes, asked for by minute. */
final class CauseRoutes {
    private final LiveState live;
    private final Causes causes;

    CauseRoutes(LiveState live, Causes causes) {
        this.live = live;
        this.causes = causes;
    }

    List<Route> routes() {
        return List.of(
                Route.post(
                        "/api/v1/nodes/{name}/pressure",
                        "Report what pressed a node's host for a while",
                        "PressureRequest",
                        "",
                        this::pressed),
                Route.get(
                        "/api/v1/sla/causes",
                        "What may explain slow requests since ?since ago (such as 30s, 10m, 1h), minute by minute",
                        "Causes",
                        this::causes));
    }

    private void pressed(Context ctx) {
        NodeInfo node = live.current().node("name", ctx.pathParam("name"));
        causes.pressed(node.name(), System.currentTimeMillis(), PressureReport.read(Http.json(ctx)));
        ctx.status(204);
    }

    private void causes(Context ctx) {
        long nowMs = System.currentTimeMillis();
        ObjectNode json = Replies.object();
        ArrayNode minutes = json.putArray("minutes");
        causes.between(nowMs - ReportRoutes.since(ctx.queryParam("since")).toMillis(), nowMs)
                .forEach(minute -> minutes.add(json(minute)));
        Http.reply(ctx, 200, json);
    }

    private static ObjectNode json(Causes.Minute minute) {
        ObjectNode json = Replies.object().put("minuteMs", minute.minuteMs());
        ArrayNode hosts = json.putArray("hosts");
        minute.hosts().forEach(host -> hosts.add(json(host.host(), host.pressure())));
        ArrayNode losses = json.putArray("losses");
        minute.losses()
                .forEach(loss -> losses.addObject()
                        .put("direction", loss.direction())
                        .put("after", loss.after())
                        .put("before", loss.before())
                        .put("count", loss.count()));
        return json;
    }

    private static ObjectNode json(String host, HostPressure pressure) {
        ObjectNode json = Replies.object()
                .put("host", host)
                .put("fromMs", pressure.fromMs())
                .put("toMs", pressure.toMs())
                .put("cpus", pressure.cpus())
                .put("stealNs", pressure.stealNs())
                .put("gcPauses", pressure.gcPauses())
                .put("gcPauseNs", pressure.gcPauseNs());
        ArrayNode workers = json.putArray("workers");
        pressure.workers()
                .forEach(worker -> workers.addObject()
                        .put("name", worker.name())
                        .put("runNs", worker.runNs())
                        .put("runQueueNs", worker.runQueueNs())
                        .put("preempted", worker.preempted()));
        ArrayNode ports = json.putArray("ports");
        pressure.ports()
                .forEach(port -> ports.addObject()
                        .put("name", port.name())
                        .put("kind", port.kind())
                        .put("queueFull", port.queueFull())
                        .put("poolEmpty", port.poolEmpty())
                        .put("lostBefore", port.lostBefore())
                        .put("lostAfter", port.lostAfter())
                        .put("receiveQueueBytes", port.receiveQueueBytes())
                        .put("sendQueueBytes", port.sendQueueBytes()));
        json.putObject("samples")
                .put("arrived", pressure.samples().arrived())
                .put("turnFull", pressure.samples().turnFull())
                .put("stampsFull", pressure.samples().stampsFull())
                .put("ringFull", pressure.samples().ringFull())
                .put("notSent", pressure.samples().notSent())
                .put("gaveUp", pressure.samples().gaveUp());
        return json;
    }
}
