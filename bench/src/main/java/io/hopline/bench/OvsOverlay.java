package io.hopline.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * An Open vSwitch per host, the tunnel between them in userspace: the underlay's device is a port of a bridge {@code br-phy}
 * that has the VTEP's address, as Open vSwitch's own guide to userspace tunnels has it.
 */
final class OvsOverlay implements Contender {
    private static final int TUNNEL_PORT = 10;

    @Override
    public String id() {
        return "ovs";
    }

    @Override
    public String tuning() {
        return "per host: datapath_type=netdev, vxlan port on br-int, underlay and VTEP address on br-phy, type=tap guest "
                + "port, two flows; userspace-tso-enable off, because tunnels then lose TCP";
    }

    @Override
    public List<String> programs() {
        return OpenVSwitch.PROGRAMS;
    }

    @Override
    public List<String> packages() {
        return OpenVSwitch.PACKAGES;
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        Underlay underlay = Underlay.of(rig);
        var pids = new ArrayList<Long>();
        pids.addAll(join(rig, underlay.first(), underlay.second()));
        pids.addAll(join(rig, underlay.second(), underlay.first()));
        return () -> List.copyOf(pids);
    }

    private static List<Long> join(Rig rig, Underlay.Host host, Underlay.Host other) throws Exception {
        OpenVSwitch ovs = OpenVSwitch.start(rig, host.netns(), List.of());
        ovs.bridge("br-phy", "standalone");
        ovs.vsctl("add-port", "br-phy", Underlay.DEVICE);
        ovs.vsctl("set", "interface", "br-phy", "mtu_request=" + Underlay.MTU_BYTES);
        Underlay.address(host, "br-phy");
        Rig.ip(host.netns(), "link", "set", "br-phy", "up");
        ovs.bridge("br-int", "secure");
        ovs.vsctl(
                "add-port",
                "br-int",
                "vxlan0",
                "--",
                "set",
                "interface",
                "vxlan0",
                "type=vxlan",
                "options:local_ip=" + host.vtep(),
                "options:remote_ip=flow",
                "options:key=flow",
                "ofport_request=" + TUNNEL_PORT);
        Rig.Guest guest = host.guest();
        ovs.plug("br-int", guest);
        ovs.flow(
                "br-int",
                "priority=100,in_port=" + guest.port() + ",dl_dst="
                        + other.guest().mac() + ",actions=set_field:" + Underlay.VNI + "->tun_id,set_field:"
                        + other.vtep() + "->tun_dst,output:" + TUNNEL_PORT);
        ovs.flow(
                "br-int",
                "priority=100,in_port=" + TUNNEL_PORT + ",tun_id=" + Underlay.VNI + ",dl_dst=" + guest.mac()
                        + ",actions=output:" + guest.port());
        return ovs.pids();
    }
}
