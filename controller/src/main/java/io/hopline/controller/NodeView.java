package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.packet.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * The state as one node's switch needs it: who is where, and through which of its ports.
 *
 * @param isGateway true on the one node through which clients outside come and go
 * @param uplinkPort present only on the gateway node, once the switch has the port
 * @param uplinkMac valid with {@code uplinkPort}
 * @param tunnelPort present once the switch has it
 * @param gatewayVtep where other nodes send what is for outside; empty without a gateway, and on the gateway itself
 */
record NodeView(
        NodeInfo node,
        boolean isGateway,
        OptionalInt uplinkPort,
        MacAddress uplinkMac,
        OptionalInt tunnelPort,
        List<IpAddress> gatewayVtep,
        List<NetworkView> networks) {
    /** The way outside for stations of {@code network}. */
    OptionalInt uplinkPort(Network network) {
        return network.exposed() ? uplinkPort : OptionalInt.empty();
    }

    /**
     * An attached vNIC or service port.
     *
     * @param ips the addresses it answers for, its own first; those of one link only are not among them
     * @param directVips VIPs that it holds itself, as a backend of DSR services
     * @param port its OpenFlow port number on {@code node}
     */
    record Station(
            String name, MacAddress mac, List<IpAddress> ips, List<IpAddress> directVips, NodeInfo node, int port) {
        boolean isOn(NodeInfo other) {
            return node.name().equals(other.name());
        }
    }

    /** One network with its attached stations on all nodes, and its L4 services. */
    record NetworkView(Network network, List<Station> stations, List<Service> l4Services, NetworkState state) {
        List<Station> local(NodeInfo node) {
            return stations.stream().filter(s -> s.isOn(node)).toList();
        }

        /** VTEPs of the other nodes that have a station of this network, each once, in order. */
        List<IpAddress> remoteVteps(NodeInfo node) {
            TreeSet<String> names = new TreeSet<>();
            List<IpAddress> vteps = new ArrayList<>();
            for (Station station : stations) {
                if (!station.isOn(node) && names.add(station.node().name())) {
                    vteps.add(station.node().vtep());
                }
            }
            return vteps;
        }

        /** Addresses of L4 services, each once. */
        List<IpAddress> l4Vips() {
            return l4Services.stream().map(s -> s.vip().ip()).distinct().toList();
        }
    }

    static NodeView of(NetworkState state, NodeInfo node, List<NetworkView> networks) {
        boolean isGateway =
                state.gatewayNode().filter(g -> g.name().equals(node.name())).isPresent();
        String uplink = node.uplink();
        MacAddress uplinkMac = node.uplinkMac();
        OptionalInt uplinkPort = isGateway && uplink != null ? state.port(node.name(), uplink) : OptionalInt.empty();
        return new NodeView(
                node,
                isGateway,
                uplinkPort,
                uplinkMac == null ? MacAddress.BROADCAST : uplinkMac,
                state.port(node.name(), NodeInfo.TUNNEL_PORT),
                isGateway
                        ? List.of()
                        : state.gatewayNode().map(NodeInfo::vtep).stream().toList(),
                networks);
    }

    static List<NetworkView> networks(NetworkState state) {
        return state.networks().values().stream()
                .map(n -> new NetworkView(
                        n,
                        stations(state, n),
                        state.servicesOf(n.name()).stream()
                                .filter(s -> s.mode() == Service.Mode.L4)
                                .toList(),
                        state))
                .toList();
    }

    private static List<Station> stations(NetworkState state, Network network) {
        List<Station> stations = new ArrayList<>();
        for (Vnic vnic : state.vnicsOf(network.name())) {
            state.binding(vnic.name())
                    .ifPresent(b -> stations.add(new Station(
                            vnic.name(),
                            vnic.mac(),
                            addresses(network, vnic),
                            directVips(state, vnic),
                            state.node("node", b.node()),
                            b.port())));
        }
        state.serviceNode().ifPresent(node -> {
            OptionalInt port = state.port(node.name(), network.servicePortName());
            if (port.isPresent() && state.needsServicePort(network.name())) {
                stations.add(new Station(
                        network.servicePortName(),
                        network.servicePortMac(),
                        servicePortAddresses(state, network),
                        List.of(),
                        node,
                        port.getAsInt()));
            }
        });
        return stations;
    }

    private static List<IpAddress> directVips(NetworkState state, Vnic vnic) {
        return state.servicesOf(vnic.network()).stream()
                .filter(s -> s.l4().dsr())
                .filter(s -> s.backends().stream().anyMatch(b -> b.vnic().equals(vnic.name())))
                .map(s -> s.vip().ip())
                .distinct()
                .toList();
    }

    private static List<IpAddress> addresses(Network network, Vnic vnic) {
        List<IpAddress> addresses = new ArrayList<>();
        addresses.add(vnic.ip());
        network.ipv6().ifPresent(subnet -> addresses.add(subnet.address(vnic.mac())));
        return addresses;
    }

    private static List<IpAddress> servicePortAddresses(NetworkState state, Network network) {
        List<IpAddress> addresses = network.servicePortAddresses();
        state.servicesOf(network.name()).stream()
                .filter(s -> s.mode() == Service.Mode.L7)
                .map(s -> s.vip().ip())
                .distinct()
                .forEach(addresses::add);
        return addresses;
    }
}
