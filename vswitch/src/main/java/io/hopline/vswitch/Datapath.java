package io.hopline.vswitch;

import io.hopline.packet.Batch;

/** The worker's side of the switch: worker thread only. */
public final class Datapath {
    Datapath() {}

    /** Takes ownership of every frame, inPort set, and clears the batch. Ports that got frames are not flushed here. */
    public void process(Batch batch) {
        throw new UnsupportedOperationException();
    }

    /** Once per cycle: applies at most one pending change, runs packet-outs, expires connections. */
    public void poll() {
        throw new UnsupportedOperationException();
    }
}
