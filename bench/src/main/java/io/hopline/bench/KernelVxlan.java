package io.hopline.bench;

import java.util.List;

/** The kernel's VXLAN device on a bridge, on both hosts. */
final class KernelVxlan implements Contender {
    @Override
    public String id() {
        return "kernel-vxlan";
    }

    @Override
    public String tuning() {
        return "kernel vxlan device and bridge per host, veth pairs with the kernel's default offloads: nothing is ever "
                + "segmented, because the underlay here is a veth pair, too";
    }

    @Override
    public List<String> programs() {
        return List.of("ip");
    }

    @Override
    public List<String> packages() {
        return List.of("iproute2");
    }

    @Override
    public boolean inKernel() {
        return true;
    }

    @Override
    public Joined start(Rig rig) {
        Underlay underlay = Underlay.of(rig);
        join(underlay.first(), underlay.second());
        join(underlay.second(), underlay.first());
        return List::of;
    }

    private static void join(Underlay.Host host, Underlay.Host other) {
        Underlay.address(host, Underlay.DEVICE);
        LinuxBridge.bridge(host.netns());
        LinuxBridge.plug(host.netns(), host.guest());
        Rig.ip(
                host.netns(),
                "link",
                "add",
                "vxlan0",
                "type",
                "vxlan",
                "id",
                String.valueOf(Underlay.VNI),
                "local",
                host.vtep(),
                "remote",
                other.vtep(),
                "dev",
                Underlay.DEVICE,
                "dstport",
                "4789");
        Rig.ip(host.netns(), "link", "set", "vxlan0", "master", "br0", "up");
    }
}
