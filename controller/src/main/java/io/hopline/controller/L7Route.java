package io.hopline.controller;

import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.RateLimit;
import io.hopline.lb.config.Redirect;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.config.RouteRewrite;
import io.hopline.lb.config.RouteSplit;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What happens to some requests of an L7 service; the parts are the proxy's own.
 *
 * @param match which requests
 * @param splits names of the service's backends, at least one in all, or none for a redirect
 * @param balancing how one is chosen; the service's way when empty
 * @param redirect sends the client elsewhere instead
 */
public record L7Route(
        RouteMatch match,
        List<RouteSplit> splits,
        Optional<Balancing> balancing,
        Optional<Redirect> redirect,
        RouteRewrite rewrite,
        RateLimit rateLimit) {
    public L7Route {
        splits = List.copyOf(splits);
        if (redirect.isEmpty() && splits.stream().allMatch(s -> s.backends().isEmpty())) {
            throw StateException.invalid("routes.backends", "a route needs at least one backend");
        }
        if (redirect.isPresent() && !splits.isEmpty()) {
            throw StateException.invalid("routes.redirect", "a route that redirects has no backends");
        }
    }

    /** Everything under a prefix of a host, in the service's way. */
    L7Route(String host, String pathPrefix, List<String> backends) {
        this(
                RouteMatch.prefix(host, pathPrefix),
                List.of(new RouteSplit(1, backends)),
                Optional.empty(),
                Optional.empty(),
                RouteRewrite.NONE,
                RateLimit.NONE);
    }

    /** True when clients come back to their backend by a cookie. */
    boolean sticks(Balancing otherwise) {
        return redirect.isEmpty() && balancing.orElse(otherwise).method() == Balancing.Method.STICKY_COOKIE;
    }

    /** Every backend's name, as often as the splits have it. */
    List<String> backends() {
        return splits.stream().flatMap(split -> split.backends().stream()).toList();
    }

    /**
     * What the proxy is told: of the backends only those that are available, and those that keep their clients where a
     * cookie tells these.
     */
    ProxyRoute forProxy(Balancing otherwise, Set<String> available, Set<String> keeping) {
        boolean sticks = sticks(otherwise);
        List<RouteSplit> left = splits.stream()
                .map(split -> new RouteSplit(
                        split.weight(),
                        split.backends().stream()
                                .filter(name -> available.contains(name) || sticks && keeping.contains(name))
                                .toList()))
                .toList();
        return new ProxyRoute(match, redirect, left, balancing.orElse(otherwise), rewrite, rateLimit);
    }
}
