package io.hopline.openflow;

/** A port came, went or changed (OpenFlow 1.3.5 section 7.4.3). */
public record PortStatus(Reason reason, PortDescription port) implements OpenFlowMessage {
    /** In wire order. */
    public enum Reason {
        ADD,
        DELETE,
        MODIFY
    }
}
