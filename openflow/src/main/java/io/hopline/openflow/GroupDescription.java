package io.hopline.openflow;

import java.util.List;

/** A group as it stands in the switch (OpenFlow 1.3.5 section 7.3.5.10). */
public record GroupDescription(GroupType type, int groupId, List<Bucket> buckets) {
    public GroupDescription {
        buckets = List.copyOf(buckets);
    }
}
