package io.hopline.controller;

import io.hopline.openflow.Action;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import java.util.List;

/**
 * Table {@link Tables#LOCAL}: the switch answers ARP for everything the controller knows, hands DHCP and servers' access
 * logs to its node, and answers pings of the gateway and of L4 VIPs, so that none of it is flooded.
 */
final class LocalFlows {
    private static final int ECHO_REQUEST = 8;
    private static final int ARP_REQUEST = 1;
    private static final int ARP_REPLY = 2;
    private static final int DEFAULT_TTL = 64;
    /** Where a guest's server may send its access log; link-local, so it exists in every network. */
    private static final Ipv4Address LOG_COLLECTOR = Ipv4Address.parse("169.254.169.254");

    private final NodeProgram.Builder program;
    private final NodeView view;
    private final NodeView.NetworkView stations;
    private final Network network;
    private final String owner;

    LocalFlows(NodeProgram.Builder program, NodeView view, NodeView.NetworkView stations) {
        this.program = program;
        this.view = view;
        this.stations = stations;
        this.network = stations.network();
        this.owner = "network/" + network.name();
    }

    void emit() {
        answersFor(network.subnet().gateway(), network.gatewayMac(), true);
        for (IpAddress vip : stations.l4Vips()) {
            switch (vip) {
                case Ipv4Address ipv4 -> answersFor(ipv4, network.gatewayMac(), true);
                case Ipv6Address ipv6 -> answersPings(ipv6);
            }
        }
        for (NodeView.Station station : stations.stations()) {
            ipv4(station).forEach(ip -> answersFor(ip, station.mac(), false));
        }
        stations.local(view.node()).forEach(this::ignoreAskingForItself);
        Match dhcp = in().ethType(Tables.IPV4)
                .ipProto(Tables.UDP)
                .udpSrc(68)
                .udpDst(67)
                .build();
        Match serverLog = in().ethType(Tables.IPV4)
                .ipProto(Tables.UDP)
                .ipv4Dst(LOG_COLLECTOR)
                .udpDst(514)
                .build();
        Instruction toNode = Instruction.apply(Action.output(OpenFlow.PORT_LOCAL));
        program.flow(Tables.LOCAL, 100, owner, dhcp, toNode);
        program.flow(Tables.LOCAL, 100, owner, serverLog, toNode);
        // Nobody else can know an answer, so the question ends here.
        program.flow(Tables.LOCAL, 10, owner, in().ethType(Tables.ARP).build());
        if (network.ipv6().isPresent()) {
            neighborDiscovery(toNode);
        }
    }

    /** The node answers solicitations; what guests advertise nobody needs, and a guest is nobody's router (RFC 6105). */
    private void neighborDiscovery(Instruction toNode) {
        program.flow(Tables.LOCAL, 100, owner, icmpv6(in(), Icmpv6.NEIGHBOR_SOLICITATION), toNode);
        program.flow(Tables.LOCAL, 100, owner, icmpv6(in(), Icmpv6.ROUTER_SOLICITATION), toNode);
        for (int type : new int[] {Icmpv6.NEIGHBOR_ADVERTISEMENT, Icmpv6.ROUTER_ADVERTISEMENT, Icmpv6.REDIRECT}) {
            program.flow(Tables.LOCAL, 100, owner, icmpv6(in(), type));
        }
        answersPings(Ipv6Address.linkLocal(network.gatewayMac()));
    }

    private void answersPings(Ipv6Address ip) {
        program.flow(Tables.LOCAL, 100, owner, ping(in(), ip), echoReply(ip, network.gatewayMac()));
        view.uplinkPort(network)
                .ifPresent(uplink -> program.flow(
                        Tables.LOCAL, 110, owner, ping(in().inPort(uplink), ip), echoReply(ip, view.uplinkMac())));
    }

    private static Match ping(Match.Builder start, Ipv6Address ip) {
        return start.ethType(Tables.IPV6)
                .ipProto(Tables.ICMPV6)
                .ipDst(ip)
                .exact(OxmField.ICMPV6_TYPE, Icmpv6.ECHO_REQUEST)
                .build();
    }

    private static Match icmpv6(Match.Builder start, int type) {
        return start.ethType(Tables.IPV6)
                .ipProto(Tables.ICMPV6)
                .exact(OxmField.ICMPV6_TYPE, type)
                .build();
    }

