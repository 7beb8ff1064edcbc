package io.hopline.sla;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Port;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sightings made by hand, each under a name, so that a test can take some away, change some and add some. */
final class HandMade {
    static final Endpoint VIP = Endpoint.parse("10.0.1.100:80");
    static final Endpoint WEB1 = Endpoint.parse("10.0.1.11:80");
    static final Endpoint WEB2 = Endpoint.parse("10.0.1.12:80");
    static final Endpoint CLIENT = Endpoint.parse("198.51.100.7:40000");
    static final Endpoint PROXY = Endpoint.parse("10.0.1.254:51000");

    static final MeasuredService WEB = new MeasuredService(
            "web", VIP, List.of(new MeasuredService.Backend("web1", WEB1), new MeasuredService.Backend("web2", WEB2)));
    static final List<IpAddress> INTERNAL = List.of(PROXY.address());

    static final int ACK = Sighting.ACK;

    record Item(String host, Sighting sighting) {}

    final Map<String, Item> items = new LinkedHashMap<>();

    /** What the TCP header says. */
    record Tcp(int flags, int seq, int ack, int length) {
        static Tcp data(int seq, int ack, int length) {
            return new Tcp(Sighting.ACK | Sighting.PSH, seq, ack, length);
        }

        Sighting.Packet packet(Endpoint client, Endpoint service, Direction direction) {
            return new Sighting.Packet(Protocol.TCP, client, service, direction, flags, seq, ack, length);
        }
    }

    HandMade add(String name, String host, Sighting sighting) {
        items.put(name, new Item(host, sighting));
        return this;
    }

    HandMade without(String... names) {
        for (String name : names) {
            if (items.remove(name) == null) {
                throw new IllegalArgumentException("no sighting " + name + " among " + items.keySet());
            }
        }
        return this;
    }

    HandMade addAll(HandMade other, String prefix) {
        other.items.forEach((name, item) -> items.put(prefix + name, item));
        return this;
    }

    List<Item> list() {
        return new ArrayList<>(items.values());
    }

    static Sighting.Transit transit(
            Endpoint client,
            Endpoint service,
            Direction direction,
            Tcp tcp,
            Port.@Nullable Kind in,
            Port.@Nullable Kind out,
            long... times) {
        return new Sighting.Transit(
                tcp.packet(client, service, direction), in, out, times[0], times[1], times[2], times[3], times[4]);
    }

    static Sighting.Edge edge(
            Endpoint client, Endpoint service, Direction direction, Tcp tcp, Port.Kind kind, boolean leaving, long ns) {
        return new Sighting.Edge(tcp.packet(client, service, direction), kind, leaving, ns);
    }

    /** SYN at the server's device at {@code ns}, SYN/ACK there {@code kernelNs} later. */
    static HandMade handshake(
            Endpoint client, Endpoint server, String host, int isn, int serverIsn, long ns, long kernelNs) {
        return new HandMade()
                .add(
                        "syn",
                        host,
                        edge(
                                client,
                                server,
                                Direction.REQUEST,
                                new Tcp(Sighting.SYN, isn, 0, 0),
                                Port.Kind.VNIC,
                                true,
                                ns))
                .add(
                        "syn-ack",
                        host,
                        edge(
                                client,
                                server,
                                Direction.RESPONSE,
                                new Tcp(Sighting.SYN | Sighting.ACK, serverIsn, isn + 1, 0),
                                Port.Kind.VNIC,
                                false,
                                ns + kernelNs));
    }

    /**
     * A request of 100 bytes and a response of 200 over two hosts, {@code web2} on b. Hops: host-nic 13, vswitch 5, overlay
     * 22, host-nic 7, vswitch 4, vnic 9, turn-around 140, vnic 10, vswitch 4, host-nic 6, overlay 15, host-nic 14, vswitch
     * 6; together 255.
     */
    static HandMade twoHosts(int seq, int ack, long at) {
        Tcp request = Tcp.data(seq, ack, 100);
        Tcp response = Tcp.data(ack, seq + 100, 200);
        Direction there = Direction.REQUEST;
        Direction back = Direction.RESPONSE;
        return new HandMade()
                .add(
                        "request@a",
                        "a",
                        transit(
                                CLIENT,
                                VIP,
                                there,
                                request,
                                Port.Kind.UPLINK,
                                Port.Kind.TUNNEL,
                                at,
                                at + 10,
                                at + 15,
                                at + 18,
                                at + 25))
                .add(
                        "request@b",
                        "b",
                        transit(
                                CLIENT,
                                WEB2,
                                there,
                                request,
                                Port.Kind.TUNNEL,
                                Port.Kind.VNIC,
                                at + 40,
                                at + 47,
                                at + 51,
                                at + 53,
                                at + 70))
                .add("guest-in", "b", edge(CLIENT, WEB2, there, request, Port.Kind.VNIC, true, at + 60))
                .add("guest-out", "b", edge(CLIENT, WEB2, back, response, Port.Kind.VNIC, false, at + 200))
                .add(
                        "response@b",
                        "b",
                        transit(
                                CLIENT,
                                WEB2,
                                back,
                                response,
                                Port.Kind.VNIC,
                                Port.Kind.TUNNEL,
                                0,
                                at + 210,
                                at + 214,
                                at + 220,
                                at + 230))
                .add(
                        "response@a",
                        "a",
                        transit(
                                CLIENT,
                                WEB2,
                                back,
                                response,
                                Port.Kind.TUNNEL,
                                Port.Kind.UPLINK,
                                at + 235,
                                at + 240,
                                at + 246,
                                at + 249,
                                at + 260))
                .add("nic-out", "a", edge(CLIENT, VIP, back, response, Port.Kind.UPLINK, true, at + 255));
    }

