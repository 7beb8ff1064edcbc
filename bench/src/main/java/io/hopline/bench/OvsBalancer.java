package io.hopline.bench;

import java.util.List;

/** Open vSwitch with a select group and connection tracking, on TAPs. */
final class OvsBalancer implements Balancer {
    private static final String BRIDGE = "br0";

    private final boolean tso;

    /** @param tso turns segmentation offload in userspace on, which is off by default */
    OvsBalancer(boolean tso) {
        this.tso = tso;
    }

    @Override
    public Layer layer() {
        return Layer.L4;
    }

    @Override
    public String id() {
        return tso ? "ovs-tso" : "ovs";
    }

    @Override
    public String tuning() {
        return "datapath_type=netdev, type=tap ports, a select group whose buckets ct(commit,nat), flows for both directions"
                + (tso ? ", other_config:userspace-tso-enable=true" : ", all else default");
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
        OpenVSwitch ovs =
                OpenVSwitch.start(rig, rig.namespace("sw"), tso ? List.of("userspace-tso-enable=true") : List.of());
        ovs.bridge(BRIDGE, "secure");
        for (Rig.Guest guest : rig.guests()) {
            ovs.plug(BRIDGE, guest);
        }
        rig.configureGuests();
        Rig.knows(rig.first(), Frontage.VIP, Frontage.VIP_MAC);
        Rig.Guest client = rig.first();
        var group = new StringBuilder("group_id=1,type=select");
        for (Rig.Guest guest : Frontage.backends(rig)) {
            group.append(",bucket=ct(commit,zone=1,nat(dst=")
                    .append(guest.ip())
                    .append(':')
                    .append(Frontage.BACKEND_PORT)
                    .append("),table=2)");
        }
        ovs.group(BRIDGE, group.toString());
        ovs.flow(
                BRIDGE,
                "table=0,priority=100,tcp,in_port=" + client.port() + ",nw_dst=" + Frontage.VIP
                        + ",actions=ct(zone=1,nat,table=1)");
        ovs.flow(BRIDGE, "table=1,priority=100,ct_state=+trk+new,tcp,actions=group:1");
        ovs.flow(BRIDGE, "table=1,priority=90,ct_state=+trk+est,tcp,actions=resubmit(,2)");
        for (Rig.Guest guest : Frontage.backends(rig)) {
            ovs.flow(BRIDGE, "table=0,priority=100,tcp,in_port=" + guest.port() + ",actions=ct(zone=1,nat,table=3)");
            ovs.flow(
                    BRIDGE,
                    "table=2,priority=100,tcp,nw_dst=" + guest.ip() + ",actions=mod_dl_dst:" + guest.mac() + ",output:"
                            + guest.port());
        }
        ovs.flow(
                BRIDGE,
                "table=3,priority=100,tcp,actions=mod_dl_src:" + Frontage.VIP_MAC + ",mod_dl_dst:" + client.mac()
                        + ",output:" + client.port());
        return ovs::pids;
    }
}
