package io.hopline.lb.config;

import java.util.List;
import java.util.Optional;

/**
 * What happens to some of a service's requests. The most specific host wins; within it an exact path before a regular
 * expression before the longest prefix, then the route with more conditions, then the one listed first.
 *
 * @param match which requests
 * @param redirect sends them elsewhere; then the rest does not matter
 * @param splits backends, of which healthy ones are tried
 * @param balancing how a backend is chosen within a split
 * @param rewrite what changes on the way
 * @param rateLimit how many pass
 */
public record ProxyRoute(
        RouteMatch match,
        Optional<Redirect> redirect,
        List<RouteSplit> splits,
        Balancing balancing,
        RouteRewrite rewrite,
        RateLimit rateLimit) {
    public ProxyRoute {
        splits = List.copyOf(splits);
    }

    /** All requests under a prefix, in turn to these backends. */
    public ProxyRoute(String host, String pathPrefix, List<String> backends) {
        this(
                RouteMatch.prefix(host, pathPrefix),
                Optional.empty(),
                List.of(new RouteSplit(1, backends)),
                Balancing.ROUND_ROBIN,
                RouteRewrite.NONE,
                RateLimit.NONE);
    }

    /** The same requests to the same backends, chosen in another way. */
    public ProxyRoute balanced(Balancing other) {
        return new ProxyRoute(match, redirect, splits, other, rewrite, rateLimit);
    }

    /** Every backend's name, as often as the splits have it. */
    public List<String> backends() {
        return splits.stream().flatMap(split -> split.backends().stream()).toList();
    }
}
