package io.hopline.lb.config;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one L7 service does.
 *
 * @param service its name
 * @param listen the virtual address; port 0 takes a free one
 * @param routes at least one; a request that matches none is answered 404
 * @param backends every backend that a route names, each once
 * @param policy what it does beside routing
 * @param tls how clients come by TLS
 * @param protocol how it speaks with its backends
 */
public record ProxyConfig(
        String service,
        InetSocketAddress listen,
        List<ProxyRoute> routes,
        List<ProxyBackend> backends,
        ProxyPolicy policy,
        ProxyTls tls,
        BackendProtocol protocol) {
    /** With the policy that suits most, in clear text. */
    public ProxyConfig(String service, InetSocketAddress listen, List<ProxyRoute> routes, List<ProxyBackend> backends) {
        this(service, listen, routes, backends, ProxyPolicy.DEFAULT);
    }

    /** In clear text, to backends that speak HTTP/1.1. */
    public ProxyConfig(
            String service,
            InetSocketAddress listen,
            List<ProxyRoute> routes,
            List<ProxyBackend> backends,
            ProxyPolicy policy) {
        this(service, listen, routes, backends, policy, ProxyTls.NONE, BackendProtocol.HTTP1);
    }

    /** The same with another policy. */
    public ProxyConfig with(ProxyPolicy wanted) {
        return new ProxyConfig(service, listen, routes, backends, wanted, tls, protocol);
    }

    /** The same with TLS towards clients. */
    public ProxyConfig with(ProxyTls wanted) {
        return new ProxyConfig(service, listen, routes, backends, policy, wanted, protocol);
    }

    /** The same with another protocol towards backends. */
    public ProxyConfig with(BackendProtocol wanted) {
        return new ProxyConfig(service, listen, routes, backends, policy, tls, wanted);
    }

    public ProxyConfig {
        routes = List.copyOf(routes);
        backends = List.copyOf(backends);
        if (listen.isUnresolved()) {
            throw new IllegalArgumentException(
                    "listen address " + listen + " of service '" + service + "' is not an address");
        }
        Set<String> names = new HashSet<>();
        for (ProxyBackend backend : backends) {
            if (!names.add(backend.name())) {
                throw new IllegalArgumentException(
                        "backend '" + backend.name() + "' of service '" + service + "' is listed twice");
            }
        }
        for (ProxyRoute route : routes) {
            for (String name : route.backends()) {
                if (!names.contains(name)) {
                    throw new IllegalArgumentException("a route of service '" + service + "' names backend '" + name
                            + "', which is not among its backends");
                }
            }
        }
    }
}
