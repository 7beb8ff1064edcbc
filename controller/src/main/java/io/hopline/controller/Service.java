package io.hopline.controller;

import io.hopline.lb.config.L7Options;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A virtual IP address and port in front of guests. Made by a {@link Builder}, so that what is not said has its default.
 *
 * @param id number of its OpenFlow group, 1 to {@link #MAX_ID}, unique among services
 * @param protocol of the port; {@link Protocol#UDP} only for L4
 * @param backends in the order in which they were named; with a {@code selector}, those that its label has found so far
 * @param selector which vNICs become backends by themselves; empty when they were named one by one
 * @param l4 how connections are forwarded; the default for L7
 * @param routes of an L7 service, the most specific wins; empty for L4, and for all backends alike
 * @param l7 what else an L7 service does; the default for L4
 */
public record Service(
        String name,
        int id,
        String network,
        Endpoint vip,
        Mode mode,
        Protocol protocol,
        List<Backend> backends,
        Optional<BackendSelector> selector,
        Check check,
        L4Options l4,
        List<L7Route> routes,
        L7Options l7) {
    /** At which layer the service chooses a backend. */
    public enum Mode {
        /** A connection at a time, by destination NAT in the switch. */
        L4,
        /** A request at a time, by the HTTP proxy behind the service port. */
        L7;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What the VIP's port is a port of. */
    public enum Protocol {
        TCP(Tables.TCP),
        UDP(Tables.UDP);

        private final int number;

        Protocol(int number) {
            this.number = number;
        }

        /** IP protocol number. */
        int number() {
            return number;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final int MAX_NAME_CHARS = 63;
    static final int MAX_ID = 0x0fff_ffff;
    static final int MAX_BACKENDS = 256;

    public Service {
        Fields.name("name", name, MAX_NAME_CHARS);
        if (id < 1 || id > MAX_ID) {
            throw new IllegalArgumentException("service id out of range: " + id);
        }
        long staying = backends.stream().filter(b -> !b.leaving()).count();
        if (staying == 0 && selector.isEmpty()) {
            throw StateException.invalid(
                    "backends", "a service needs at least one backend, or a label to find them by");
        }
        if (staying > MAX_BACKENDS) {
            throw StateException.invalid("backends", "a service has at most " + MAX_BACKENDS + " backends");
        }
        if (backends.size() - staying > MAX_BACKENDS) {
            throw StateException.invalid(
                    "backends", "of a service at most " + MAX_BACKENDS + " leave at a time; wait, or let them go now");
        }
        backends = List.copyOf(backends);
        routes = List.copyOf(routes);
        requireDistinct(backends);
        requireFitting(mode, protocol, check);
        requireKnownBackends(mode, backends, routes);
        if (selector.isPresent() && !routes.isEmpty()) {
            throw StateException.invalid("routes", "name backends one by one, so the service must list them, too");
        }
        requireFitting(mode, l4, vip, backends);
        if (mode == Mode.L4 && !l7.equals(L7Options.DEFAULT)) {
            throw StateException.invalid("l7", "only an l7 service has these options");
        }
    }

    private static void requireDistinct(List<Backend> backends) {
        Set<String> names = new HashSet<>();
        for (Backend backend : backends) {
            if (!names.add(backend.vnic())) {
                throw StateException.invalid("backends", "'" + backend.vnic() + "' is listed twice");
            }
        }
    }

    private static void requireFitting(Mode mode, Protocol protocol, Check check) {
        if (mode == Mode.L7 && protocol == Protocol.UDP) {
            throw StateException.invalid("protocol", "an l7 service is tcp");
        }
        if (protocol == Protocol.UDP && check.kind() != Check.Kind.NONE && check.port() == 0) {
            throw StateException.invalid(
                    "check", "of a udp service must be none or name the TCP port to ask, like tcp:8080 or http:8080/");
        }
    }

    private static void requireFitting(Mode mode, L4Options l4, Endpoint vip, List<Backend> backends) {
        if (mode == Mode.L7 && !l4.equals(L4Options.DEFAULT)) {
            throw StateException.invalid("l4", "only an l4 service has these options");
        }
        for (Backend backend : backends) {
            if (l4.dsr() && backend.port() != vip.port()) {
                throw StateException.invalid(
                        "backends",
                        "'" + backend.vnic() + "' must listen on port " + vip.port()
                                + " as the VIP does: with dsr nothing is translated");
            }
        }
    }

    private static void requireKnownBackends(Mode mode, List<Backend> backends, List<L7Route> routes) {
        if (mode == Mode.L4 && !routes.isEmpty()) {
            throw StateException.invalid("routes", "only an l7 service has routes");
        }
        for (L7Route route : routes) {
            for (String name : route.backends()) {
                if (backends.stream().noneMatch(b -> b.vnic().equals(name) && !b.leaving())) {
                    throw StateException.invalid("routes.backends", "'" + name + "' is not a backend of the service");
                }
            }
        }
    }

    /** A service of one name; the builder's other values are the defaults, and {@code network} and {@code vip} must be set. */
    static Builder named(String name, String network, Endpoint vip) {
        return new Builder(name, network, vip);
    }

    /** A service that differs from this one in what is then set. */
    Builder toBuilder() {
        return named(name, network, vip)
                .id(id)
                .mode(mode)
                .protocol(protocol)
                .backends(backends)
                .selector(selector)
                .check(check)
                .l4(l4)
                .routes(routes)
                .l7(l7);
    }

    OptionalInt warmPercent(String backend) {
        return backends.stream()
                .filter(b -> b.vnic().equals(backend))
                .mapToInt(Backend::warmPercent)
                .findFirst();
    }

    /** What happens to an L7 service's requests: all go to all backends when it has no routes of its own. */
    List<L7Route> l7Routes() {
        return routes.isEmpty()
                ? List.of(new L7Route(
                        "*", "/", backends.stream().map(Backend::vnic).toList()))
                : routes;
    }

    /** True when some clients come back to their backend by a cookie of the proxy's. */
    boolean sticks() {
        return mode == Mode.L7 && l7Routes().stream().anyMatch(route -> route.sticks(l7.balancing()));
    }

    boolean isDraining(String backend) {
        return backends.stream().anyMatch(b -> b.vnic().equals(backend) && b.draining());
    }

    /** A backend that is taken away keeps the connections it has for a while: one on a host, of a service that grants it. */
    boolean letsFinish(NetworkState state, Backend backend) {
        return mode == Mode.L4
                && l4.drainTimeoutS() > 0
                && state.binding(backend.vnic()).isPresent();
    }

    /** Of a backend that joins while the service serves. */
    int newcomersWarmPercent() {
        return l4.slowStartS() == 0 ? Backend.WARM_PERCENT : Backend.COLD_PERCENT;
    }

    Service withBackends(List<Backend> newBackends) {
        return toBuilder().backends(newBackends).build();
    }

    /** What is not set: L4, TCP, TCP checks, no backends, no routes. */
    static final class Builder {
        private final String name;
        private final String network;
        private final Endpoint vip;
        private int id = 1;
        private Mode mode = Mode.L4;
        private Protocol protocol = Protocol.TCP;
        private List<Backend> backends = List.of();
        private Optional<BackendSelector> selector = Optional.empty();
        private Check check = Check.parse("tcp");
        private L4Options l4 = L4Options.DEFAULT;
        private List<L7Route> routes = List.of();
        private L7Options l7 = L7Options.DEFAULT;

        private Builder(String name, String network, Endpoint vip) {
            this.name = name;
            this.network = network;
            this.vip = vip;
        }

        Builder id(int value) {
            id = value;
            return this;
        }

        Builder mode(Mode value) {
            mode = value;
            return this;
        }

        Builder protocol(Protocol value) {
            protocol = value;
            return this;
        }

        Builder backends(List<Backend> value) {
            backends = value;
            return this;
        }

        Builder selector(Optional<BackendSelector> value) {
            selector = value;
            return this;
        }

        Builder check(Check value) {
            check = value;
            return this;
        }

        Builder l4(L4Options value) {
            l4 = value;
            return this;
        }

        Builder routes(List<L7Route> value) {
            routes = value;
            return this;
        }

        Builder l7(L7Options value) {
            l7 = value;
            return this;
        }

        /** @throws StateException naming the field that does not fit */
        Service build() {
            return new Service(name, id, network, vip, mode, protocol, backends, selector, check, l4, routes, l7);
        }
    }
}
