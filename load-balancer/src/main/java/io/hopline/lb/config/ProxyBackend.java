package io.hopline.lb.config;

import java.net.InetSocketAddress;

/**
 * A server that the proxy passes requests to.
 *
 * @param name as routes and health name it
 * @param endpoint where it listens, resolved
 * @param weight its share relative to the others of a route, 0 to 65,535; with 0 it gets only clients whose cookie names it
 */
public record ProxyBackend(String name, InetSocketAddress endpoint, int weight) {
    public ProxyBackend {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a backend needs a name");
        }
        if (endpoint.isUnresolved()) {
            throw new IllegalArgumentException("endpoint " + endpoint + " of backend '" + name + "' is not an address");
        }
        ProxySettings.within("weight", weight, 0, 0xffff);
    }

    /** A backend of weight 1. */
    public ProxyBackend(String name, InetSocketAddress endpoint) {
        this(name, endpoint, 1);
    }
}
