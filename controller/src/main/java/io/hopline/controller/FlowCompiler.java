package io.hopline.controller;

import io.hopline.openflow.Action;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Instruction.GotoTable;
import io.hopline.openflow.Instruction.WriteMetadata;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * From networks, as people think of them, to what each switch must have. A pure function of the state: the same state
 * compiles to equal flows on every controller and after every restart.
 */
final class FlowCompiler {
    private FlowCompiler() {}

    /** Compiles every node of the state; keys are node names. */
    static SortedMap<String, NodeProgram> compile(NetworkState state) {
        List<NodeView.NetworkView> networks = NodeView.networks(state);
        SortedMap<String, NodeProgram> programs = new TreeMap<>();
        for (NodeInfo node : state.nodes().values()) {
            programs.put(node.name(), compile(NodeView.of(state, node, networks)));
        }
        return programs;
    }

    private static NodeProgram compile(NodeView view) {
        NodeProgram.Builder program = new NodeProgram.Builder();
        misses(program);
        for (NodeView.NetworkView network : view.networks()) {
            classify(program, view, network);
            new LocalFlows(program, view, network).emit();
            new ServiceFlows(program, view, network).emit();
            new RouteFlows(program, view, network).emit();
        }
        return program.build();
    }

    /** A table without a flow for a packet drops it; only these tables pass it on. */
    private static void misses(NodeProgram.Builder program) {
        program.flow(Tables.LOCAL, 0, "miss", Match.ANY, new GotoTable(Tables.TRACK));
        program.flow(Tables.TRACK, 0, "miss", Match.ANY, new GotoTable(Tables.ROUTE));
        program.flow(Tables.SERVICE, 0, "miss", Match.ANY, new GotoTable(Tables.ROUTE));
        program.flow(Tables.ROUTE, 0, "miss", Match.ANY, new GotoTable(Tables.FORWARD));
    }

    private static void classify(NodeProgram.Builder program, NodeView view, NodeView.NetworkView networkView) {
        Network network = networkView.network();
        networkView.local(view.node()).forEach(station -> portSecurity(program, network, station));
        String owner = "network/" + network.name();
        view.tunnelPort()
                .ifPresent(port -> program.flow(
                        Tables.CLASSIFY,
                        100,
                        owner,
                        Match.builder().inPort(port).tunnelId(network.vni()).build(),
                        enter(network),
                        new GotoTable(Tables.TRACK)));
        view.uplinkPort(network).ifPresent(port -> {
            fromOutside(program, view, network, port);
            network.ipv6().ifPresent(subnet -> fromOutside(program, view, network, subnet, port));
        });
    }

    private static void fromOutside(NodeProgram.Builder program, NodeView view, Network network, int port) {
        Subnet subnet = network.subnet();
        Match toSubnet = Match.builder()
                .inPort(port)
                .ethDst(view.uplinkMac())
                .ethType(Tables.IPV4)
                .ipv4Dst(subnet.base(), subnet.prefix())
                .build();
        Match asksSubnet = Match.builder()
                .inPort(port)
                .ethType(Tables.ARP)
                .masked(OxmField.ARP_TPA, subnet.base().bits() & 0xffff_ffffL, subnet.maskBits() & 0xffff_ffffL)
                .build();
        program.flow(
                Tables.CLASSIFY,
                100,
                "network/" + network.name(),
                toSubnet,
                enter(network),
                new GotoTable(Tables.LOCAL));
        program.flow(
                Tables.CLASSIFY,
                100,
                "network/" + network.name(),
                asksSubnet,
                enter(network),
                new GotoTable(Tables.LOCAL));
    }

    private static void fromOutside(
            NodeProgram.Builder program, NodeView view, Network network, Subnet6 subnet, int port) {
        Match toSubnet = Match.builder()
                .inPort(port)
                .ethDst(view.uplinkMac())
                .ethType(Tables.IPV6)
                .ipv6Dst64(subnet.base().high())
                .build();
        Match asksSubnet = Match.builder()
                .inPort(port)
                .ethType(Tables.IPV6)
                .ipProto(Tables.ICMPV6)
                .exact(OxmField.ICMPV6_TYPE, Icmpv6.NEIGHBOR_SOLICITATION)
                .ndTarget64(subnet.base().high())
                .build();
        for (Match match : List.of(toSubnet, asksSubnet)) {
            program.flow(
                    Tables.CLASSIFY,
                    100,
                    "network/" + network.name(),
                    match,
                    enter(network),
                    new GotoTable(Tables.LOCAL));
        }
    }

