package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * A host, as it registered itself.
 *
 * @param dpid OpenFlow datapath id of its switch
 * @param vtep address of its end of the tunnels, of either IP version; all nodes' are of the same
 * @param uplink name of the interface to clients outside, with {@code uplinkMac}; both null when it has none
 * @param vnicMtu largest IP packet in bytes that fits through its tunnels
 * @param control address of its control socket, "" when unknown
 * @param metrics URL of its metrics, "" when unknown
 * @param bootId changes when the node process starts anew
 */
public record NodeInfo(
        String name,
        long dpid,
        IpAddress vtep,
        @Nullable String uplink,
        @Nullable MacAddress uplinkMac,
        int vnicMtu,
        String control,
        String metrics,
        String bootId) {
    /** Name of every switch's tunnel port. */
    static final String TUNNEL_PORT = "vxlan0";

    static final int MAX_NAME_CHARS = 63;
    static final int DEFAULT_VNIC_MTU = 1_450;

    public NodeInfo {
        Fields.name("name", name, MAX_NAME_CHARS);
        Fields.range("vnicMtu", vnicMtu, 576, 65_485);
        if ((uplink == null) != (uplinkMac == null)) {
            throw StateException.invalid("uplinkMac", "uplink and uplinkMac come together");
        }
    }

    /** The datapath id as OpenFlow tools print it: 16 hexadecimal digits. */
    String dpidText() {
        return String.format("%016x", dpid);
    }
}
