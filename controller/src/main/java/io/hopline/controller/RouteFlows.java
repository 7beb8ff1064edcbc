package io.hopline.controller;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Instruction.ApplyActions;
import io.hopline.openflow.Instruction.GotoTable;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import io.hopline.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Tables {@link Tables#ROUTE} and {@link Tables#FORWARD}: packets to the gateway's MAC address get the next one's, then
 * every frame leaves by its destination MAC address.
 */
final class RouteFlows {
    /** Group ids of floods to the stations of a network on this node: this and the VNI. */
    static final int LOCAL_FLOOD_BASE = 0x2000_0000;
    /** Group ids of floods to all stations of a network. */
    static final int FLOOD_BASE = 0x3000_0000;

    private static final long MAC_MASK = 0xffff_ffff_ffffL;

    private final NodeProgram.Builder program;
    private final NodeView view;
    private final NodeView.NetworkView stations;
    private final Network network;
    private final String owner;

    RouteFlows(NodeProgram.Builder program, NodeView view, NodeView.NetworkView stations) {
        this.program = program;
        this.view = view;
        this.stations = stations;
        this.network = stations.network();
        this.owner = "network/" + network.name();
    }

    /** True for ids of groups that a compiler of ours made; others' groups are never touched. */
    static boolean isOurs(int groupId) {
        int kind = groupId >>> 28;
        return kind >= 1 && kind <= 3;
    }

    void emit() {
        for (NodeView.Station station : stations.stations()) {
            station.ips().forEach(ip -> toStation(station, ip));
            forward(station);
        }
        noSuchStation();
        outside();
        flood();
    }

    private void toStation(NodeView.Station station, IpAddress ip) {
        Instruction rewrite = Instruction.apply(
                Action.set(OxmField.ETH_SRC, network.gatewayMac()),
                Action.set(OxmField.ETH_DST, station.mac()),
                new Action.DecNwTtl());
        String stationOwner = "vnic/" + station.name();
        GotoTable next = new GotoTable(Tables.FORWARD);
        program.flow(
                Tables.ROUTE,
                100,
                stationOwner,
                toGateway(Tables.etherType(ip)).ipDst(ip).build(),
                rewrite,
                next);
        view.uplinkPort(network)
                .ifPresent(uplink -> program.flow(
                        Tables.ROUTE,
                        100,
                        stationOwner,
                        fromUplink(uplink, Tables.etherType(ip)).ipDst(ip).build(),
                        rewrite,
                        next));
    }

    private void noSuchStation() {
        Subnet subnet = network.subnet();
        Match inside =
                toGateway(Tables.IPV4).ipv4Dst(subnet.base(), subnet.prefix()).build();
        program.flow(Tables.ROUTE, 50, owner, inside);
        network.ipv6()
                .ifPresent(ipv6 -> program.flow(
                        Tables.ROUTE,
                        50,
                        owner,
                        toGateway(Tables.IPV6).ipv6Dst64(ipv6.base().high()).build()));
        view.uplinkPort(network)
                .ifPresent(uplink -> etherTypes()
                        .forEach(type -> program.flow(
                                Tables.ROUTE,
                                50,
                                owner,
                                fromUplink(uplink, type).build())));
    }

    /** On the gateway node out of the uplink, to the MAC address the connection came from; elsewhere to that node. */
    private void outside() {
        etherTypes().forEach(this::outside);
    }

    private void outside(int etherType) {
        if (view.uplinkPort(network).isPresent()) {
            Match unknownClient =
                    toGateway(etherType).masked(OxmField.CT_LABEL, 0, MAC_MASK).build();
            program.flow(Tables.ROUTE, 30, owner, unknownClient);
            program.flow(
                    Tables.ROUTE,
                    20,
                    owner,
                    toGateway(etherType).build(),
                    Instruction.apply(
                            new Action.RegMove(OxmField.CT_LABEL, 0, OxmField.ETH_DST, 0, 48),
                            Action.set(OxmField.ETH_SRC, view.uplinkMac()),
                            new Action.DecNwTtl(),
                            Action.output(view.uplinkPort(network).getAsInt())));
        } else if (!view.gatewayVtep().isEmpty() && view.tunnelPort().isPresent() && network.exposed()) {
            program.flow(
                    Tables.ROUTE,
                    20,
                    owner,
                    toGateway(etherType).build(),
                    tunnelled(view.gatewayVtep().getFirst(), view.tunnelPort().getAsInt()));
        }
    }

    private void forward(NodeView.Station station) {
        Match match =
                Match.builder().metadata(network.vni()).ethDst(station.mac()).build();
        String stationOwner = "vnic/" + station.name();
        if (station.isOn(view.node())) {
            program.flow(Tables.FORWARD, 100, stationOwner, match, Instruction.apply(Action.output(station.port())));
        } else if (view.tunnelPort().isPresent()) {
            program.flow(
                    Tables.FORWARD,
                    100,
                    stationOwner,
                    match,
                    tunnelled(station.node().vtep(), view.tunnelPort().getAsInt()));
        }
    }

    /** Head-end replication: the first switch makes a copy for every host, the others only for their own stations. */
    private void flood() {
        List<Bucket> local = new ArrayList<>();
        stations.local(view.node()).forEach(s -> local.add(Bucket.of(Action.output(s.port()))));
        List<Bucket> everywhere = new ArrayList<>(local);
        int localGroup = LOCAL_FLOOD_BASE | network.vni();
        int floodGroup = FLOOD_BASE | network.vni();
        view.tunnelPort().ifPresent(tunnel -> {
            for (IpAddress vtep : stations.remoteVteps(view.node())) {
                List<Action> actions = FlowCompiler.tunnelled(network, vtep, tunnel);
                everywhere.add(Bucket.of(actions.toArray(new Action[0])));
            }
            program.group(GroupType.ALL, localGroup, local);
            program.flow(
                    Tables.FORWARD,
                    90,
                    owner,
                    Match.builder()
                            .metadata(network.vni())
                            .inPort(tunnel)
                            .ethDstGroup()
                            .build(),
                    Instruction.apply(new Action.Group(localGroup)));
        });
        program.group(GroupType.ALL, floodGroup, everywhere);
        program.flow(
                Tables.FORWARD,
                80,
                owner,
                Match.builder().metadata(network.vni()).ethDstGroup().build(),
                Instruction.apply(new Action.Group(floodGroup)));
    }

    private Instruction tunnelled(IpAddress vtep, int tunnelPort) {
        return new ApplyActions(FlowCompiler.tunnelled(network, vtep, tunnelPort));
    }

    /** Of the IP versions that the network has. */
    private List<Integer> etherTypes() {
        return network.ipv6().isPresent() ? List.of(Tables.IPV4, Tables.IPV6) : List.of(Tables.IPV4);
    }

    private Match.Builder toGateway(int etherType) {
        return Match.builder()
                .metadata(network.vni())
                .ethDst(network.gatewayMac())
                .ethType(etherType);
    }

    private Match.Builder fromUplink(int uplink, int etherType) {
        return Match.builder().metadata(network.vni()).inPort(uplink).ethType(etherType);
    }
}
