package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.sla.OpenSlo;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything flows are compiled from, at one version: what people want (networks, vNICs, services) and what was
 * observed (nodes, their switch ports, the backends' health). Observations are kept too, so that a controller that
 * starts anew compiles the same flows before the first node has spoken.
 *
 * <p>Immutable. {@link Changes} makes the next one.
 *
 * @param version 0 when nothing ever happened, one more with every change
 * @param ports OpenFlow port numbers by node name and port name
 * @param health by {@link Health#key()}
 * @param objectives OpenSLO documents by name; no flow comes of them
 */
public record NetworkState(
        long version,
        SortedMap<String, Network> networks,
        SortedMap<String, Vnic> vnics,
        SortedMap<String, Service> services,
        SortedMap<String, NodeInfo> nodes,
        SortedMap<String, SortedMap<String, Integer>> ports,
        SortedMap<String, Health> health,
        SortedMap<String, OpenSlo.Document> objectives) {
    static final NetworkState EMPTY = new NetworkState(
            0,
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>());

    public NetworkState {
        networks = frozen(networks);
        vnics = frozen(vnics);
        services = frozen(services);
        nodes = frozen(nodes);
        ports = frozen(ports);
        health = frozen(health);
        objectives = frozen(objectives);
    }

    NetworkState withVersion(long newVersion) {
        return new NetworkState(newVersion, networks, vnics, services, nodes, ports, health, objectives);
    }

    Network network(String field, String name) {
        return found(networks, field, name, "network");
    }

    Vnic vnic(String field, String name) {
        return found(vnics, field, name, "vNIC");
    }

    Service service(String field, String name) {
        return found(services, field, name, "service");
    }

    NodeInfo node(String field, String name) {
        return found(nodes, field, name, "node");
    }

    OpenSlo.Document objective(String field, String name) {
        return found(objectives, field, name, "objective");
    }

    Optional<NodeInfo> nodeByDpid(long dpid) {
        return nodes.values().stream().filter(node -> node.dpid() == dpid).findFirst();
    }

    OptionalInt port(String node, String portName) {
        Integer number = ports.getOrDefault(node, Collections.emptySortedMap()).get(portName);
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** Where a vNIC is attached; while two hosts have a port of that name, the host first by name. */
    Optional<Binding> binding(String vnic) {
        for (Map.Entry<String, SortedMap<String, Integer>> node : ports.entrySet()) {
            Integer number = node.getValue().get(vnic);
            if (number != null && nodes.containsKey(node.getKey())) {
                return Optional.of(new Binding(node.getKey(), number));
            }
        }
        return Optional.empty();
    }

    List<Vnic> vnicsOf(String network) {
        return vnics.values().stream().filter(v -> v.network().equals(network)).toList();
    }

    List<Service> servicesOf(String network) {
        return services.values().stream()
                .filter(s -> s.network().equals(network))
                .toList();
    }

    /** The one host through which clients outside come and go: of those with an uplink, the first by name. */
    Optional<NodeInfo> gatewayNode() {
        return nodes.values().stream().filter(n -> n.uplink() != null).findFirst();
    }

    /** The host that has the service port of every network: the gateway, else the first by name. */
    Optional<NodeInfo> serviceNode() {
        return gatewayNode().or(() -> nodes.values().stream().findFirst());
    }

    /** A network has a service port once somebody must check, or proxy to, its guests. */
    boolean needsServicePort(String network) {
        return servicesOf(network).stream()
                .anyMatch(s -> s.mode() == Service.Mode.L7 || s.check().kind() != Check.Kind.NONE);
    }

    /** Where a service's backend is asked: by the IP version of the service's clients, unless its proxy is told otherwise. */
    Endpoint endpoint(Service service, Backend backend) {
        Vnic vnic = vnic("backends", backend.vnic());
        if (service.vip().ip() instanceof Ipv4Address || service.l7().protocol().ipv4()) {
            return new Endpoint(vnic.ip(), backend.port());
        }
        Subnet6 subnet = network("network", vnic.network()).ipv6().orElseThrow();
        return new Endpoint(subnet.address(vnic.mac()), backend.port());
    }

    @Nullable
    Health healthOf(Service service, Backend backend) {
        return health.get(Health.key(service.name(), backend.vnic()));
    }

    /** Why a backend gets new connections, or why not. */
    BackendStatus status(Service service, Backend backend) {
        if (backend.leaving()) {
            return BackendStatus.LEAVING;
        }
        if (backend.draining()) {
            return BackendStatus.DRAINING;
        }
        if (binding(backend.vnic()).isEmpty()) {
            return BackendStatus.DETACHED;
        }
        if (service.check().kind() == Check.Kind.NONE) {
            return BackendStatus.UNCHECKED;
        }
        Health known = healthOf(service, backend);
        if (known == null) {
            return BackendStatus.UNKNOWN;
        }
        return known.healthy() ? BackendStatus.HEALTHY : BackendStatus.UNHEALTHY;
    }

    /** Backends that get new connections, in the order in which the service lists them. */
    List<Backend> available(Service service) {
        return service.backends().stream()
                .filter(b -> status(service, b).available())
                .toList();
    }

    /**
     * Backends that drain, are well, and keep the clients whose cookie names them; in the order in which the service lists
     * them.
     */
    List<Backend> keepingClients(Service service) {
        if (!service.sticks()) {
            return List.of();
        }
        return service.backends().stream()
                .filter(b ->
                        b.draining() && status(service, b.withDraining(false)).available())
                .toList();
    }

    /** Largest IP packet for guests: the smallest that every host's tunnels carry. */
    int vnicMtu() {
        return nodes.values().stream().mapToInt(NodeInfo::vnicMtu).min().orElse(NodeInfo.DEFAULT_VNIC_MTU);
    }

    boolean isVip(Network network, IpAddress ip) {
        return servicesOf(network.name()).stream().anyMatch(s -> s.vip().ip().equals(ip));
    }

    private static <T> T found(Map<String, T> map, String field, String name, String kind) {
        T value = map.get(name);
        if (value == null) {
            throw StateException.unknown(field, "there is no " + kind + " '" + Fields.shown(name) + "'");
        }
        return value;
    }

    private static <T> SortedMap<String, T> frozen(SortedMap<String, T> map) {
        return Collections.unmodifiableSortedMap(new TreeMap<>(map));
    }
}
