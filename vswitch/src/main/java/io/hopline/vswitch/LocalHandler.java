package io.hopline.vswitch;

/** The node's own services (DHCP): what the switch does with a frame that is output to OFPP_LOCAL. */
@FunctionalInterface
public interface LocalHandler {
    /** Discards, for a switch with no services of its own. */
    LocalHandler NONE = (frame, inPort) -> {};

    /**
     * Called on the switch's slow-path thread, one frame at a time.
     *
     * @param frame the frame from its Ethernet header on, checksums complete; the handler's to keep
     * @param inPort OpenFlow number of the port it came in by
     */
    void handle(byte[] frame, int inPort);
}
