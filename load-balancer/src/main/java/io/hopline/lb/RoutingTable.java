package io.hopline.lb;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The routes of a service with the backends that are healthy now; immutable but for its round-robin counters. */
final class RoutingTable {
    /** A route, compiled. */
    static final class Route {
        private final ProxyRoute rule;
        private final ProxyBackend[] healthy;
        private final AtomicInteger turn = new AtomicInteger();

        Route(ProxyRoute rule, ProxyBackend[] healthy) {
            this.rule = rule;
            this.healthy = healthy;
        }

        /** How many backends can be tried. */
        int size() {
            return healthy.length;
        }

        /** Takes a turn; the request's n-th try goes to {@link #backend backend(turn + n)}. */
        int nextTurn() {
            return turn.getAndIncrement();
        }

        ProxyBackend backend(int turn) {
            return healthy[Integer.remainderUnsigned(turn, healthy.length)];
        }

        private boolean matches(String host, String path) {
            return matchesHost(host) && matchesPath(path);
        }

        private boolean matchesHost(String host) {
            String wanted = rule.host();
            return wanted.equals("*")
                    || wanted.equals(host)
                    || (wanted.startsWith("*.")
                            && host.length() > wanted.length() - 1
                            && host.endsWith(wanted.substring(1)));
        }

        private boolean matchesPath(String path) {
            String prefix = rule.pathPrefix();
            return path.startsWith(prefix)
                    && (prefix.endsWith("/")
                            || path.length() == prefix.length()
                            || path.charAt(prefix.length()) == '/');
        }

        /** 2 for one host, 1 for its subdomains, 0 for any. */
        private int hostRank() {
            return rule.host().equals("*") ? 0 : rule.host().startsWith("*.") ? 1 : 2;
        }
    }

    private static final Comparator<Route> MOST_SPECIFIC_FIRST = Comparator.<Route>comparingInt(Route::hostRank)
            .thenComparingInt(route -> route.rule.host().length())
            .thenComparingInt(route -> route.rule.pathPrefix().length())
            .reversed();

    private final ProxyConfig config;
    private final List<Route> routes;

    RoutingTable(ProxyConfig config, Set<String> unhealthy) {
        this.config = config;
        Map<String, ProxyBackend> byName = new HashMap<>();
        for (ProxyBackend backend : config.backends()) {
            byName.put(backend.name(), backend);
        }
        List<Route> compiled = new ArrayList<>();
        for (ProxyRoute rule : config.routes()) {
            compiled.add(new Route(
                    rule,
                    rule.backends().stream()
                            .filter(name -> !unhealthy.contains(name))
                            .map(byName::get)
                            .toArray(ProxyBackend[]::new)));
        }
        compiled.sort(MOST_SPECIFIC_FIRST);
        this.routes = List.copyOf(compiled);
    }

    ProxyConfig config() {
        return config;
    }

    /** Where requests may be sent to now. */
    Set<InetSocketAddress> endpointsInUse() {
        Set<InetSocketAddress> endpoints = new HashSet<>();
        for (Route route : routes) {
            for (ProxyBackend backend : route.healthy) {
                endpoints.add(backend.endpoint());
            }
        }
        return endpoints;
    }

    /** The route of a request; host in lower case and without port, path without query. */
    @Nullable
    Route match(String host, String path) {
        for (Route route : routes) {
            if (route.matches(host, path)) {
                return route;
            }
        }
        return null;
    }
}
