package io.hopline.openflow;

import java.util.List;

/** Counters of one group and its buckets (OpenFlow 1.3.5 section 7.3.5.9); {@code references} counts flows and groups. */
public record GroupStats(
        int groupId, int references, long packets, long bytes, long durationNs, List<BucketStats> buckets) {
    public GroupStats {
        buckets = List.copyOf(buckets);
    }

    /** Counters of one bucket. */
    public record BucketStats(long packets, long bytes) {}
}
