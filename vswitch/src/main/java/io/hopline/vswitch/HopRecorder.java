package io.hopline.vswitch;

import io.hopline.packet.Frame;

/**
 * What times sampled frames at the two ends of the switch. The worker thread calls all of it; implementations must not
 * block and must not allocate in {@link #entered} and {@link #left}.
 */
public interface HopRecorder {
    /** Times nothing. */
    HopRecorder NONE = new HopRecorder() {
        @Override
        public int mark(FlowKey key) {
            return 0;
        }

        @Override
        public void entered(Frame frame) {}

        @Override
        public void left(Frame frame, int outPort) {}
    };

    /**
     * Decides for every frame with this key, when its exact-match cache entry is made, and for a frame whose key has none. Only the port the frame
     * came in by, its addresses, IP protocol and ports may be looked at: what else the key holds may differ from frame
     * to frame.
     *
     * @return what {@link Frame#mark()} is for these frames, 0 for frames that are not timed
     */
    int mark(FlowKey key);

    /** A marked frame enters; no action has changed it yet. */
    void entered(Frame frame);

    /** A marked frame, or a copy of one, is about to be handed to a port; all actions are done. */
    void left(Frame frame, int outPort);
}