    /**
     * The same on one host, {@code web1} on a. Hops: host-nic 10, vswitch 5, vnic 9, turn-around 140, vnic 8, vswitch 4,
     * host-nic 12; together 188.
     */
    static HandMade oneHost(int seq, int ack, long at) {
        Tcp request = Tcp.data(seq, ack, 100);
        Tcp response = Tcp.data(ack, seq + 100, 200);
        Direction there = Direction.REQUEST;
        Direction back = Direction.RESPONSE;
        return new HandMade()
                .add(
                        "request@a",
                        "a",
                        transit(
                                CLIENT,
                                VIP,
                                there,
                                request,
                                Port.Kind.UPLINK,
                                Port.Kind.VNIC,
                                at,
                                at + 10,
                                at + 15,
                                at + 18,
                                at + 25))
                .add("guest-in", "a", edge(CLIENT, WEB1, there, request, Port.Kind.VNIC, true, at + 24))
                .add("guest-out", "a", edge(CLIENT, WEB1, back, response, Port.Kind.VNIC, false, at + 164))
                .add(
                        "response@a",
                        "a",
                        transit(
                                CLIENT,
                                WEB1,
                                back,
                                response,
                                Port.Kind.VNIC,
                                Port.Kind.UPLINK,
                                0,
                                at + 172,
                                at + 176,
                                at + 180,
                                at + 195))
                .add("nic-out", "a", edge(CLIENT, VIP, back, response, Port.Kind.UPLINK, true, at + 188));
    }

    /**
     * A request through a proxy on a to {@code web2} on b. Front: host-nic 10, vswitch 5, vnic 5; proxy: tcpip 20, route 10,
     * connect 10, write 20; backend request: vnic 10, vswitch 5, host-nic 5, overlay 20, host-nic 5, vswitch 5, vnic 10,
     * turn-around 140, vnic 10, vswitch 5, host-nic 5, overlay 20, host-nic 5, vswitch 5, vnic 10; proxy: tcpip 20, write
     * 25; front: vnic 5, vswitch 5, host-nic 5; together 400.
     */
    static HandMade throughProxy(int seq, int ack, long at) {
        Tcp request = Tcp.data(seq, ack, 100);
        Tcp response = Tcp.data(ack, seq + 100, 200);
        Direction there = Direction.REQUEST;
        Direction back = Direction.RESPONSE;
        return new HandMade()
                .add(
                        "request@a",
                        "a",
                        transit(
                                CLIENT,
                                VIP,
                                there,
                                request,
                                Port.Kind.UPLINK,
                                Port.Kind.VNIC,
                                at,
                                at + 10,
                                at + 15,
                                at + 16,
                                at + 25))
                .add("proxy-in", "a", edge(CLIENT, VIP, there, request, Port.Kind.VNIC, true, at + 20))
                .add(
                        "phases",
                        "a",
                        new Sighting.Phases(
                                false, CLIENT, PROXY, 503, at + 40, at + 50, 4, at + 60, at + 85, at + 360, at + 390))
                .addAll(backendRequest(seq + 7000, ack + 9000, at + 80), "inner-")
                .add("proxy-out", "a", edge(CLIENT, VIP, back, response, Port.Kind.VNIC, false, at + 385))
                .add(
                        "response@a",
                        "a",
                        transit(
                                CLIENT,
                                VIP,
                                back,
                                response,
                                Port.Kind.VNIC,
                                Port.Kind.UPLINK,
                                0,
                                at + 390,
                                at + 395,
                                at + 397,
                                at + 405))
                .add("nic-out", "a", edge(CLIENT, VIP, back, response, Port.Kind.UPLINK, true, at + 400));
    }

    /** The proxy's own request, from its device on a to {@code web2} on b and back: 260 in all. */
    static HandMade backendRequest(int seq, int ack, long at) {
        Tcp request = Tcp.data(seq, ack, 150);
        Tcp response = Tcp.data(ack, seq + 150, 200);
        Direction there = Direction.REQUEST;
        Direction back = Direction.RESPONSE;
        return new HandMade()
                .add("out", "a", edge(PROXY, WEB2, there, request, Port.Kind.VNIC, false, at))
                .add(
                        "request@a",
                        "a",
                        transit(
                                PROXY,
                                WEB2,
                                there,
                                request,
                                Port.Kind.VNIC,
                                Port.Kind.TUNNEL,
                                0,
                                at + 10,
                                at + 15,
                                at + 20,
                                at + 30))
                .add(
                        "request@b",
                        "b",
                        transit(
                                PROXY,
                                WEB2,
                                there,
                                request,
                                Port.Kind.TUNNEL,
                                Port.Kind.VNIC,
                                at + 40,
                                at + 45,
                                at + 50,
                                at + 51,
                                at + 65))
                .add("guest-in", "b", edge(PROXY, WEB2, there, request, Port.Kind.VNIC, true, at + 60))
                .add("guest-out", "b", edge(PROXY, WEB2, back, response, Port.Kind.VNIC, false, at + 200))
                .add(
                        "response@b",
                        "b",
                        transit(
                                PROXY,
                                WEB2,
                                back,
                                response,
                                Port.Kind.VNIC,
                                Port.Kind.TUNNEL,
                                0,
                                at + 210,
                                at + 215,
                                at + 220,
                                at + 230))
                .add(
                        "response@a",
                        "a",
                        transit(
                                PROXY,
                                WEB2,
                                back,
                                response,
                                Port.Kind.TUNNEL,
                                Port.Kind.VNIC,
                                at + 240,
                                at + 245,
                                at + 250,
                                at + 251,
                                at + 265))
                .add("in", "a", edge(PROXY, WEB2, back, response, Port.Kind.VNIC, true, at + 260));
    }
}
