package io.hopline.lb.route;

import io.hopline.lb.Maglev;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyPolicy;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.Redirect;
import io.hopline.lb.config.RouteRewrite;
import io.hopline.lb.config.RouteSplit;
import io.hopline.lb.http.FieldReader;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.RequestRules;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The routes of a service with the backends that are healthy now, the same for all event loops. Immutable, but for the
 * buckets of its rate limits, which a later table takes over from the one before.
 */
public final class RoutingTable {
    /** A route, compiled. */
    public static final class Route {
        private final int index;
        private final ProxyRoute rule;
        private final CompiledMatch match;
        private final List<Split> splits;
        private final @Nullable RateLimiter limiter;

        Route(int index, ProxyRoute rule, List<Split> splits, @Nullable RateLimiter limiter) {
            this.index = index;
            this.rule = rule;
            this.match = new CompiledMatch(rule.match());
            this.splits = splits;
            this.limiter = limiter;
        }

        /** Its place in the configuration. */
        public int index() {
            return index;
        }

        public ProxyRoute rule() {
            return rule;
        }

        public CompiledMatch match() {
            return match;
        }

        public List<Split> splits() {
            return splits;
        }

        @Nullable
        public Redirect redirect() {
            return rule.redirect().orElse(null);
        }

        @Nullable
        public RateLimiter limiter() {
            return limiter;
        }

        /** Changes what is sent on as the route says. */
        public void rewrite(RequestHead request) {
            RouteRewrite rewrite = rule.rewrite();
            if (rewrite.equals(RouteRewrite.NONE)) {
                return;
            }
            String target = request.target();
            if (!rewrite.path().isEmpty()) {
                int pathEnd = RequestRules.path(target).length();
                request.target(match.replacePath(target, pathEnd, rewrite.path()));
            }
            if (!rewrite.host().isEmpty()) {
                request.fields().set("host", rewrite.host());
            }
            rewrite.request().apply(request.fields());
        }

        /** 2 for one host, 1 for its subdomains, 0 for any. */
        private int hostRank() {
            String host = rule.match().host();
            return host.equals("*") ? 0 : host.startsWith("*.") ? 1 : 2;
        }

        private int hostLength() {
            return rule.match().host().length();
        }
    }

    /**
     * A part of a route.
     *
     * @param table of the healthy backends in their order, when the route hashes
     */
    public record Split(
            int weight,
            List<ProxyBackend> healthy,
            @Nullable Maglev table) {}

    private static final Comparator<Route> MOST_SPECIFIC_FIRST = Comparator.<Route>comparingInt(Route::hostRank)
            .thenComparingInt(Route::hostLength)
            .thenComparingInt(route -> route.match.pathRank())
            .thenComparingInt(route -> route.match.prefixLength())
            .thenComparingInt(route -> route.match.conditions())
            .reversed();

    private final ProxyConfig config;
    private final ForwardedFields forwarded;
    private final int size;
    private final Map<String, Long> joinedNs;
    private final Map<String, List<Route>> byHost = new HashMap<>();
    /** Hosts as {@code .example.com}, the longest first. */
    private final List<Route> bySuffix = new ArrayList<>();

    private final List<Route> anyHost = new ArrayList<>();

    public RoutingTable(ProxyConfig config, Set<String> unhealthy) {
        this(config, unhealthy, Map.of(), null);
    }

    /**
     * Compiles a configuration.
     *
     * @param joinedNs when backends came that were not there from the beginning, System.nanoTime()
     * @param before whose buckets are taken over where route and limit are the same
     */
    public RoutingTable(
            ProxyConfig config, Set<String> unhealthy, Map<String, Long> joinedNs, @Nullable RoutingTable before) {
        this.config = config;
        this.forwarded = new ForwardedFields(config.policy().forwarding());
        this.joinedNs = Map.copyOf(joinedNs);
        Map<String, ProxyBackend> byName = new HashMap<>();
        for (ProxyBackend backend : config.backends()) {
            byName.put(backend.name(), backend);
        }
        List<Route> compiled = new ArrayList<>();
        for (ProxyRoute rule : config.routes()) {
            List<Split> splits = new ArrayList<>();
            for (RouteSplit split : rule.splits()) {
                List<ProxyBackend> healthy = split.backends().stream()
                        .filter(name -> !unhealthy.contains(name))
                        .map(byName::get)
                        .toList();
                splits.add(new Split(split.weight(), healthy, rule.balancing().hashes() ? table(healthy) : null));
            }
            compiled.add(new Route(compiled.size(), rule, List.copyOf(splits), limiter(rule, before)));
        }
        size = compiled.size();
        compiled.sort(MOST_SPECIFIC_FIRST);
        compiled.forEach(this::index);
    }

