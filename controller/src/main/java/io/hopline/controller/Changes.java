package io.hopline.controller;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.sla.Objective;
import io.hopline.sla.OpenSlo;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The pure functions from one state to the next. Each refuses with a {@link StateException} that names the field; a
 * change that changes nothing returns the state it got, version included.
 */
final class Changes {
    static final int MAX_NETWORKS = 1_024;
    static final int MAX_VNICS = 16_384;
    static final int MAX_SERVICES = 4_096;
    static final int MAX_NODES = 256;
    static final int MAX_PORTS_PER_NODE = 4_096;
    static final int MAX_OBJECTIVES = 256;
    private static final int MAX_OBJECTIVE_NAME = 63;
    /** As long as histograms are kept, and some days. */
    private static final Duration MAX_WINDOW = Duration.ofDays(30);

    private static final int FIRST_VNI = 100;

    private Changes() {}

    static NetworkState createNetwork(
            NetworkState state,
            String name,
            Subnet subnet,
            Optional<Subnet6> subnet6,
            Optional<Integer> vni,
            boolean exposed) {
        Network network = new Network(name, vni.orElseGet(() -> freeVni(state)), subnet, subnet6.orElse(null), exposed);
        requireRoom(state.networks(), MAX_NETWORKS, "networks");
        if (state.networks().containsKey(name)) {
            throw StateException.conflict("name", "network '" + name + "' exists already");
        }
        for (Network other : state.networks().values()) {
            requireDistinct(network, other);
        }
        return networks(state, put(state.networks(), name, network));
    }

    private static void requireDistinct(Network network, Network other) {
        if (network.vni() == other.vni()) {
            throw StateException.conflict("vni", network.vni() + " is taken by network '" + other.name() + "'");
        }
        if (network.zone() == other.zone()) {
            throw StateException.conflict(
                    "vni",
                    network.vni() + " shares its low 16 bits, the conntrack zone, with " + other.vni() + " of network '"
                            + other.name() + "'");
        }
        if (network.exposed() && other.exposed() && network.subnet().overlaps(other.subnet())) {
            throw StateException.conflict(
                    "subnet",
                    network.subnet() + " overlaps " + other.subnet() + " of network '" + other.name()
                            + "', and both are exposed");
        }
        if (network.exposed()
                && other.exposed()
                && network.ipv6().isPresent()
                && network.ipv6().equals(other.ipv6())) {
            throw StateException.conflict(
                    "subnet6", "network '" + other.name() + "' has it, too, and both are exposed");
        }
    }

    private static int freeVni(NetworkState state) {
        for (int vni = FIRST_VNI; vni < FIRST_VNI + 0xffff; vni++) {
            int zone = vni & 0xffff;
            if (state.networks().values().stream().noneMatch(n -> n.zone() == zone)) {
                return vni;
            }
        }
        throw StateException.conflict("vni", "no free VNI is left");
    }

    static NetworkState deleteNetwork(NetworkState state, String name) {
        state.network("name", name);
        List<Vnic> vnics = state.vnicsOf(name);
        if (!vnics.isEmpty()) {
            throw StateException.conflict(
                    "name",
                    "network '" + name + "' still has vNIC '" + vnics.getFirst().name() + "'");
        }
        return networks(state, remove(state.networks(), name));
    }

    static NetworkState createVnic(NetworkState state, String name, String networkName, Optional<Ipv4Address> ip) {
        return createVnic(state, name, networkName, ip, new TreeMap<>());
    }

    static NetworkState createVnic(
            NetworkState state,
            String name,
            String networkName,
            Optional<Ipv4Address> ip,
            SortedMap<String, String> labels) {
        Network network = state.network("network", networkName);
        requireRoom(state.vnics(), MAX_VNICS, "vNICs");
        if (state.vnics().containsKey(name)) {
            throw StateException.conflict("name", "vNIC '" + name + "' exists already");
        }
        if (state.nodes().values().stream().anyMatch(n -> name.equals(n.uplink()))) {
            throw StateException.conflict("name", "'" + name + "' is the name of a node's uplink");
        }
        ip.ifPresent(wanted -> requireUsable(state, network, wanted));
        Ipv4Address address = ip.orElseGet(() -> freeAddress(state, network));
        Vnic vnic = new Vnic(name, networkName, address, network.mac(address), labels);
        return vnics(state, put(state.vnics(), name, vnic));
    }

