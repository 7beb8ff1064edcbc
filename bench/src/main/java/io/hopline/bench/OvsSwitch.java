package io.hopline.bench;

import java.util.List;
import java.util.Optional;

/** One Open vSwitch between the two guests. */
final class OvsSwitch implements Contender {
    private final boolean tso;

    /** @param tso turns segmentation offload in userspace on, which is off by default */
    OvsSwitch(boolean tso) {
        this.tso = tso;
    }

    @Override
    public String id() {
        return tso ? "ovs-tso" : "ovs";
    }

    @Override
    public String tuning() {
        return "datapath_type=netdev, type=tap ports, fail_mode=secure, two flows by port and MAC"
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
    public boolean takesMorePorts() {
        return true;
    }

    @Override
    public Joined start(Rig rig) throws Exception {
        OpenVSwitch ovs =
                OpenVSwitch.start(rig, rig.namespace("sw"), tso ? List.of("userspace-tso-enable=true") : List.of());
        ovs.bridge("br0", "secure");
        for (Rig.Guest guest : rig.guests()) {
            ovs.plug("br0", guest);
        }
        ovs.flow("br0", forward(rig.first(), rig.second()));
        ovs.flow("br0", forward(rig.second(), rig.first()));
        return new Joined() {
            @Override
            public List<Long> pids() {
                return ovs.pids();
            }

            @Override
            public Optional<MorePorts> morePorts() {
                return Optional.of(ovs);
            }
        };
    }

    private static String forward(Rig.Guest from, Rig.Guest to) {
        return "priority=100,in_port=" + from.port() + ",dl_dst=" + to.mac() + ",actions=output:" + to.port();
    }
}
