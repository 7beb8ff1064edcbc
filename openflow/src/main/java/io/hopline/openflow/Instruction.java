package io.hopline.openflow;

import java.util.List;

/** What a flow does with a packet (OpenFlow 1.3.5 section 7.2.4); a flow has at most one of each kind. */
public sealed interface Instruction {
    record GotoTable(int tableId) implements Instruction {}

    /** {@code metadata = metadata & ~mask | value & mask}. */
    record WriteMetadata(long value, long mask) implements Instruction {}

    record WriteActions(List<Action> actions) implements Instruction {
        public WriteActions {
            actions = List.copyOf(actions);
        }
    }

    record ApplyActions(List<Action> actions) implements Instruction {
        public ApplyActions {
            actions = List.copyOf(actions);
        }
    }

    record ClearActions() implements Instruction {}

    record Meter(int meterId) implements Instruction {}

    static Instruction apply(Action... actions) {
        return new ApplyActions(List.of(actions));
    }
}
