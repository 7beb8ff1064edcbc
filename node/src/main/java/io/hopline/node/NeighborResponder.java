package io.hopline.node;

import io.hopline.openflow.Action;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.Ipv6Link;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Ndp;
import io.hopline.vswitch.LocalHandler;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Neighbor discovery for the guests' networks: tells who has an IPv6 address and who the router is, so that no solicitation
 * is flooded; stateless, so a restart forgets nothing. Solicitations are answered on the switch's slow-path thread; a
 * thread of its own tells all guests of their router now and then, before they forget it.
 */
final class NeighborResponder implements LocalHandler, AutoCloseable {
    /** A router's longest pause between advertisements by default (RFC 4861, section 6.2.1). */
    private static final int ADVERTISE_EVERY_S = 600;

    private final Function<String, OptionalInt> portOf;
    private final ScheduledExecutorService advertiser = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("router-advertiser").daemon().factory());

    private volatile Links links = new Links(Map.of(), Map.of(), Map.of());
    private volatile DhcpResponder.Sender sender = (frame, actions) -> {};

    /**
     * What is known now.
     *
     * @param ofMember the link of each hardware address in it
     * @param outside who answers clients beyond the uplink, by address
     * @param local links of this node's own ports, by the port's name
     */
    private record Links(
            Map<MacAddress, Link> ofMember, Map<Ipv6Address, MacAddress> outside, Map<String, Link> local) {}

    /** @param owners who has an address, global or of the link */
    private record Link(Ipv6Link advertised, Map<Ipv6Address, MacAddress> owners) {}

    /** @param portOf OpenFlow number of a port of this node, by its name */
    NeighborResponder(Function<String, OptionalInt> portOf) {
        this.portOf = portOf;
    }

    /** Says where answers go, and begins to advertise. */
    void start(DhcpResponder.Sender replies) {
        sender = replies;
        advertiser.scheduleWithFixedDelay(this::advertise, ADVERTISE_EVERY_S, ADVERTISE_EVERY_S, TimeUnit.SECONDS);
    }

    void links(NodeConfig config) {
        Map<MacAddress, Link> ofMember = new HashMap<>();
        Map<Ipv6Address, MacAddress> outside = new HashMap<>();
        Map<String, Link> ofNetwork = new HashMap<>();
        for (NodeConfig.Link wanted : config.links()) {
            Link link = link(wanted);
            ofNetwork.put(wanted.network(), link);
            wanted.members().forEach(mac -> ofMember.put(MacAddress.parse(mac), link));
            if (!wanted.uplinkMac().isEmpty()) {
                MacAddress uplink = MacAddress.parse(wanted.uplinkMac());
                link.owners.keySet().stream().filter(ip -> !ip.isLinkLocal()).forEach(ip -> outside.put(ip, uplink));
            }
        }
        Map<String, Link> local = new HashMap<>();
        config.guests().stream()
                .filter(guest -> ofNetwork.containsKey(guest.network()))
                .forEach(guest -> local.put(guest.name(), ofNetwork.get(guest.network())));
        links = new Links(ofMember, outside, local);
    }

    private static Link link(NodeConfig.Link wanted) {
        MacAddress router = MacAddress.parse(wanted.router());
        long prefix = Ipv6Address.parse(wanted.prefix()).high();
        Map<Ipv6Address, MacAddress> owners = new HashMap<>();
        owners.put(Ipv6Address.linkLocal(router), router);
        wanted.vips().forEach(vip -> owners.put(Ipv6Address.parse(vip), router));
        for (String member : wanted.members()) {
            MacAddress mac = MacAddress.parse(member);
            owners.put(Ipv6Address.linkLocal(mac), mac);
            owners.put(Ipv6Address.of(prefix, mac), mac);
        }
        return new Link(new Ipv6Link(prefix, router, wanted.mtu()), owners);
    }

    @Override
    public void handle(byte[] frame, int inPort) {
        if (frame.length < Ethernet.BYTES) {
            return;
        }
        Links known = links;
        Link link = known.ofMember.get(new MacAddress(Ethernet.source(MemorySegment.ofArray(frame), 0)));
        Optional<byte[]> answer = link == null
                ? Ndp.answer(frame, ip -> Optional.ofNullable(known.outside.get(ip)), MacAddress.BROADCAST)
                : Ndp.answer(frame, ip -> Optional.ofNullable(link.owners.get(ip)), link.advertised.router())
                        .or(() -> Ndp.answer(frame, link.advertised));
        answer.ifPresent(reply -> sender.send(reply, List.of(Action.output(inPort))));
    }

    private void advertise() {
        links.local.forEach((name, link) -> portOf.apply(name)
                .ifPresent(
                        port -> sender.send(Ndp.routerAdvertisement(link.advertised), List.of(Action.output(port)))));
    }

    @Override
    public void close() {
        advertiser.shutdownNow();
    }
}
