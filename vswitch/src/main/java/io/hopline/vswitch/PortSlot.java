package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.PortDescription;
import io.hopline.openflow.PortStats;
import io.hopline.packet.DropReason;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;

/**
 * A port under its OpenFlow number. Immutable; a change of configuration makes a new slot.
 *
 * @param config the OpenFlow PORT_CONFIG bits that the controller set
 * @param up whether the port was up when its state was last told to the controller
 */
record PortSlot(int number, Port port, int config, boolean up, long addedNs) {
    PortSlot withConfig(int newConfig) {
        return new PortSlot(number, port, newConfig, up, addedNs);
    }

    PortSlot withUp(boolean nowUp) {
        return new PortSlot(number, port, config, nowUp, addedNs);
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

    PortDescription description() {
        int state = up ? OpenFlow.PORT_STATE_LIVE : OpenFlow.PORT_STATE_LINK_DOWN;
        return PortDescription.of(number, port.mac(), port.name(), config, state);
    }

    /** Frames count as received even if the switch then dropped them; such drops are reported as rx_dropped. */
    PortStats stats(long nowNs) {
        PortCounters counters = port.counters();
        long sendDrops = counters.drops(DropReason.QUEUE_FULL) + counters.drops(DropReason.TOO_LONG);
        long sendErrors = counters.drops(DropReason.SEND_ERROR);
        long receiveDrops = -sendDrops - sendErrors;
        for (DropReason reason : DropReason.values()) {
            receiveDrops += counters.drops(reason);
        }
        return new PortStats(
                number,
                counters.rxFrames(),
                counters.txFrames(),
                counters.rxBytes(),
                counters.txBytes(),
                receiveDrops,
                sendDrops,
                counters.drops(DropReason.MALFORMED),
                sendErrors,
                0,
                0,
                0,
                0,
                Math.max(0, nowNs - addedNs));
    }
}
