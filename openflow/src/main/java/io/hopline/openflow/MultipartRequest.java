package io.hopline.openflow;

import java.util.List;

/** Asks for what may take several messages to say (OpenFlow 1.3.5 section 7.3.5); {@code more}: the request goes on. */
public record MultipartRequest(boolean more, Query query) implements OpenFlowMessage {
    public MultipartRequest(Query query) {
        this(false, query);
    }

    /** What is asked for. */
    public sealed interface Query {}

    public record Description() implements Query {}

    /** The flows that {@code filter} selects, one by one. */
    public record Flows(FlowFilter filter) implements Query {}

    /** The sum over the flows that {@code filter} selects. */
    public record Aggregate(FlowFilter filter) implements Query {}

    public record Tables() implements Query {}

    /** One port's counters, or all with {@link OpenFlow#PORT_ANY}. */
    public record Ports(int port) implements Query {}

    public record Queues(int port, int queueId) implements Query {}

    /** One group's counters, or all with {@link OpenFlow#GROUP_ALL}. */
    public record Groups(int groupId) implements Query {}

    public record GroupDescriptions() implements Query {}

    public record GroupFeatures() implements Query {}

    public record Meters(int meterId) implements Query {}

    public record MeterConfigs(int meterId) implements Query {}

    public record MeterFeatures() implements Query {}

    /** Empty asks; otherwise proposes a new pipeline. */
    public record Features(List<TableFeatures> proposed) implements Query {
        public Features {
            proposed = List.copyOf(proposed);
        }
    }

    public record PortDescriptions() implements Query {}

    public record Experimenter(int experimenter, int type, Bytes data) implements Query {}

    /**
     * Selects flows.
     *
     * @param tableId one table, or {@link OpenFlow#TABLE_ALL}
     * @param outPort only flows that output there, or {@link OpenFlow#PORT_ANY}
     * @param outGroup only flows that use the group, or {@link OpenFlow#GROUP_ANY}
     * @param cookieMask only flows whose cookie, masked, equals {@code cookie}
     * @param match only flows at least as specific
     */
    public record FlowFilter(int tableId, int outPort, int outGroup, long cookie, long cookieMask, Match match) {
        /** Every flow of every table. */
        public static FlowFilter all() {
            return new FlowFilter(OpenFlow.TABLE_ALL, OpenFlow.PORT_ANY, OpenFlow.GROUP_ANY, 0, 0, Match.ANY);
        }
    }
}
