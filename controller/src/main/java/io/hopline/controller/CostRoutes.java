package io.hopline.controller;

import io.hopline.sla.Costs;
import io.hopline.sla.GuestCosts;
import io.hopline.sla.HostCost;
import io.hopline.sla.LatencyHistory;
import io.javalin.http.Context;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What guests cost the switches: told by the nodes, asked for with the requests of the same time. */
final class CostRoutes {
    private static final int MAX_NAME_CHARS = 64;
    private static final long MAX = Long.MAX_VALUE / 4;

    private final LiveState live;
    private final Costs costs;
    private final LatencyHistory history;

    CostRoutes(LiveState live, Costs costs, LatencyHistory history) {
        this.live = live;
        this.costs = costs;
        this.history = history;
    }

    List<Route> routes() {
        return List.of(
                Route.post(
                        "/api/v1/nodes/{name}/cost",
                        "Report what a node's switch spent on its guests for a while",
                        "CostRequest",
                        "",
                        this::spent),
                Route.get(
                        "/api/v1/sla/costs",
                        "What each guest cost its host's switch since ?since ago (such as 30s, 10m, 1h), and each host's memory",
                        "GuestCosts",
                        this::costs));
    }

    private void spent(Context ctx) {
        NodeInfo node = live.current().node("name", ctx.pathParam("name"));
        costs.spent(node.name(), System.currentTimeMillis(), read(Http.json(ctx)));
        ctx.status(204);
    }

    private void costs(Context ctx) {
        long nowMs = System.currentTimeMillis();
        long fromMs = nowMs - ReportRoutes.since(ctx.queryParam("since")).toMillis();
        Http.reply(ctx, 200, JsonBody.MAPPER.valueToTree(between(costs, history, fromMs, nowMs)));
    }

    /** What is known of a period, with the requests of the part of it that hosts told of. */
    static GuestCosts between(Costs costs, LatencyHistory history, long fromMs, long toMs) {
        Costs.Sum spent = costs.between(fromMs, toMs);
        return GuestCosts.of(spent.hosts(), history.between(null, spent.fromMs(), spent.toMs()));
    }

    private static HostCost read(JsonBody body) {
        long fromMs = body.number("fromMs", 0, MAX);
        List<JsonNode> guests = body.list("guests");
        if (guests.size() > HostCost.MAX_GUESTS) {
            throw StateException.invalid(
                    "guests", "has " + guests.size() + " elements, of " + HostCost.MAX_GUESTS + " at most");
        }
        return new HostCost(
                fromMs,
                body.number("toMs", fromMs, MAX),
                body.number("workersNs", 0, MAX),
                body.number("processNs", 0, MAX),
                body.number("residentBytes", 0, MAX),
                body.integer("vnics", 0, 65_536, 0),
                guests.stream().map(node -> guest(body.element("guests", node))).toList());
    }

    private static HostCost.Guest guest(JsonBody body) {
        return new HostCost.Guest(
                Fields.name("guests.name", body.text("name"), MAX_NAME_CHARS),
                body.number("cpuNs", 0, MAX),
                body.number("frames", 0, MAX),
                body.number("bytes", 0, MAX));
    }
}
