package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.packet.Port;

/**
 * A port under its OpenFlow number, as the tables of one worker have it. Immutable.
 *
 * @param port the worker's own queue of the port
 * @param config the OpenFlow PORT_CONFIG bits that the controller set
 */
record PortSlot(int number, Port port, int config) {
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