    private void index(Route route) {
        String host = route.rule.match().host();
        switch (route.hostRank()) {
            case 2 -> byHost.computeIfAbsent(host, h -> new ArrayList<>()).add(route);
            case 1 -> bySuffix.add(route);
            default -> anyHost.add(route);
        }
    }

    private static Maglev table(List<ProxyBackend> backends) {
        return Maglev.of(backends.stream()
                .map(backend -> new Maglev.Backend(backend.name(), backend.weight()))
                .toList());
    }

    private static @Nullable RateLimiter limiter(ProxyRoute rule, @Nullable RoutingTable before) {
        if (rule.rateLimit().requestsPerSecond() == 0) {
            return null;
        }
        RateLimiter kept = before == null ? null : before.limiterOf(rule);
        return kept == null ? new RateLimiter(rule.rateLimit(), System.nanoTime()) : kept;
    }

    private @Nullable RateLimiter limiterOf(ProxyRoute rule) {
        List<Route> all = new ArrayList<>(anyHost);
        all.addAll(bySuffix);
        byHost.values().forEach(all::addAll);
        for (Route route : all) {
            if (route.limiter != null
                    && route.rule.match().equals(rule.match())
                    && route.limiter.limit().equals(rule.rateLimit())) {
                return route.limiter;
            }
        }
        return null;
    }

    public ProxyConfig config() {
        return config;
    }

    public ProxyPolicy policy() {
        return config.policy();
    }

    /** How backends learn who asks. */
    public ForwardedFields forwarded() {
        return forwarded;
    }

    /** How many routes there are. */
    public int size() {
        return size;
    }

    /** When a backend came, by System.nanoTime(), or 0 when it was there from the beginning. */
    public long joinedNs(String backend) {
        return joinedNs.getOrDefault(backend, 0L);
    }

    /** Where requests may be sent to now. */
    public Set<InetSocketAddress> endpointsInUse() {
        Set<InetSocketAddress> endpoints = new HashSet<>();
        byHost.values().forEach(routes -> addEndpoints(endpoints, routes));
        addEndpoints(endpoints, bySuffix);
        addEndpoints(endpoints, anyHost);
        return endpoints;
    }

    private static void addEndpoints(Set<InetSocketAddress> endpoints, List<Route> routes) {
        for (Route route : routes) {
            for (Split split : route.splits) {
                split.healthy().forEach(backend -> endpoints.add(backend.endpoint()));
            }
        }
    }

    /**
     * The route of a request, or null when there is none.
     *
     * @param host in lower case and without port
     * @param target in origin form
     */
    @Nullable
    public Route match(String host, String method, String target, FieldReader fields) {
        int query = target.indexOf('?');
        int pathEnd = query < 0 ? target.length() : query;
        List<Route> exact = byHost.get(host);
        Route found = exact == null ? null : first(exact, method, target, pathEnd, fields);
        for (int i = 0; found == null && i < bySuffix.size(); i++) {
            Route route = bySuffix.get(i);
            String suffix = route.rule.match().host();
            if (host.length() >= suffix.length()
                    && host.regionMatches(host.length() - suffix.length() + 1, suffix, 1, suffix.length() - 1)
                    && route.match.accepts(method, target, pathEnd, fields)) {
                found = route;
            }
        }
        return found == null ? first(anyHost, method, target, pathEnd, fields) : found;
    }

    private static @Nullable Route first(
            List<Route> routes, String method, String target, int pathEnd, FieldReader fields) {
        for (int i = 0; i < routes.size(); i++) {
            if (routes.get(i).match.accepts(method, target, pathEnd, fields)) {
                return routes.get(i);
            }
        }
        return null;
    }
}
