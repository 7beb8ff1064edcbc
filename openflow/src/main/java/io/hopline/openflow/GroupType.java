package io.hopline.openflow;

/** How a group chooses among its buckets (OpenFlow 1.3.5 section 5.6.1), in wire order. */
public enum GroupType {
    /** All buckets, each on a copy. */
    ALL,
    /** One bucket per flow hash. */
    SELECT,
    /** The only bucket. */
    INDIRECT,
    /** The first live bucket. */
    FAST_FAILOVER
}
