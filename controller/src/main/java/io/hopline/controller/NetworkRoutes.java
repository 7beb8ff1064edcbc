package io.hopline.controller;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

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
                Route.delete(vnics + "/{name}", "Delete a vNIC that is no backend", delete(Changes::deleteVnic)),
                Route.get(services, "All services", "ServiceList", list(Replies::services)),
                Route.create(services, "Create a service", "ServiceRequest", "Service", this::createService),
                Route.get(services + "/{name}", "One service", "Service", one(NetworkRoutes::service)),
                Route.delete(services + "/{name}", "Delete a service", delete(Changes::deleteService)),
                Route.post(
                        services + "/{name}/backends/{backend}/drain",
                        "Give a backend no new connections, or let it have them again",
                        "DrainRequest",
                        "Service",
                        this::drain));
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
