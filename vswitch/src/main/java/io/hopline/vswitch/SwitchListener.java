package io.hopline.vswitch;

import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.PacketIn;
import io.hopline.openflow.PortStatus;

/** Hears what the switch has to say unasked. Called on the slow-path thread or on that of a control call; must not block. */
public interface SwitchListener {
    default void portStatus(PortStatus status) {}

    default void flowRemoved(FlowRemoved removed) {}

    default void packetIn(PacketIn packetIn) {}
}
