package io.hopline.openflow;

/** A flow went (OpenFlow 1.3.5 section 7.4.2); {@code durationNs} is the age it reached. */
public record FlowRemoved(
        long cookie,
        int priority,
        Reason reason,
        int tableId,
        long durationNs,
        int idleTimeoutS,
        int hardTimeoutS,
        long packets,
        long bytes,
        Match match)
        implements OpenFlowMessage {
    /** In wire order. */
    public enum Reason {
        IDLE_TIMEOUT,
        HARD_TIMEOUT,
        DELETE,
        GROUP_DELETE
    }
}
