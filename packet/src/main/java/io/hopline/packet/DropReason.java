package io.hopline.packet;

import java.util.Locale;

/** Why a frame that came in did not go out. Each has a counter per port; nothing is dropped without one. */
public enum DropReason {
    /** No free slot in the worker's pool. */
    POOL_EMPTY,
    /** Shorter than its own headers say, or a header that contradicts itself. */
    MALFORMED,
    /** Longer than a slot, or than the port's MTU with no way to tell the sender. */
    TOO_LONG,
    /** No flow of the table matched and the table has no miss flow. */
    TABLE_MISS,
    /** A flow with no output said so. */
    POLICY,
    /** The flow's output port does not exist or is down. */
    NO_PORT,
    /** The output port's queue was full. */
    QUEUE_FULL,
    /** The kernel refused the frame. */
    SEND_ERROR,
    /** The group does not exist or has no live bucket. */
    NO_BUCKET,
    /** The flow went through more tables, groups or connection-tracking turns than the limit. */
    LOOP,
    /** Connection tracking is full or its NAT range used up. */
    CONNTRACK_FULL,
    /** TTL or hop limit reached zero. */
    TTL_EXPIRED,
    /** Larger than the path takes; the sender was told (RFC 1191, RFC 8201). */
    FRAGMENTATION_NEEDED,
    /** A UDP datagram on the VXLAN port whose header breaks RFC 7348. */
    VXLAN_MALFORMED,
    /** The underlay marked congestion on a packet whose ends would not understand it (RFC 6040, section 4.2). */
    CONGESTION,
    /** A VXLAN frame for a network nothing here belongs to. */
    UNKNOWN_VNI,
    /** The queue of frames to the controller or the local services was full. */
    SLOW_PATH_FULL;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as it stands in metrics and reports, e.g. {@code table_miss}. */
    public String label() {
        return label;
    }

    static final DropReason[] ALL = values();

    public static int count() {
        return ALL.length;
    }
}
