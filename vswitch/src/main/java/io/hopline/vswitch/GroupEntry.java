package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupStats;
import io.hopline.openflow.GroupType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** One group: immutable but for its counters, which are the workers' to write and are lost on a modification. */
final class GroupEntry {
    final int id;
    final GroupType type;
    final List<Bucket> buckets;
    final BucketSelector selector;
    final long addedNs;
    final Tally tally;
    final Tally[] bucketTallies;
    /** The buckets track connections: packets of one should get the same bucket on every host that sees them. */
    final boolean balancesConnections;

    GroupEntry(int id, GroupType type, List<Bucket> buckets, BucketSelector selector, long addedNs, Tally tally) {
        this.id = id;
        this.type = type;
        this.buckets = buckets;
        this.selector = selector;
        this.addedNs = addedNs;
        this.tally = tally;
        balancesConnections =
                buckets.stream().anyMatch(bucket -> bucket.actions().stream().anyMatch(Action.Ct.class::isInstance));
        bucketTallies = new Tally[buckets.size()];
        for (int i = 0; i < bucketTallies.length; i++) {
            bucketTallies[i] = new Tally();
        }
    }

    /** Groups that this one's buckets forward to or watch. */
    Set<Integer> references() {
        Set<Integer> references = new TreeSet<>();
        for (Bucket bucket : buckets) {
            for (Action action : bucket.actions()) {
                if (action instanceof Action.Group group) {
                    references.add(group.groupId());
                }
            }
        }
        return references;
    }

    GroupDescription description() {
        return new GroupDescription(type, id, buckets);
    }

    GroupStats stats(int references, long nowNs) {
        List<GroupStats.BucketStats> counted = new ArrayList<>(bucketTallies.length);
        for (Tally bucket : bucketTallies) {
            counted.add(new GroupStats.BucketStats(bucket.packets(), bucket.bytes()));
        }
        return new GroupStats(id, references, tally.packets(), tally.bytes(), Math.max(0, nowNs - addedNs), counted);
    }
}
