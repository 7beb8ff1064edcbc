package io.hopline.controller;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;

/**
 * A guest's place in a network; which host it is on is observed, not desired.
 *
 * @param name also the name of the switch port that attaches it, at most 15 characters
 */
public record Vnic(String name, String network, Ipv4Address ip, MacAddress mac) {
    public Vnic {
        Fields.name("name", name, Fields.PORT_NAME_CHARS);
        if (name.startsWith(Network.SERVICE_PORT_PREFIX) || name.equals(NodeInfo.TUNNEL_PORT)) {
            throw StateException.invalid("name", "'" + name + "' is reserved for ports of the node's own");
        }
    }
}