    private static void requireUsable(NetworkState state, Network network, Ipv4Address ip) {
        requireOrdinary("ip", network, ip);
        for (Vnic other : state.vnicsOf(network.name())) {
            if (other.ip().equals(ip)) {
                throw StateException.conflict("ip", ip + " is taken by vNIC '" + other.name() + "'");
            }
        }
        if (state.isVip(network, ip)) {
            throw StateException.conflict("ip", ip + " is a service's VIP");
        }
    }

    private static void requireOrdinary(String field, Network network, Ipv4Address ip) {
        if (!network.subnet().contains(ip)) {
            throw StateException.invalid(
                    field, ip + " is outside " + network.subnet() + " of network '" + network.name() + "'");
        }
        if (network.isReserved(ip)) {
            throw StateException.invalid(
                    field,
                    ip + " is reserved in " + network.subnet() + " (gateway "
                            + network.subnet().gateway() + ", service port "
                            + network.subnet().servicePort() + ")");
        }
    }

    private static Ipv4Address freeAddress(NetworkState state, Network network) {
        Set<Ipv4Address> taken = new HashSet<>();
        state.vnicsOf(network.name()).forEach(v -> taken.add(v.ip()));
        state.servicesOf(network.name()).stream()
                .map(s -> s.vip().ip())
                .filter(Ipv4Address.class::isInstance)
                .forEach(ip -> taken.add((Ipv4Address) ip));
        for (int i = 2; i < network.subnet().size() - 2; i++) {
            Ipv4Address candidate = new Ipv4Address(network.subnet().base().bits() + i);
            if (!taken.contains(candidate)) {
                return candidate;
            }
        }
        throw StateException.conflict("ip", network.subnet() + " has no free address left");
    }

    static NetworkState deleteVnic(NetworkState state, String name) {
        state.vnic("name", name);
        for (Service service : state.services().values()) {
            if (service.selector().isEmpty()
                    && service.backends().stream().anyMatch(b -> b.vnic().equals(name) && !b.leaving())) {
                throw StateException.conflict(
                        "name", "vNIC '" + name + "' is a backend of service '" + service.name() + "'");
            }
        }
        NetworkState left = state;
        for (String service : state.services().keySet()) {
            left = ServiceChanges.depart(left, service, name);
        }
        return vnics(left.withVersion(state.version()), remove(state.vnics(), name));
    }

    static NetworkState labelVnic(NetworkState state, String name, SortedMap<String, String> labels) {
        Vnic vnic = state.vnic("name", name);
        return labels.equals(vnic.labels()) ? state : vnics(state, put(state.vnics(), name, vnic.withLabels(labels)));
    }

    /** Adds a service; its {@code id} is given here, whatever the draft says. */
    static NetworkState createService(NetworkState state, Service draft) {
        Network network = state.network("network", draft.network());
        requireRoom(state.services(), MAX_SERVICES, "services");
        if (state.services().containsKey(draft.name())) {
            throw StateException.conflict("name", "service '" + draft.name() + "' exists already");
        }
        requireFitting(state, network, draft);
        int id = 1
                + state.services().values().stream().mapToInt(Service::id).max().orElse(0);
        Service service = draft.toBuilder().id(id).build();
        return Membership.refreshed(services(state, put(state.services(), service.name(), service)));
    }

    static void requireFitting(NetworkState state, Network network, Service service) {
        switch (service.vip().ip()) {
            case Ipv4Address ip -> requireOrdinary("vip", network, ip);
            case Ipv6Address ip -> requireOrdinary(network, ip);
        }
        for (Vnic vnic : state.vnicsOf(network.name())) {
            if (vnic.ip().equals(service.vip().ip())) {
                throw StateException.conflict("vip", vnic.ip() + " is taken by vNIC '" + vnic.name() + "'");
            }
        }
        state.servicesOf(network.name()).stream()
                .filter(other -> !other.name().equals(service.name()))
                .forEach(other -> requireDistinct(service, other));
        state.services().values().stream()
                .filter(other -> !other.name().equals(service.name()))
                .forEach(other -> requireRoomOnHost(service, other));
        service.backends().forEach(b -> requireMember(state, network, b));
    }

    /** Services of all networks are published on one host. */
    private static void requireRoomOnHost(Service service, Service other) {
        for (InetSocketAddress mine : service.l7().published()) {
            for (InetSocketAddress theirs : other.l7().published()) {
                boolean overlap = mine.getAddress().equals(theirs.getAddress())
                        || mine.getAddress().isAnyLocalAddress()
                        || theirs.getAddress().isAnyLocalAddress();
                if (mine.getPort() == theirs.getPort() && overlap) {
                    throw StateException.conflict(
                            "l7.publish", "port " + mine.getPort() + " is taken by service '" + other.name() + "'");
                }
            }
        }
    }