    private static List<Ipv4Address> ipv4(NodeView.Station station) {
        return station.ips().stream()
                .filter(Ipv4Address.class::isInstance)
                .map(Ipv4Address.class::cast)
                .toList();
    }

    private Match.Builder in() {
        return Match.builder().metadata(network.vni());
    }

    /** Towards the uplink every address of the network is behind the uplink's own MAC address. */
    private void answersFor(Ipv4Address ip, MacAddress mac, boolean pings) {
        Match asked = in().ethType(Tables.ARP).arpOp(ARP_REQUEST).arpTpa(ip).build();
        program.flow(Tables.LOCAL, 100, owner, asked, arpReply(ip, mac));
        if (pings) {
            program.flow(Tables.LOCAL, 100, owner, ping(in(), ip), echoReply(ip, mac));
        }
        view.uplinkPort(network).ifPresent(uplink -> {
            Match askedOutside = in().inPort(uplink)
                    .ethType(Tables.ARP)
                    .arpOp(ARP_REQUEST)
                    .arpTpa(ip)
                    .build();
            program.flow(Tables.LOCAL, 110, owner, askedOutside, arpReply(ip, view.uplinkMac()));
            if (pings) {
                program.flow(Tables.LOCAL, 110, owner, ping(in().inPort(uplink), ip), echoReply(ip, view.uplinkMac()));
            }
        });
    }

    /** A guest that probes or announces its own address must not hear that it is taken. */
    private void ignoreAskingForItself(NodeView.Station station) {
        for (Ipv4Address ip : ipv4(station)) {
            Match itself =
                    in().inPort(station.port()).ethType(Tables.ARP).arpTpa(ip).build();
            program.flow(Tables.LOCAL, 120, "vnic/" + station.name(), itself);
        }
    }

    /** Turns the request around in place (RFC 826). */
    private static Instruction arpReply(Ipv4Address ip, MacAddress mac) {
        return Instruction.apply(
                Action.move(OxmField.ETH_SRC, OxmField.ETH_DST),
                Action.set(OxmField.ETH_SRC, mac),
                Action.set(OxmField.ARP_OP, ARP_REPLY),
                Action.move(OxmField.ARP_SHA, OxmField.ARP_THA),
                Action.set(OxmField.ARP_SHA, mac),
                Action.move(OxmField.ARP_SPA, OxmField.ARP_TPA),
                Action.set(OxmField.ARP_SPA, ip),
                Action.output(OpenFlow.PORT_IN_PORT));
    }

    private static Match ping(Match.Builder start, Ipv4Address ip) {
        return start.ethType(Tables.IPV4)
                .ipProto(Tables.ICMP)
                .ipv4Dst(ip)
                .exact(OxmField.ICMPV4_TYPE, ECHO_REQUEST)
                .exact(OxmField.ICMPV4_CODE, 0)
                .build();
    }

    /** Turns an echo request around in place (RFC 792). */
    private static Instruction echoReply(Ipv4Address ip, MacAddress mac) {
        return Instruction.apply(
                Action.move(OxmField.ETH_SRC, OxmField.ETH_DST),
                Action.set(OxmField.ETH_SRC, mac),
                Action.move(OxmField.IPV4_SRC, OxmField.IPV4_DST),
                Action.set(OxmField.IPV4_SRC, ip),
                Action.set(OxmField.ICMPV4_TYPE, 0),
                new Action.SetNwTtl(DEFAULT_TTL),
                Action.output(OpenFlow.PORT_IN_PORT));
    }

    /** The same by IPv6 (RFC 4443, section 4.2). */
    private static Instruction echoReply(Ipv6Address ip, MacAddress mac) {
        return Instruction.apply(
                Action.move(OxmField.ETH_SRC, OxmField.ETH_DST),
                Action.set(OxmField.ETH_SRC, mac),
                Action.move(OxmField.IPV6_SRC, OxmField.IPV6_DST),
                Action.set(OxmField.IPV6_SRC, ip),
                Action.set(OxmField.ICMPV6_TYPE, Icmpv6.ECHO_REPLY),
                new Action.SetNwTtl(DEFAULT_TTL),
                Action.output(OpenFlow.PORT_IN_PORT));
    }
}
