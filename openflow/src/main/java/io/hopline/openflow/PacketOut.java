package io.hopline.openflow;

import java.util.List;

/** A packet from the controller (OpenFlow 1.3.5 section 7.3.7). */
public record PacketOut(int bufferId, int inPort, List<Action> actions, Bytes data) implements OpenFlowMessage {
    public PacketOut {
        actions = List.copyOf(actions);
    }
}