    private static void requireOrdinary(Network network, Ipv6Address vip) {
        Subnet6 subnet = network.ipv6()
                .orElseThrow(
                        () -> StateException.invalid("vip", "network '" + network.name() + "' has no IPv6 subnet"));
        if (!subnet.contains(vip)) {
            throw StateException.invalid("vip", vip + " is outside " + subnet + " of network '" + network.name() + "'");
        }
        if (vip.low() == 0 || Ipv6Address.isMadeOfMac(vip)) {
            throw StateException.invalid("vip", vip + " is an address of a router or of a guest's own making");
        }
    }

    private static void requireDistinct(Service service, Service other) {
        if (!service.vip().ip().equals(other.vip().ip())) {
            return;
        }
        if (service.vip().equals(other.vip()) && service.protocol() == other.protocol()) {
            throw StateException.conflict("vip", service.vip() + " is taken by service '" + other.name() + "'");
        }
        if (service.mode() != other.mode()) {
            throw StateException.conflict(
                    "vip",
                    service.vip().ip() + " already belongs to service '" + other.name()
                            + "' of the other mode; l4 and l7 services cannot share an address");
        }
    }

    private static void requireMember(NetworkState state, Network network, Backend backend) {
        Vnic vnic = state.vnics().get(backend.vnic());
        if (vnic == null) {
            throw StateException.unknown("backends", "there is no vNIC '" + backend.vnic() + "'");
        }
        if (!vnic.network().equals(network.name())) {
            throw StateException.invalid(
                    "backends",
                    "vNIC '" + vnic.name() + "' is in network '" + vnic.network() + "', not in '" + network.name()
                            + "'");
        }
    }

    static NetworkState deleteService(NetworkState state, String name) {
        Service service = state.service("name", name);
        TreeMap<String, Health> health = new TreeMap<>(state.health());
        service.backends().forEach(b -> health.remove(Health.key(name, b.vnic())));
        return new NetworkState(
                state.version() + 1,
                state.networks(),
                state.vnics(),
                remove(state.services(), name),
                state.nodes(),
                state.ports(),
                health,
                state.objectives());
    }

    static NetworkState drain(NetworkState state, String serviceName, String backendName, boolean drain) {
        Service service = state.service("service", serviceName);
        Backend backend = backend(service, backendName);
        if (backend.draining() == drain) {
            return state;
        }
        List<Backend> backends = new ArrayList<>(service.backends());
        Collections.replaceAll(backends, backend, backend.withDraining(drain));
        return services(state, put(state.services(), serviceName, service.withBackends(backends)));
    }

    static Backend backend(Service service, String name) {
        return service.backends().stream()
                .filter(b -> b.vnic().equals(name))
                .findFirst()
                .orElseThrow(() -> StateException.unknown(
                        "backend", "service '" + service.name() + "' has no backend '" + Fields.shown(name) + "'"));
    }

    static NetworkState registerNode(NetworkState state, NodeInfo node) {
        if (node.equals(state.nodes().get(node.name()))) {
            return state;
        }
        if (!state.nodes().containsKey(node.name())) {
            requireRoom(state.nodes(), MAX_NODES, "nodes");
        }
        for (NodeInfo other : state.nodes().values()) {
            if (!other.name().equals(node.name())) {
                requireDistinct(node, other);
            }
        }
        String uplink = node.uplink();
        if (uplink != null && state.vnics().containsKey(uplink)) {
            throw StateException.conflict("uplink", "'" + uplink + "' is the name of a vNIC");
        }
        return nodes(state, put(state.nodes(), node.name(), node));
    }

    private static void requireDistinct(NodeInfo node, NodeInfo other) {
        if (node.dpid() == other.dpid()) {
            throw StateException.conflict(
                    "dpid", node.dpidText() + " is the datapath id of node '" + other.name() + "'");
        }
        if (node.vtep().equals(other.vtep())) {
            throw StateException.conflict("vtep", node.vtep() + " is the VTEP of node '" + other.name() + "'");
        }
        if (node.vtep() instanceof Ipv6Address != other.vtep() instanceof Ipv6Address) {
            throw StateException.conflict(
                    "vtep",
                    node.vtep() + " cannot reach " + other.vtep() + " of node '" + other.name()
                            + "': VTEPs are all IPv4 or all IPv6");
        }
    }

    /** Forgets a host that is gone for good, with its ports. */
    static NetworkState deleteNode(NetworkState state, String name) {
        state.node("name", name);
        return new NetworkState(
                state.version() + 1,
                state.networks(),
                state.vnics(),
                state.services(),
                remove(state.nodes(), name),
                remove(state.ports(), name),
                state.health(),
                state.objectives());
    }

