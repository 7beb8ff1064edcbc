package io.hopline.controller;

import java.util.Set;

/**
 * How far a node's switch is, for people.
 *
 * @param connected true while its switch speaks OpenFlow with us
 * @param desired version of the state that the switch should have
 * @param applied version that it confirmed with a barrier, -1 when none yet
 * @param flows flows of ours in the switch, when last looked
 * @param groups likewise groups
 * @param error what the switch last refused, "" when nothing
 * @param downPorts names of ports that are there and carry nothing: nobody has the other end, or it is set down
 */
record NodeStatus(
        boolean connected, long desired, long applied, int flows, int groups, String error, Set<String> downPorts) {
    static final NodeStatus NEVER_CONNECTED = new NodeStatus(false, 0, -1, 0, 0, "", Set.of());

    NodeStatus {
        downPorts = Set.copyOf(downPorts);
    }

    /** The same of a switch that is not connected, at another desired version. */
    NodeStatus gone(long desiredNow) {
        return new NodeStatus(false, desiredNow, applied, flows, groups, error, Set.of());
    }
}
