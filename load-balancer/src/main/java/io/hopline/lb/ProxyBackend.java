package io.hopline.lb;

import java.net.InetSocketAddress;

/**
 * A server that the proxy passes requests to.
 *
 * @param name as routes and health name it
 * @param endpoint where it listens, resolved
 */
public record ProxyBackend(String name, InetSocketAddress endpoint) {
    public ProxyBackend {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a backend needs a name");
        }
        if (endpoint.isUnresolved()) {
            throw new IllegalArgumentException("endpoint " + endpoint + " of backend '" + name + "' is not an address");
        }
    }
}
