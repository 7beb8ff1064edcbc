package io.hopline.controller;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The part of the REST interface that people use: networks, vNICs, services and the state of it all. */
final class NetworkRoutes {
    private final LiveState live;
    private final SwitchStatuses switches;

    NetworkRoutes(LiveState live, SwitchStatuses switches) {
        this.live = live;
        this.switches = switches;
    }

    List<Route> routes() {
        String networks = "/api/v1/networks";
        String vnics = "/api/v1/vnics";
        String services = "/api/v1/services";
        return List.of(
                Route.get(
                        "/api/v1/state",
                        "Everything, with each node's desired and applied version",
                        "State",
                        this::state),
                Route.get(networks, "All networks", "NetworkList", list(Replies::networks)),
                Route.create(networks, "Create a network", "NetworkRequest", "Network", this::createNetwork),
                Route.get(networks + "/{name}", "One network", "Network", one(NetworkRoutes::network)),
                Route.delete(networks + "/{name}", "Delete a network without vNICs", delete(Changes::deleteNetwork)),
                Route.get(vnics, "All vNICs", "VnicList", list(Replies::vnics)),
                Route.create(
                        vnics,
                        "Create a vNIC; a host binds it by attaching a port of its name",
                        "VnicRequest",
                        "Vnic",
                        this::createVnic),
                Route.get(vnics + "/{name}", "One vNIC", "Vnic", one(NetworkRoutes::vnic)),
                Route.patch(
                        vnics + "/{name}",
                        "Change a vNIC's labels; one of value null goes, those not named stay",
                        "VnicUpdate",
                        "Vnic",
                        this::labelVnic),
                Route.delete(vnics + "/{name}", "Delete a vNIC that is no backend", delete(Changes::deleteVnic)),
                Route.get(services, "All services", "ServiceList", list(Replies::services)),
                Route.create(services, "Create a service", "ServiceRequest", "Service", this::createService),
                Route.get(services + "/{name}", "One service", "Service", one(NetworkRoutes::service)),
                Route.patch(
                        services + "/{name}",
                        "Change what the body names of a service, and nothing else",
                        "ServiceUpdate",
                        "Service",
                        this::updateService),
                Route.delete(services + "/{name}", "Delete a service", delete(Changes::deleteService)),
                Route.post(
                        services + "/{name}/backends/{backend}/drain",
                        "Give a backend no new connections, or let it have them again",
                        "DrainRequest",
                        "Service",
                        this::drain),
                new Route(
                        HandlerType.POST,
                        "/api/v1/apply",
                        "Make networks, vNICs and services be as the YAML or JSON in the body says; ?dryRun=true only tells",
                        "",
                        200,
                        "ApplyReply",
                        this::apply));
    }

    private void state(Context ctx) {
        Http.reply(ctx, 200, Replies.state(live.current(), switches.statuses(), switches.unknownDpids()));
    }

    private void createNetwork(Context ctx) {
        JsonBody body = Http.json(ctx);
        NetworkState after = live.update(state -> Requests.createNetwork(state, body));
        Http.reply(ctx, 201, network(after, body.text("name")));
    }

    private void createVnic(Context ctx) {
        JsonBody body = Http.json(ctx);
        NetworkState after = live.update(state -> Requests.createVnic(state, body));
        Http.reply(ctx, 201, vnic(after, body.text("name")));
    }

    private void createService(Context ctx) {
        JsonBody body = Http.json(ctx);
        NetworkState after = live.update(state -> Requests.createService(state, body));
        Http.reply(ctx, 201, service(after, body.text("name")));
    }

    private void labelVnic(Context ctx) {
        JsonBody body = Http.json(ctx);
        String name = ctx.pathParam("name");
        Http.reply(ctx, 200, vnic(live.update(state -> Requests.labelVnic(state, name, body)), name));
    }

    private void updateService(Context ctx) {
        JsonBody body = Http.json(ctx);
        String name = ctx.pathParam("name");
        Http.reply(ctx, 200, service(live.update(state -> ServiceUpdate.apply(state, name, body)), name));
    }

    private void apply(Context ctx) {
        Manifest manifest = Manifest.parse(new String(Http.bytes(ctx, Http.MAX_BODY_BYTES), StandardCharsets.UTF_8));
        boolean dryRun = Http.queryFlag(ctx, "dryRun");
        if (dryRun) {
            manifest.applyTo(live.current());
        } else {
            live.update(manifest::applyTo);
        }
        ObjectNode reply = Replies.object().put("dryRun", dryRun);
        reply.set("changes", manifest.outcomes());
        Http.reply(ctx, 200, reply);
    }

    private void drain(Context ctx) {
        boolean drain = Requests.drain(Http.optionalJson(ctx));
        String name = ctx.pathParam("name");
        String backend = ctx.pathParam("backend");
        NetworkState after = live.update(state -> Changes.drain(state, name, backend, drain));
        Http.reply(ctx, 200, service(after, name));
    }

    private Handler list(Function<NetworkState, JsonNode> reply) {
        return ctx -> Http.reply(ctx, 200, reply.apply(live.current()));
    }

    private Handler one(BiFunction<NetworkState, String, JsonNode> reply) {
        return ctx -> Http.reply(ctx, 200, reply.apply(live.current(), ctx.pathParam("name")));
    }

    private Handler delete(BiFunction<NetworkState, String, NetworkState> change) {
        return ctx -> {
            String name = ctx.pathParam("name");
            UnaryOperator<NetworkState> deleted = state -> change.apply(state, name);
            live.update(deleted);
            ctx.status(204);
        };
    }

    private static JsonNode network(NetworkState state, String name) {
        return Replies.network(state.network("name", name));
    }

    private static JsonNode vnic(NetworkState state, String name) {
        return Replies.vnic(state, state.vnic("name", name));
    }

    private static JsonNode service(NetworkState state, String name) {
        return Replies.service(state, state.service("name", name));
    }
}
