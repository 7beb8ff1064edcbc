package io.hopline.bench;

import java.util.List;

/**
 * A namespace that routes between the guests, each on a veth pair of its own, with the balancer's address as its own: where a
 * proxy or the kernel's NAT does best, with no bridge on the way.
 */
final class RoutedHost {
    private static final String GATEWAY = "10.99.255.254";

    private RoutedHost() {}

    /** Makes it and joins the guests. */
    static ProxyHost join(Rig rig) {
        String host = rig.namespace("lb");
        Rig.shellIn(host, "echo 1 >/proc/sys/net/ipv4/ip_forward");
        prepare(host);
        rig.guests().forEach(guest -> join(host, guest));
        return new ProxyHost(host, List.of());
    }

    /** Gives a namespace the balancer's address. */
    static void prepare(String host) {
        WebWorkload.manyConnections(host);
        Rig.ip(host, "addr", "add", GATEWAY + "/32", "dev", "lo");
        Rig.ip(host, "addr", "add", Frontage.VIP + "/32", "dev", "lo");
    }

    /** Joins one guest to it. */
    static void join(String host, Rig.Guest guest) {
        String end = "p" + guest.port();
        LinuxBridge.cable(host, guest);
        Rig.ip(host, "link", "set", end, "up");
        Rig.ip(host, "route", "add", guest.ip() + "/32", "dev", end, "src", GATEWAY);
        Rig.ip(guest.netns(), "link", "set", "eth0", "up");
        Rig.ip(guest.netns(), "addr", "add", guest.ip() + "/32", "dev", "eth0");
        Rig.ip(guest.netns(), "route", "add", GATEWAY + "/32", "dev", "eth0");
        Rig.ip(guest.netns(), "route", "add", "default", "via", GATEWAY);
    }
}
