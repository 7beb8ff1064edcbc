package io.hopline.bench;

import java.util.List;

/** The kernel's bridge in a namespace of its own, a veth pair to each guest. */
final class LinuxBridge implements Contender {
    @Override
    public String id() {
        return "linux-bridge";
    }

    @Override
    public String tuning() {
        return "kernel bridge, no STP, veth pairs with the kernel's default offloads, bridge netfilter off";
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
        String host = rig.namespace("br");
        bridge(host);
        for (Rig.Guest guest : rig.guests()) {
            plug(host, guest);
        }
        return List::of;
    }

    /** Makes a bridge {@code br0} that filters nothing. */
    static void bridge(String host) {
        Rig.shellIn(host, "f=/proc/sys/net/bridge/bridge-nf-call-iptables; if [ -e $f ]; then echo 0 >$f; fi");
        Rig.ip(host, "link", "add", "br0", "type", "bridge", "stp_state", "0");
        Rig.ip(host, "link", "set", "br0", "up");
    }

    /** Joins a guest to {@code br0} with a veth pair. */
    static void plug(String host, Rig.Guest guest) {
        cable(host, guest);
        Rig.ip(host, "link", "set", "p" + guest.port(), "master", "br0", "up");
    }

    /** A veth pair whose ends are a guest's {@code eth0} and, in the host, {@code pN} after the guest's port. */
    static void cable(String host, Rig.Guest guest) {
        Rig.ip(
                guest.netns(),
                "link",
                "add",
                "eth0",
                "address",
                guest.mac(),
                "type",
                "veth",
                "peer",
                "name",
                "p" + guest.port(),
                "netns",
                host);
    }
}
