package io.hopline.openflow;

import java.util.List;

/** Opens, closes, commits or discards a bundle: ONF extension 230, the bundles of OpenFlow 1.4 for 1.3. */
public record BundleControl(int bundleId, Type type, int flags) implements OpenFlowMessage {
    public static final int ATOMIC = 1;
    public static final int ORDERED = 2;

    /** In wire order. */
    public enum Type {
        OPEN_REQUEST,
        OPEN_REPLY,
        CLOSE_REQUEST,
        CLOSE_REPLY,
        COMMIT_REQUEST,
        COMMIT_REPLY,
        DISCARD_REQUEST,
        DISCARD_REPLY;

        static final List<Type> BY_NUMBER = List.of(values());
    }
}
