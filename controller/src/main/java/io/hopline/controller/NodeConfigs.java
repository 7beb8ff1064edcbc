package io.hopline.controller;

import io.hopline.packet.Ipv6;
import io.hopline.packet.Ipv6Address;
import io.hopline.sla.MeasuredService;
import io.hopline.sla.Protocol;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a node is told beside OpenFlow: whom to answer DHCP, who has IPv6, what to time, what to check, which proxies to run, whose clocks
 * to compare. A pure function of the state and of how much is timed.
 */
final class NodeConfigs {
    private NodeConfigs() {}

    /** @param sampleOneIn one in so many connections is timed */
    static ObjectNode of(NetworkState state, NodeInfo node, int sampleOneIn) {
        ObjectNode json = Replies.object()
                .put("version", state.version())
                .put("sampleOneIn", sampleOneIn)
                .put("vtep", node.vtep().toString());
        guests(json.putArray("guests"), state, node);
        links(json.putArray("links"), state, node);
        measured(json.putArray("measured"), state);
        boolean servesNetworks =
                state.serviceNode().filter(n -> n.name().equals(node.name())).isPresent();
        ArrayNode servicePorts = json.putArray("servicePorts");
        ArrayNode checks = json.putArray("checks");
        ArrayNode proxies = json.putArray("proxies");
        peers(json.putArray("peers"), state, node);
        if (servesNetworks) {
            servicePorts(servicePorts, state);
            state.services().values().forEach(s -> checks(checks, state, s));
            state.services().values().stream()
                    .filter(s -> s.mode() == Service.Mode.L7)
                    .forEach(s -> proxy(proxies.addObject(), state, s));
        }
        return json;
    }

    /** Hosts with which this one exchanges tunnel packets: they share a network, or one is the other's way outside. */
    private static void peers(ArrayNode json, NetworkState state, NodeInfo node) {
        SortedMap<String, NodeInfo> peers = new TreeMap<>();
        for (NodeView.NetworkView view : NodeView.networks(state)) {
            SortedMap<String, NodeInfo> hosts = new TreeMap<>();
            view.stations().forEach(s -> hosts.put(s.node().name(), s.node()));
            if (view.network().exposed() && !hosts.isEmpty()) {
                state.gatewayNode().ifPresent(gateway -> hosts.put(gateway.name(), gateway));
            }
            if (hosts.containsKey(node.name())) {
                peers.putAll(hosts);
            }
        }
        peers.remove(node.name());
        peers.values()
                .forEach(peer -> json.addObject()
                        .put("name", peer.name())
                        .put("vtep", peer.vtep().toString()));
    }

    private static void guests(ArrayNode json, NetworkState state, NodeInfo node) {
        for (Vnic vnic : state.vnics().values()) {
            boolean here = state.binding(vnic.name())
                    .filter(b -> b.node().equals(node.name()))
                    .isPresent();
            if (here) {
                Network network = state.network("network", vnic.network());
                json.addObject()
                        .put("name", vnic.name())
                        .put("network", vnic.network())
                        .put("mac", vnic.mac().toString())
                        .put("ip", vnic.ip().toString())
                        .put("prefix", network.subnet().prefix())
                        .put("gateway", network.subnet().gateway().toString())
                        .put("mtu", state.vnicMtu());
            }
        }
    }

    /** Networks with IPv6 that this node has a station of, or lets clients into; too small an MTU carries no IPv6. */
    private static void links(ArrayNode json, NetworkState state, NodeInfo node) {
        NodeView ofNode = NodeView.of(state, node, NodeView.networks(state));
        for (NodeView.NetworkView view : ofNode.networks()) {
            Network network = view.network();
            boolean entered = ofNode.uplinkPort(network).isPresent();
            boolean here = entered || !view.local(node).isEmpty();
            if (network.ipv6().isPresent() && here && state.vnicMtu() >= Ipv6.MIN_MTU) {
                ObjectNode link = json.addObject()
                        .put("network", network.name())
                        .put("prefix", network.ipv6().get().base().toString())
                        .put("router", network.gatewayMac().toString())
                        .put("mtu", state.vnicMtu())
                        .put("uplinkMac", entered ? ofNode.uplinkMac().toString() : "");
                ArrayNode members = link.putArray("members");
                view.stations().forEach(station -> members.add(station.mac().toString()));
                ArrayNode vips = link.putArray("vips");
                state.servicesOf(network.name()).stream()
                        .map(service -> service.vip().ip())
                        .filter(Ipv6Address.class::isInstance)
                        .distinct()
                        .forEach(ip -> vips.add(ip.toString()));
            }
        }
    }

