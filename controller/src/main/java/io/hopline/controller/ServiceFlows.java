package io.hopline.controller;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv6Address;

/**
 * Tables {@link Tables#TRACK} and {@link Tables#SERVICE}: L4 services by destination NAT, and the memory of which client
 * outside a connection came from.
 *
 * <p>A connection is translated on the node where its client enters: the gateway node for clients outside, the client's
 * own node for guests. Replies come back to that node and are translated back there, whichever host the backend is on. A
 * backend that calls its own service may be given itself: the switch then translates its address, too, to the VIP.
 *
 * <p>With DSR nothing is translated: the choice is kept as the connection's mark, and the frame goes to the backend's MAC
 * address with the VIP as its destination. The backend answers from the VIP, straight to the client.
 */
final class ServiceFlows {
    /** Group ids of services: this and {@link Service#id()}. */
    static final int GROUP_BASE = 0x1000_0000;

    private static final int NEW = OpenFlow.CT_TRACKED | OpenFlow.CT_NEW;

    private final NodeProgram.Builder program;
    private final NodeView view;
    private final NodeView.NetworkView stations;
    private final Network network;
    private final String owner;

    ServiceFlows(NodeProgram.Builder program, NodeView view, NodeView.NetworkView stations) {
        this.program = program;
        this.view = view;
        this.stations = stations;
        this.network = stations.network();
        this.owner = "network/" + network.name();
    }

    void emit() {
        uplink();
        for (IpAddress vip : stations.l4Vips()) {
            // All protocols: ICMP errors about translated connections are for the VIP, too.
            Match toVip = of(vip).ipDst(vip).build();
            program.flow(Tables.TRACK, 80, owner, toVip, track());
        }
        for (Service service : stations.l4Services()) {
            service(service);
            service.backends()
                    .forEach(b -> repliesOf(service.protocol(), stations.state().endpoint(service, b)));
            service.backends().forEach(this::backToItself);
            if (service.l4().dsr()) {
                repliesOf(service.protocol(), service.vip());
                service.backends().forEach(b -> direct(service, b));
            }
        }
    }

    private void uplink() {
        uplink(Tables.IPV4);
        if (network.ipv6().isPresent()) {
            uplink(Tables.IPV6);
        }
    }

    private void uplink(int etherType) {
        view.uplinkPort(network).ifPresent(uplink -> {
            program.flow(Tables.TRACK, 100, owner, of(etherType).inPort(uplink).build(), track());
            // What guests send to the gateway may be the reply to a client outside.
            Match toGateway = of(etherType).ethDst(network.gatewayMac()).build();
            program.flow(Tables.TRACK, 90, owner, toGateway, track());
            Match first = of(etherType).inPort(uplink).ctState(NEW, NEW).build();
            program.flow(
                    Tables.SERVICE,
                    90,
                    owner,
                    first,
                    Instruction.apply(Action.Ct.commit(network.zone(), Tables.ROUTE, rememberClientMac())));
        });
    }

    /** A backend on this node that called its own service gets what it sent, which output to its port would not do. */
    private void backToItself(Backend backend) {
        stations.local(view.node()).stream()
                .filter(station -> station.name().equals(backend.vnic()))
                .forEach(station -> program.flow(
                        Tables.FORWARD,
                        110,
                        "vnic/" + station.name(),
                        Match.builder()
                                .metadata(network.vni())
                                .inPort(station.port())
                                .ethDst(station.mac())
                                .ctState(OpenFlow.CT_DST_NAT, OpenFlow.CT_DST_NAT)
                                .build(),
                        Instruction.apply(Action.output(OpenFlow.PORT_IN_PORT))));
    }