    /** A station speaks only with its own addresses; all else it sends finds no flow and is dropped. */
    private static void portSecurity(NodeProgram.Builder program, Network network, NodeView.Station station) {
        String owner = "vnic/" + station.name();
        GotoTable next = new GotoTable(Tables.LOCAL);
        for (IpAddress ip : station.ips()) {
            Match packets =
                    from(station).ethType(Tables.etherType(ip)).ipSrc(ip).build();
            program.flow(Tables.CLASSIFY, 100, owner, packets, enter(network), next);
            if (ip instanceof Ipv4Address ipv4) {
                Match arp = from(station)
                        .ethType(Tables.ARP)
                        .arpSpa(ipv4)
                        .arpSha(station.mac())
                        .build();
                program.flow(Tables.CLASSIFY, 100, owner, arp, enter(network), next);
            }
        }
        for (IpAddress vip : station.directVips()) {
            // A backend that holds the VIP answers from it, and asks for its client's MAC address with it.
            Match answers =
                    from(station).ethType(Tables.etherType(vip)).ipSrc(vip).build();
            program.flow(Tables.CLASSIFY, 100, owner, answers, enter(network), next);
            if (vip instanceof Ipv4Address ipv4) {
                Match asks = from(station)
                        .ethType(Tables.ARP)
                        .arpOp(1)
                        .arpSpa(ipv4)
                        .arpSha(station.mac())
                        .build();
                program.flow(Tables.CLASSIFY, 100, owner, asks, enter(network), next);
            }
        }
        Ipv4Address unspecified = new Ipv4Address(0);
        Match dhcp = from(station)
                .ethType(Tables.IPV4)
                .ipProto(Tables.UDP)
                .ipv4Src(unspecified)
                .udpSrc(68)
                .udpDst(67)
                .build();
        // A guest that just got its address asks, from 0.0.0.0, whether somebody else has it (RFC 5227 section 2.1).
        Match probe = from(station)
                .ethType(Tables.ARP)
                .arpSpa(unspecified)
                .arpSha(station.mac())
                .build();
        program.flow(Tables.CLASSIFY, 100, owner, dhcp, enter(network), next);
        program.flow(Tables.CLASSIFY, 100, owner, probe, enter(network), next);
        for (Match ipv6 : ipv6(network, station)) {
            program.flow(Tables.CLASSIFY, 100, owner, ipv6, enter(network), next);
        }
    }

    /**
     * What a station may send by IPv6 beside packets from its own global address: from its link-local one, and, without
     * any, what a host asks before it has one (RFC 4862, section 5.4.2). Without an IPv6 subnet it is its own affair.
     */
    private static List<Match> ipv6(Network network, NodeView.Station station) {
        if (network.ipv6().isEmpty()) {
            return List.of(from(station).ethType(Tables.IPV6).build());
        }
        Match.Builder onLink = from(station).ethType(Tables.IPV6).ipSrc(Ipv6Address.linkLocal(station.mac()));
        Match.Builder beforeAll =
                from(station).ethType(Tables.IPV6).ipProto(Tables.ICMPV6).ipSrc(new Ipv6Address(0, 0));
        return List.of(onLink.build(), beforeAll.build());
    }

    private static Match.Builder from(NodeView.Station station) {
        return Match.builder().inPort(station.port()).ethSrc(station.mac());
    }

    private static Instruction enter(Network network) {
        return new WriteMetadata(network.vni(), -1L);
    }

    /** Actions that make the tunnel port carry a frame to another node. */
    static List<Action> tunnelled(Network network, IpAddress vtep, int tunnelPort) {
        return List.of(
                Action.set(OxmField.TUNNEL_ID, network.vni()),
                Action.tunnelDestination(vtep),
                Action.output(tunnelPort));
    }
}