    private static void measured(ArrayNode json, NetworkState state) {
        for (Service service : state.services().values()) {
            ObjectNode one = json.addObject()
                    .put("service", service.name())
                    .put("protocol", service.protocol().toString());
            ArrayNode endpoints = one.putArray("endpoints").add(service.vip().toString());
            service.backends()
                    .forEach(b -> endpoints.add(state.endpoint(service, b).toString()));
        }
        echoes(json, state);
    }

    /** Of pings those to what is measured otherwise, too; without a service nothing is timed. */
    private static void echoes(ArrayNode json, NetworkState state) {
        SortedSet<String> addresses = new TreeSet<>();
        state.services().values().forEach(service -> {
            addresses.add(service.vip().withPort(0).toString());
            service.backends()
                    .forEach(b ->
                            addresses.add(state.endpoint(service, b).withPort(0).toString()));
        });
        if (!addresses.isEmpty()) {
            ArrayNode endpoints = json.addObject()
                    .put("service", MeasuredService.ECHO)
                    .put("protocol", Protocol.ICMP.id())
                    .putArray("endpoints");
            addresses.forEach(endpoints::add);
        }
    }

    private static void servicePorts(ArrayNode json, NetworkState state) {
        for (Network network : state.networks().values()) {
            if (state.needsServicePort(network.name())) {
                ObjectNode port = json.addObject()
                        .put("name", network.servicePortName())
                        .put("network", network.name())
                        .put("vni", network.vni())
                        .put("mac", network.servicePortMac().toString())
                        .put("ip", network.subnet().servicePort().toString())
                        .put("prefix", network.subnet().prefix())
                        .put("gateway", network.subnet().gateway().toString())
                        .put("mtu", state.vnicMtu());
                ArrayNode vips = port.putArray("vips");
                l7Vips(state, network).forEach(vips::add);
            }
        }
    }

    private static List<String> l7Vips(NetworkState state, Network network) {
        return state.servicesOf(network.name()).stream()
                .filter(s -> s.mode() == Service.Mode.L7)
                .map(s -> s.vip().ip().toString())
                .distinct()
                .toList();
    }

    private static void checks(ArrayNode json, NetworkState state, Service service) {
        Check check = service.check();
        if (check.kind() == Check.Kind.NONE) {
            return;
        }
        for (Backend backend : service.backends()) {
            Endpoint served = state.endpoint(service, backend);
            Endpoint asked = new Endpoint(served.ip(), check.port() == 0 ? served.port() : check.port());
            ObjectNode one = json.addObject()
                    .put("service", service.name())
                    .put("network", service.network())
                    .put("backend", backend.vnic())
                    .put("endpoint", asked.toString());
            Replies.check(one, check.withPort(0));
        }
    }

    /**
     * Backends out of service are left out here, so that the proxy needs no opinion of its own. One that drains and keeps its
     * clients has weight 0, and so gets no others.
     */
    private static void proxy(ObjectNode json, NetworkState state, Service service) {
        json.put("service", service.name())
                .put("network", service.network())
                .put("listen", service.vip().toString());
        List<Backend> available = state.available(service);
        List<Backend> keeping = state.keepingClients(service);
        ArrayNode routes = json.putArray("routes");
        for (L7Route route : service.l7Routes()) {
            routes.add(L7Json.tree(route.forProxy(service.l7().balancing(), names(available), names(keeping))));
        }
        json.set("options", L7Json.options(service.l7()));
        ArrayNode backends = json.putArray("backends");
        available.forEach(backend -> backend(backends.addObject(), state, service, backend, backend.weight()));
        keeping.forEach(backend -> backend(backends.addObject(), state, service, backend, 0));
    }

    private static void backend(ObjectNode json, NetworkState state, Service service, Backend backend, int weight) {
        json.put("name", backend.vnic())
                .put("endpoint", state.endpoint(service, backend).toString())
                .put("weight", weight);
    }

    private static Set<String> names(List<Backend> backends) {
        return backends.stream().map(Backend::vnic).collect(Collectors.toSet());
    }
}
