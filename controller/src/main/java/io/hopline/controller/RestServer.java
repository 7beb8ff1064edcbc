package io.hopline.controller;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.staticfiles.Location;
import io.javalin.router.Endpoint;
import io.javalin.router.ParsedEndpoint;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves the routes, their OpenAPI document and the web page, each request on a virtual thread. Every failure is
 * {@code {"error":{"field","reason"}}}.
 */
final class RestServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RestServer.class);
    private static final String DOCUMENT_PATH = "/api/v1/openapi.json";
    /** Longer than the longest poll, so that Jetty does not take a waiting node for an idle one. */
    private static final long IDLE_TIMEOUT_MS = 90_000;

    private final Javalin javalin;

    private RestServer(Javalin javalin) {
        this.javalin = javalin;
    }

    /**
     * Listens on {@code address}; port 0 picks a free one.
     *
     * @throws ControllerException when the address is taken or not ours
     */
    static RestServer start(HostPort address, List<Route> served) {
        List<Route> routes = new ArrayList<>(served);
        ObjectNode[] document = new ObjectNode[1];
        routes.add(Route.get(DOCUMENT_PATH, "This document", "OpenApi", ctx -> Http.reply(ctx, 200, document[0])));
        document[0] = OpenApi.document(routes);
        Javalin javalin = Javalin.create(config -> configure(config, address, routes));
        try {
            javalin.start();
        } catch (RuntimeException e) {
            javalin.stop();
            throw cannotListen(address, e);
        }
        return new RestServer(javalin);
    }

    private static ControllerException cannotListen(HostPort address, RuntimeException failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String reason = String.valueOf(root.getMessage());
        return new ControllerException(
                reason.contains("already in use")
                        ? "address " + address + " is in use"
                        : "cannot listen on " + address + ": " + reason,
                failure);
    }

    private static void configure(JavalinConfig config, HostPort address, List<Route> routes) {
        config.startup.showJavalinBanner = false;
        config.concurrency.useVirtualThreads = true;
        config.jetty.host = address.host();
        config.jetty.port = address.port();
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setIdleTimeout(IDLE_TIMEOUT_MS);
        });
        config.http.maxRequestSize = NodeRoutes.MAX_SIGHTINGS_BYTES;
        config.http.prefer405over404 = true;
        if (RestServer.class.getResource("/web") != null) {
            config.staticFiles.add("/web", Location.CLASSPATH);
        }
        if (RestServer.class.getClassLoader().getResource("META-INF/resources/webjars") != null) {
            config.staticFiles.enableWebjars();
        }
        config.routes.before(RestServer::refuseOtherOrigins);
        routes.forEach(r -> config.routes.addEndpoint(new Endpoint(r.method(), r.path(), r.handler())));
        config.routes.exception(StateException.class, RestServer::refused);
        config.routes.exception(HttpResponseException.class, RestServer::notServed);
        config.routes.exception(Exception.class, RestServer::failed);
    }

    /** A web page from elsewhere must not change networks through the browser of somebody who runs a controller. */
    private static void refuseOtherOrigins(Context ctx) {
        String origin = ctx.header("Origin");
        if (origin == null || ctx.method().name().equals("GET")) {
            return;
        }
        String authority;
        try {
            authority = URI.create(origin).getAuthority();
        } catch (IllegalArgumentException e) {
            authority = null;
        }
        if (authority == null || !authority.equals(ctx.header("Host"))) {
            throw new HttpResponseException(403, "requests from other sites are not served");
        }
    }

    private static void refused(StateException e, Context ctx) {
        Http.reply(ctx, e.kind().status(), Replies.error(e.field(), e.reason()));
    }

    private static void notServed(HttpResponseException e, Context ctx) {
        String reason = e.getStatus() == 404 ? "there is no " + ctx.method().name() + " " + ctx.path() : e.getMessage();
        Http.reply(ctx, e.getStatus(), Replies.error("request", reason == null ? "is refused" : reason));
    }

    private static void failed(Exception e, Context ctx) {
        LOG.error("{} {} failed", ctx.method().name(), ctx.path(), e);
        Http.reply(ctx, 500, Replies.error("controller", "failed inside; its log says why"));
    }

    int port() {
        return javalin.port();
    }

    /** Operations that Javalin serves, {@code GET /api/v1/networks}, whoever added them. */
    Set<String> served() {
        Set<String> served = new TreeSet<>();
        for (ParsedEndpoint parsed : javalin.unsafe.internalRouter.allHttpHandlers()) {
            Endpoint endpoint = parsed.endpoint;
            if (endpoint.method.isHttpMethod()) {
                served.add(endpoint.method.name() + " " + endpoint.path);
            }
        }
        return served;
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
