package io.hopline.controller;

/**
 * How far a node's switch is, for people.
 *
 * @param connected true while its switch speaks OpenFlow with us
 * @param desired version of the state that the switch should have
 * @param applied version that it confirmed with a barrier, -1 when none yet
 * @param flows flows of ours in the switch, when last looked
 * @param groups likewise groups
 * @param error what the switch last refused, "" when nothing
 */
record NodeStatus(boolean connected, long desired, long applied, int flows, int groups, String error) {
    static final NodeStatus NEVER_CONNECTED = new NodeStatus(false, 0, -1, 0, 0, "");
}
