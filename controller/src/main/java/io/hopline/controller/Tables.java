package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv6Address;

/** The numbers of the flow tables, in the order of a packet's walk. */
final class Tables {
    /** Which network a packet belongs to, by the port it came in; metadata becomes the VNI. */
    static final int CLASSIFY = 0;
    /** What the switch answers itself: ARP, DHCP, pings of the gateway. */
    static final int LOCAL = 1;
    /** Sends what touches a service or the uplink through connection tracking. */
    static final int TRACK = 2;
    /** First packets of connections: choose a backend, remember the client's MAC address. */
    static final int SERVICE = 3;
    /** Between the virtual network and outside, and to whom address translation pointed. */
    static final int ROUTE = 4;
    /** To the port or tunnel that leads to the destination MAC address. */
    static final int FORWARD = 5;

    static final int IPV4 = 0x0800;
    static final int ARP = 0x0806;
    static final int IPV6 = 0x86dd;
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMPV6 = 58;

    private Tables() {}

    /** Ethernet type of packets with this address. */
    static int etherType(IpAddress address) {
        return address instanceof Ipv6Address ? IPV6 : IPV4;
    }
}
