package io.hopline.openflow;

import java.util.List;

/** A flow as a switch reports it (OpenFlow 1.3.5 section 7.3.5.2); {@code durationNs} is its age. */
public record FlowStats(
        int tableId,
        long durationNs,
        int priority,
        int idleTimeoutS,
        int hardTimeoutS,
        int flags,
        long cookie,
        long packets,
        long bytes,
        Match match,
        List<Instruction> instructions) {
    public FlowStats {
        instructions = List.copyOf(instructions);
    }
}
