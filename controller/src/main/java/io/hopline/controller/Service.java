package io.hopline.controller;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A virtual IP address and port in front of guests.
 *
 * @param id number of its OpenFlow group, 1 to {@link #MAX_ID}, unique among services
 * @param routes of an L7 service, first match wins; empty for L4
 */
public record Service(
        String name,
        int id,
        String network,
        Endpoint vip,
        Mode mode,
        List<Backend> backends,
        Check check,
        List<L7Route> routes) {
    /** At which layer the service chooses a backend. */
    public enum Mode {
        /** A connection at a time, by destination NAT in the switch. */
        L4,
        /** A request at a time, by the HTTP proxy behind the service port. */
        L7
    }

    static final int MAX_NAME_CHARS = 63;
    static final int MAX_ID = 0x0fff_ffff;
    static final int MAX_BACKENDS = 256;

    public Service {
        Fields.name("name", name, MAX_NAME_CHARS);
        if (id < 1 || id > MAX_ID) {
            throw new IllegalArgumentException("service id out of range: " + id);
        }
        if (backends.isEmpty()) {
            throw StateException.invalid("backends", "a service needs at least one backend");
        }
        if (backends.size() > MAX_BACKENDS) {
            throw StateException.invalid("backends", "a service has at most " + MAX_BACKENDS + " backends");
        }
        backends = List.copyOf(backends);
        routes = List.copyOf(routes);
        requireConsistent(mode, backends, routes);
    }

    private static void requireConsistent(Mode mode, List<Backend> backends, List<L7Route> routes) {
        Set<String> names = new HashSet<>();
        for (Backend backend : backends) {
            if (!names.add(backend.vnic())) {
                throw StateException.invalid("backends", "'" + backend.vnic() + "' is listed twice");
            }
        }
        if (mode == Mode.L4 && !routes.isEmpty()) {
            throw StateException.invalid("routes", "only an l7 service has routes");
        }
        for (L7Route route : routes) {
            for (String backend : route.backends()) {
                if (!names.contains(backend)) {
                    throw StateException.invalid(
                            "routes.backends", "'" + backend + "' is not a backend of the service");
                }
            }
        }
    }

    Service withBackends(List<Backend> newBackends) {
        return new Service(name, id, network, vip, mode, newBackends, check, routes);
    }
}
