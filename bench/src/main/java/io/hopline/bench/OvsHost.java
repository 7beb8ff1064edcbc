package io.hopline.bench;

import java.util.List;

/** A proxy in the guests' own network: one more station on TAPs of an Open vSwitch that learns who is where. */
final class OvsHost {
    static final String TUNING = "it and the guests on type=tap ports of an Open vSwitch, datapath_type=netdev,"
            + " other_config:userspace-tso-enable=true, NORMAL";

    private static final String BRIDGE = "br0";

    private OvsHost() {}

    /** Makes it and joins the guests. */
    static ProxyHost join(Rig rig) throws Exception {
        OpenVSwitch ovs = OpenVSwitch.start(rig, rig.namespace("sw"), List.of("userspace-tso-enable=true"));
        ovs.bridge(BRIDGE, "standalone");
        for (Rig.Guest guest : rig.guests()) {
            ovs.plug(BRIDGE, guest);
        }
        rig.configureGuests();
        int port = rig.guests().getLast().port() + 1;
        Rig.Guest proxy = new Rig.Guest(rig.namespace("lb"), Frontage.VIP, Frontage.VIP_MAC, port);
        WebWorkload.manyConnections(proxy.netns());
        ovs.plug(BRIDGE, proxy);
        Rig.ip(proxy.netns(), "link", "set", "eth0", "up");
        Rig.ip(proxy.netns(), "addr", "add", proxy.ip() + "/24", "dev", "eth0");
        return new ProxyHost(proxy.netns(), ovs.pids());
    }
}
