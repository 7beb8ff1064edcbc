package io.hopline.openflow;

/**
 * Which asynchronous messages a controller wants (OpenFlow 1.3.5 section 7.3.10), one bit per reason; the first mask of each
 * pair is for the roles EQUAL and MASTER, the second for SLAVE.
 */
public record AsyncMasks(
        int packetIn, int packetInSlave, int portStatus, int portStatusSlave, int flowRemoved, int flowRemovedSlave) {
    /** What a new connection gets: everything but packets with an invalid TTL; port changes only as a slave. */
    public static final AsyncMasks DEFAULT = new AsyncMasks(0b011, 0, 0b111, 0b111, 0b1111, 0);

    public record Request() implements OpenFlowMessage {}

    public record Reply(AsyncMasks masks) implements OpenFlowMessage {}

    public record Set(AsyncMasks masks) implements OpenFlowMessage {}
}
