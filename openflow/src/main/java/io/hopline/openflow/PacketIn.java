package io.hopline.openflow;

/**
 * A packet for the controller (OpenFlow 1.3.5 section 7.4.1).
 *
 * @param bufferId {@link OpenFlow#NO_BUFFER} from us
 * @param totalLengthBytes the frame's length, of which {@code data} may be a prefix
 * @param match the pipeline fields: at least IN_PORT, and METADATA, TUNNEL_ID, registers where not 0
 */
public record PacketIn(
        int bufferId, int totalLengthBytes, Reason reason, int tableId, long cookie, Match match, Bytes data)
        implements OpenFlowMessage {
    /** In wire order. */
    public enum Reason {
        NO_MATCH,
        ACTION,
        INVALID_TTL
    }
}