    private void repliesOf(Service.Protocol protocol, Endpoint backend) {
        boolean udp = protocol == Service.Protocol.UDP;
        Match replies = of(backend.ip())
                .ipProto(protocol.number())
                .ipSrc(backend.ip())
                .exact(udp ? OxmField.UDP_SRC : OxmField.TCP_SRC, backend.port())
                .build();
        int icmp = backend.ip() instanceof Ipv6Address ? Tables.ICMPV6 : Tables.ICMP;
        Match errors = of(backend.ip()).ipProto(icmp).ipSrc(backend.ip()).build();
        // Later fragments have no ports, which matches as port 0.
        Match fragments = of(backend.ip())
                .ipProto(protocol.number())
                .ipSrc(backend.ip())
                .exact(udp ? OxmField.UDP_SRC : OxmField.TCP_SRC, 0)
                .build();
        program.flow(Tables.TRACK, 70, owner, replies, track());
        program.flow(Tables.TRACK, 70, owner, errors, track());
        program.flow(Tables.TRACK, 70, owner, fragments, track());
    }

    private void service(Service service) {
        int groupId = GROUP_BASE | service.id();
        boolean udp = service.protocol() == Service.Protocol.UDP;
        Match first = of(service.vip().ip())
                .ipProto(service.protocol().number())
                .ipDst(service.vip().ip())
                .exact(udp ? OxmField.UDP_DST : OxmField.TCP_DST, service.vip().port())
                .ctState(NEW, NEW)
                .build();
        program.flow(
                Tables.SERVICE, 100, "service/" + service.name(), first, Instruction.apply(new Action.Group(groupId)));
        program.group(
                GroupType.SELECT,
                groupId,
                stations.state().available(service).stream()
                        .map(b -> bucket(service, b))
                        .toList());
    }

    private Bucket bucket(Service service, Backend backend) {
        Endpoint endpoint = stations.state().endpoint(service, backend);
        Action choice = service.l4().dsr()
                ? Action.set(OxmField.CT_MARK, mark(stations.state(), backend))
                : Action.Nat.destination(endpoint.ip(), endpoint.port());
        // Percent, so that a share that grows by tenths does.
        int weight = service.l4().slowStartS() == 0 ? backend.weight() : backend.weight() * backend.warmPercent();
        Action commit = Action.Ct.commit(network.zone(), Tables.ROUTE, choice, rememberClientMac());
        int affinityS = service.l4().clientAffinityS();
        return affinityS == 0
                ? Bucket.weighted(weight, commit)
                : Bucket.weighted(weight, new Action.Affinity(affinityS), commit);
    }

    /** With DSR a connection's mark is its backend's IPv4 address; nothing of the packet says where it goes. */
    static long mark(NetworkState state, Backend backend) {
        return state.vnic("backends", backend.vnic()).ip().bits() & 0xffff_ffffL;
    }

    /** Sends a marked connection's packets to its backend's MAC address, and on the backend's host no further. */
    private void direct(Service service, Backend backend) {
        Vnic vnic = stations.state().vnic("backends", backend.vnic());
        String serviceOwner = "service/" + service.name();
        IpAddress vip = service.vip().ip();
        Match marked = of(vip).ipDst(vip)
                .exact(OxmField.CT_MARK, mark(stations.state(), backend))
                .build();
        program.flow(
                Tables.ROUTE,
                110,
                serviceOwner,
                marked,
                Instruction.apply(
                        Action.set(OxmField.ETH_SRC, network.gatewayMac()),
                        Action.set(OxmField.ETH_DST, vnic.mac()),
                        new Action.DecNwTtl()),
                new Instruction.GotoTable(Tables.FORWARD));
        view.tunnelPort().ifPresent(tunnel -> {
            Match chosen = of(vip).inPort(tunnel).ethDst(vnic.mac()).ipDst(vip).build();
            program.flow(Tables.TRACK, 95, serviceOwner, chosen, new Instruction.GotoTable(Tables.FORWARD));
        });
    }

    /** Packets of an address's IP version. */
    private Match.Builder of(IpAddress address) {
        return of(Tables.etherType(address));
    }

    private Match.Builder of(int etherType) {
        return Match.builder().metadata(network.vni()).ethType(etherType);
    }

    /** Continues in {@link Tables#SERVICE}, translated when the connection is. */
    private Instruction track() {
        return Instruction.apply(Action.Ct.track(network.zone(), Tables.SERVICE, Action.Nat.restore()));
    }

    private static Action rememberClientMac() {
        return new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.CT_LABEL, 0, 48);
    }
}
