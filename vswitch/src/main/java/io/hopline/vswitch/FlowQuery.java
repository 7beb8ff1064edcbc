package io.hopline.vswitch;

import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;

/**
 * Which flows a statistics request is about (OpenFlow 1.3.5 sections 7.3.5.2 and 7.3.5.3).
 *
 * @param tableId 0 to 254, or {@link OpenFlow#TABLE_ALL}
 * @param outPort only flows that output there, or {@link OpenFlow#PORT_ANY}
 * @param outGroup only flows that use the group, or {@link OpenFlow#GROUP_ANY}
 * @param cookie only flows whose cookie, masked with {@code cookieMask}, equals this one, masked
 * @param match only flows at least as specific
 */
public record FlowQuery(int tableId, int outPort, int outGroup, long cookie, long cookieMask, Match match) {
    public static final FlowQuery ALL =
            new FlowQuery(OpenFlow.TABLE_ALL, OpenFlow.PORT_ANY, OpenFlow.GROUP_ANY, 0, 0, Match.ANY);
}
