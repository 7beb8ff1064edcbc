package io.hopline.openflow;

/**
 * Counters of one port (OpenFlow 1.3.5 section 7.3.5.6); a counter that the port does not keep is -1. {@code durationNs} is
 * the time since the port was added.
 */
public record PortStats(
        int port,
        long rxPackets,
        long txPackets,
        long rxBytes,
        long txBytes,
        long rxDropped,
        long txDropped,
        long rxErrors,
        long txErrors,
        long rxFrameErrors,
        long rxOverrunErrors,
        long rxCrcErrors,
        long collisions,
        long durationNs) {}
