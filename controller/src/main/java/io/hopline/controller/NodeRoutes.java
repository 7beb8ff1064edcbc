package io.hopline.controller;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/** The part of the REST interface that nodes use: register, ask for configuration, report. */
final class NodeRoutes {
    static final int MAX_SIGHTINGS_BYTES = 8 << 20;
    private static final int MAX_WAIT_S = 60;

    private final LiveState live;
    private final EventLog events;
    private final SwitchStatuses switches;
    private final SightingSink sightings;
    private final SamplingRate sampling;
    private final HostClocks clocks;

    NodeRoutes(
            LiveState live,
            EventLog events,
            SwitchStatuses switches,
            SightingSink sightings,
            SamplingRate sampling,
            HostClocks clocks) {
        this.live = live;
        this.events = events;
        this.switches = switches;
        this.sightings = sightings;
        this.sampling = sampling;
        this.clocks = clocks;
    }

    List<Route> routes() {
        String node = "/api/v1/nodes/{name}";
        return List.of(
                Route.get("/api/v1/nodes", "All nodes", "NodeList", this::list),
                Route.get(node, "One node", "Node", this::one),
                Route.put(node, "Register a node", "NodeRequest", "Node", this::register),
                Route.delete(node, "Forget a node that is gone for good", this::delete),
                Route.get(
                        node + "/config",
                        "What a node must know; waits up to ?wait seconds while the version is ?known of start ?epoch, then 204",
                        "NodeConfig",
                        this::config),
                Route.post(node + "/health", "Report a backend's health", "HealthRequest", "", this::health),
                Route.post(
                        node + "/clocks",
                        "Report what a node's STAMP sessions found of the other nodes' clocks",
                        "ClocksRequest",
                        "",
                        this::clocks),
                new Route(
                        HandlerType.POST,
                        node + "/sightings",
                        "Report sightings of timed packets, 96-byte records as application/octet-stream, of ?seen frames",
                        "",
                        204,
                        "",
                        this::sightings));
    }

    private void list(Context ctx) {
        Http.reply(ctx, 200, Replies.nodes(live.current(), switches.statuses()));
    }

    private void one(Context ctx) {
        reply(ctx, live.current(), ctx.pathParam("name"));
    }

    private void reply(Context ctx, NetworkState state, String name) {
        NodeInfo node = state.node("name", name);
        Http.reply(ctx, 200, Replies.nodeWithStatus(state, node, switches.statuses()));
    }

    private void register(Context ctx) {
        NodeInfo node = Requests.node(ctx.pathParam("name"), Http.json(ctx));
        reply(ctx, live.update(state -> Changes.registerNode(state, node)), node.name());
    }

    private void delete(Context ctx) {
        String name = ctx.pathParam("name");
        if (switches.statuses().getOrDefault(name, NodeStatus.NEVER_CONNECTED).connected()) {
            throw StateException.conflict("name", "node '" + Fields.shown(name) + "' is connected; stop it first");
        }
        live.update(state -> Changes.deleteNode(state, name));
        ctx.status(204);
    }

    /** Holds the request as long as there is no news; a virtual thread waits, so this costs nearly nothing. */
    private void config(Context ctx) throws InterruptedException {
        String name = ctx.pathParam("name");
        long known = Http.queryNumber(ctx, "known", -1, Long.MAX_VALUE >> 4, -1);
        long waitS = Http.queryNumber(ctx, "wait", 0, MAX_WAIT_S, 0);
        String epoch = Objects.requireNonNullElse(ctx.queryParam("epoch"), "");
        boolean ofAnother = !epoch.isEmpty() && !epoch.equals(live.epoch());
        live.current().node("name", name);
        NetworkState state = ofAnother ? live.current() : live.awaitOther(known, TimeUnit.SECONDS.toNanos(waitS));
        if (ofAnother) {
            takesAnew(name, known, state.version());
        }
        if (state.version() == known && !ofAnother) {
            ctx.status(204);
        } else {
            ObjectNode config = NodeConfigs.of(state, state.node("name", name), sampling.oneIn());
            Http.reply(ctx, 200, config.put("epoch", live.epoch()));
        }
    }

    private void takesAnew(String node, long known, long version) {
        if (version < known) {
            events.add(
                    Event.Level.WARN,
                    "state-older",
                    node,
                    "host " + node + " knew version " + known + " and takes this controller's older one, " + version
                            + ", which may be a backup's");
        } else {
            events.add(
                    Event.Level.INFO,
                    "state-anew",
                    node,
                    "host " + node + " takes version " + version + " anew from the controller that has started");
        }
    }

    private void health(Context ctx) {
        live.current().node("name", ctx.pathParam("name"));
        Health health = Requests.health(Http.json(ctx));
        live.update(state -> Changes.observeHealth(state, health));
        ctx.status(204);
    }

    private void clocks(Context ctx) {
        NodeInfo node = live.current().node("name", ctx.pathParam("name"));
        clocks.found(node.name(), ClockReport.read(Http.json(ctx)));
        ctx.status(204);
    }

    private void sightings(Context ctx) {
        NodeInfo node = live.current().node("name", ctx.pathParam("name"));
        long seen = Http.queryNumber(ctx, "seen", 0, Long.MAX_VALUE >> 4, 0);
        sightings.accept(node.name(), seen, Http.bytes(ctx, MAX_SIGHTINGS_BYTES));
        ctx.status(204);
    }
}
