package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.packet.Port;

/** A port under its OpenFlow number, as the tables of one worker have it. Immutable but for the worker's mark. */
final class PortSlot {
    private final int number;
    private final Port port;
    private final int config;
    /** Frames were handed to the port since it was last flushed; the worker's own to read and write. */
    boolean waits;

    /**
     * @param port the worker's own queue of the port
     * @param config the OpenFlow PORT_CONFIG bits that the controller set
     */
    PortSlot(int number, Port port, int config) {
        this.number = number;
        this.port = port;
        this.config = config;
    }

    int number() {
        return number;
    }

    Port port() {
        return port;
    }

    boolean receives() {
        return (config & (OpenFlow.PORT_CONFIG_DOWN | OpenFlow.PORT_CONFIG_NO_RECV)) == 0;
    }

    boolean forwards() {
        return (config & (OpenFlow.PORT_CONFIG_DOWN | OpenFlow.PORT_CONFIG_NO_FWD)) == 0;
    }

    boolean sendsPacketIns() {
        return (config & OpenFlow.PORT_CONFIG_NO_PACKET_IN) == 0;
    }
}
