package io.hopline.controller;

import java.util.List;
import java.util.Map;

/** What is known about the switches beside the network state: it changes by itself and is not stored. */
interface SwitchStatuses {
    /** By node name; a node without an entry never connected. */
    Map<String, NodeStatus> statuses();

    /** Datapath ids of connected switches that no node registered, 16 hexadecimal digits each. */
    List<String> unknownDpids();
}
