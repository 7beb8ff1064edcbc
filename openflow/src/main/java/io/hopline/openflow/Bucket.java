package io.hopline.openflow;

import java.util.List;

/**
 * One set of actions of a group (OpenFlow 1.3.5 section 7.3.4.2).
 *
 * @param weight share of a SELECT group, 0 to 65535; 0 in other groups
 * @param watchPort port whose liveness a FAST_FAILOVER group looks at, or {@link OpenFlow#PORT_ANY}
 * @param watchGroup likewise a group, or {@link OpenFlow#GROUP_ANY}
 */
public record Bucket(int weight, int watchPort, int watchGroup, List<Action> actions) {
    public Bucket {
        actions = List.copyOf(actions);
    }

    public static Bucket of(Action... actions) {
        return new Bucket(0, OpenFlow.PORT_ANY, OpenFlow.GROUP_ANY, List.of(actions));
    }

    public static Bucket weighted(int weight, Action... actions) {
        return new Bucket(weight, OpenFlow.PORT_ANY, OpenFlow.GROUP_ANY, List.of(actions));
    }
}