    /** Notes which ports a node's switch has, OpenFlow port numbers by name. */
    static NetworkState observePorts(NetworkState state, String node, SortedMap<String, Integer> ports) {
        if (ports.equals(state.ports().get(node)) || !state.nodes().containsKey(node)) {
            return state;
        }
        if (ports.size() > MAX_PORTS_PER_NODE) {
            throw StateException.conflict("ports", "a node has at most " + MAX_PORTS_PER_NODE + " ports");
        }
        return new NetworkState(
                state.version() + 1,
                state.networks(),
                state.vnics(),
                state.services(),
                state.nodes(),
                put(state.ports(), node, Collections.unmodifiableSortedMap(new TreeMap<>(ports))),
                state.health(),
                state.objectives());
    }

    static NetworkState observeHealth(NetworkState state, Health health) {
        Service service = state.service("service", health.service());
        Backend backend = backend(service, health.backend());
        if (health.equals(state.healthOf(service, backend))) {
            return state;
        }
        return new NetworkState(
                state.version() + 1,
                state.networks(),
                state.vnics(),
                state.services(),
                state.nodes(),
                state.ports(),
                put(state.health(), health.key(), health),
                state.objectives());
    }

    /** Puts OpenSLO documents in the place of those of the same name. */
    static NetworkState applyObjectives(NetworkState state, List<OpenSlo.Document> documents) {
        TreeMap<String, OpenSlo.Document> objectives = new TreeMap<>(state.objectives());
        for (OpenSlo.Document document : documents) {
            Fields.name("metadata.name", document.name(), MAX_OBJECTIVE_NAME);
            if (!state.services().containsKey(document.service())) {
                throw StateException.invalid(
                        "spec.service", "there is no service '" + Fields.shown(document.service()) + "'");
            }
            for (Objective objective : document.objectives()) {
                if (objective.window().compareTo(MAX_WINDOW) > 0) {
                    throw StateException.invalid(
                            "spec.timeWindow[0].duration", "must be at most " + MAX_WINDOW.toDays() + "d");
                }
            }
            objectives.put(document.name(), document);
        }
        if (objectives.size() > MAX_OBJECTIVES) {
            throw StateException.conflict("metadata.name", "there can be at most " + MAX_OBJECTIVES + " objectives");
        }
        return objectives.equals(state.objectives()) ? state : objectives(state, objectives);
    }

    static NetworkState deleteObjective(NetworkState state, String name) {
        state.objective("name", name);
        return objectives(state, remove(state.objectives(), name));
    }

    private static NetworkState objectives(NetworkState s, SortedMap<String, OpenSlo.Document> objectives) {
        return new NetworkState(
                s.version() + 1, s.networks(), s.vnics(), s.services(), s.nodes(), s.ports(), s.health(), objectives);
    }

    /** A new version with the same content: what nodes are told beside it has changed. */
    static NetworkState again(NetworkState state) {
        return networks(state, state.networks());
    }

    private static NetworkState networks(NetworkState s, SortedMap<String, Network> networks) {
        return new NetworkState(
                s.version() + 1, networks, s.vnics(), s.services(), s.nodes(), s.ports(), s.health(), s.objectives());
    }

    private static NetworkState vnics(NetworkState s, SortedMap<String, Vnic> vnics) {
        return Membership.refreshed(new NetworkState(
                s.version() + 1, s.networks(), vnics, s.services(), s.nodes(), s.ports(), s.health(), s.objectives()));
    }

    static NetworkState services(NetworkState s, SortedMap<String, Service> services) {
        return new NetworkState(
                s.version() + 1, s.networks(), s.vnics(), services, s.nodes(), s.ports(), s.health(), s.objectives());
    }

    private static NetworkState nodes(NetworkState s, SortedMap<String, NodeInfo> nodes) {
        return new NetworkState(
                s.version() + 1, s.networks(), s.vnics(), s.services(), nodes, s.ports(), s.health(), s.objectives());
    }

    static <T> SortedMap<String, T> put(SortedMap<String, T> map, String key, T value) {
        TreeMap<String, T> copy = new TreeMap<>(map);
        copy.put(key, value);
        return copy;
    }

    private static <T> SortedMap<String, T> remove(SortedMap<String, T> map, String key) {
        TreeMap<String, T> copy = new TreeMap<>(map);
        copy.remove(key);
        return copy;
    }

    private static void requireRoom(SortedMap<String, ?> map, int max, String what) {
        if (map.size() >= max) {
            throw StateException.conflict("name", "there are " + max + " " + what + " already, the most there can be");
        }
    }
}
