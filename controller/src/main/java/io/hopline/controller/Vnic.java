package io.hopline.controller;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A guest's place in a network; which host it is on is observed, not desired.
 *
 * @param name also the name of the switch port that attaches it, at most 15 characters
 * @param labels by which services find their backends, at most {@link #MAX_LABELS}
 */
public record Vnic(String name, String network, Ipv4Address ip, MacAddress mac, SortedMap<String, String> labels) {
    static final int MAX_LABELS = 32;

    public Vnic {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        if (labels.size() > MAX_LABELS) {
            throw StateException.invalid("labels", "a vNIC has at most " + MAX_LABELS + " labels");
        }
        labels.forEach((key, value) -> Fields.label("labels", key, value));
        Fields.name("name", name, Fields.PORT_NAME_CHARS);
        if (name.startsWith(Network.SERVICE_PORT_PREFIX) || name.equals(NodeInfo.TUNNEL_PORT)) {
            throw StateException.invalid("name", "'" + name + "' is reserved for ports of the node's own");
        }
    }

    Vnic withLabels(SortedMap<String, String> newLabels) {
        return new Vnic(name, network, ip, mac, newLabels);
    }
}
