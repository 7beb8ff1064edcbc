package io.hopline.lb.config;

import java.util.List;

/**
 * A part of a route's requests and the backends that take it; a route with two of them is a canary.
 *
 * @param weight its share of the route's requests relative to the other parts, 0 to 65,535
 * @param backends names; may be empty, and what no part can take is answered 503
 */
public record RouteSplit(int weight, List<String> backends) {
    public RouteSplit {
        ProxySettings.within("weight", weight, 0, 0xffff);
        backends = List.copyOf(backends);
    }
}
