package io.hopline.controller;

import java.util.List;

/**
 * Which backends of an L7 service a request goes to.
 *
 * @param host value of the Host header, or {@code *}
 * @param pathPrefix begins with '/'
 * @param backends names of the service's backends, at least one
 */
public record L7Route(String host, String pathPrefix, List<String> backends) {
    public L7Route {
        if (!host.matches("\\*|[a-zA-Z0-9.*_-]{1,253}")) {
            throw StateException.invalid("routes.host", "not a host name or '*': '" + Fields.shown(host) + "'");
        }
        if (!pathPrefix.startsWith("/")) {
            throw StateException.invalid(
                    "routes.pathPrefix", "must begin with '/': '" + Fields.shown(pathPrefix) + "'");
        }
        if (backends.isEmpty()) {
            throw StateException.invalid("routes.backends", "a route needs at least one backend");
        }
        backends = List.copyOf(backends);
    }
}
