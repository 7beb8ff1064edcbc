package io.hopline.controller;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** States that tests start from. */
final class States {
    static final MacAddress UPLINK_MAC = MacAddress.parse("02:00:00:00:aa:01");

    private States() {}

    static NodeInfo nodeA() {
        return new NodeInfo(
                "a", 0xa, Ipv4Address.parse("192.0.2.1"), "eth0", UPLINK_MAC, 1450, "unix:/tmp/a.ctl", "", "boot");
    }

    static NodeInfo nodeB() {
        return new NodeInfo("b", 0xb, Ipv4Address.parse("192.0.2.2"), null, null, 1450, "", "", "boot");
    }

    /** Network blue (VNI 100, 10.0.1.0/24). */
    static NetworkState blue() {
        return Changes.createNetwork(
                NetworkState.EMPTY, "blue", Subnet.parse("10.0.1.0/24"), Optional.empty(), Optional.of(100), true);
    }

    /** Blue with guests web1, web2 and client, of which none is attached. */
    static NetworkState guests() {
        NetworkState state = blue();
        state = Changes.createVnic(state, "web1", "blue", Optional.of(Ipv4Address.parse("10.0.1.11")));
        state = Changes.createVnic(state, "web2", "blue", Optional.of(Ipv4Address.parse("10.0.1.12")));
        return Changes.createVnic(state, "client", "blue", Optional.of(Ipv4Address.parse("10.0.1.20")));
    }

    static Service draft(String name, String vip, Service.Mode mode, String check, String... backends) {
        return Service.named(name, "blue", Endpoint.parse("vip", vip))
                .mode(mode)
                .backends(Arrays.stream(backends).map(Backend::parse).toList())
                .check(Check.parse(check))
                .build();
    }

    /**
     * Nodes a (uplink; ports: eth0=1, vxlan0=2, web1=3, client=4, svc-blue=5) and b (vxlan0=1, web2=2), service web
     * 10.0.1.100:80 with HTTP check over web1 and web2.
     */
    static NetworkState twoHosts() {
        return twoHosts(Service.Mode.L4);
    }

    static NetworkState twoHosts(Service.Mode mode) {
        NetworkState state = guests();
        state = Changes.createService(state, draft("web", "10.0.1.100:80", mode, "http:/", "web1:80", "web2:80"));
        state = Changes.registerNode(state, nodeA());
        state = Changes.registerNode(state, nodeB());
        state = Changes.observePorts(
                state, "a", new TreeMap<>(Map.of("eth0", 1, "vxlan0", 2, "web1", 3, "client", 4, "svc-blue", 5)));
        return Changes.observePorts(state, "b", new TreeMap<>(Map.of("vxlan0", 1, "web2", 2)));
    }
}
