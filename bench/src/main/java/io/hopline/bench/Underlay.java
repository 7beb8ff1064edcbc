package io.hopline.bench;

/**
 * Two hosts, each a namespace, and the veth pair between them, {@code u0} on both. Its MTU leaves room for VXLAN's headers
 * around what a guest sends.
 *
 * @param first host of the rig's first guest
 * @param second host of the rig's second guest
 */
record Underlay(Host first, Host second) {
    /** Of the frames between hosts: a guest's 1500 and the 50 bytes of the headers around them. */
    static final int MTU_BYTES = 1550;

    static final String DEVICE = "u0";
    /** The virtual network's number, on the wire in every tunnelled frame. */
    static final int VNI = 100;

    /**
     * A host.
     *
     * @param vtep address of its end of the tunnel
     * @param guest the one guest it has
     */
    record Host(String netns, String vtep, Rig.Guest guest) {}

    /** Makes both hosts; the device has no address yet. */
    static Underlay of(Rig rig) {
        var first = new Host(rig.namespace("ha"), "192.0.2.1", rig.first());
        var second = new Host(rig.namespace("hb"), "192.0.2.2", rig.second());
        Rig.ip(first.netns, "link", "add", DEVICE, "type", "veth", "peer", "name", DEVICE, "netns", second.netns);
        for (Host host : new Host[] {first, second}) {
            Rig.ip(host.netns, "link", "set", DEVICE, "mtu", String.valueOf(MTU_BYTES), "up");
        }
        return new Underlay(first, second);
    }

    /** Gives a device of a host the address of the host's end of the tunnel. */
    static void address(Host host, String device) {
        Rig.ip(host.netns, "addr", "add", host.vtep + "/24", "dev", device);
    }
}
