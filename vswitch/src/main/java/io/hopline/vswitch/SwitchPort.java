package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.PortDescription;
import io.hopline.openflow.PortStats;
import io.hopline.packet.DropReason;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import java.util.List;

/**
 * A port as OpenFlow sees it, under its number. Immutable; a change of configuration makes a new one.
 *
 * @param queues one per worker, all on the same cable; name and address are those of the first
 * @param config the OpenFlow PORT_CONFIG bits that the controller set
 * @param up whether the port was up when its state was last told to the controller
 */
record SwitchPort(int number, List<Port> queues, int config, boolean up, long addedNs) {
    SwitchPort withConfig(int newConfig) {
        return new SwitchPort(number, queues, newConfig, up, addedNs);
    }

    SwitchPort withUp(boolean nowUp) {
        return new SwitchPort(number, queues, config, nowUp, addedNs);
    }

    String name() {
        return queues.getFirst().name();
    }

    MacAddress mac() {
        return queues.getFirst().mac();
    }

    /** Whether every queue is up: each learns by itself that the cable is cut. */
    boolean isUp() {
        return queues.stream().allMatch(Port::isUp);
    }

    /** The port as one worker has it. */
    PortSlot slot(int worker) {
        return new PortSlot(number, queues.get(worker), config);
    }

    PortDescription description() {
        int state = up ? OpenFlow.PORT_STATE_LIVE : OpenFlow.PORT_STATE_LINK_DOWN;
        return PortDescription.of(number, mac(), name(), config, state);
    }

    /** Frames count as received even if the switch then dropped them; such drops are reported as rx_dropped. */
    PortStats stats(long nowNs) {
        PortCounters counters = PortCounters.sum(queues);
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
