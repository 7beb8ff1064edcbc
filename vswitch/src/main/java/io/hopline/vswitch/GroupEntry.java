package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupStats;
import io.hopline.openflow.GroupType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

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
    /** How long a silent client is remembered, 0 when clients are not. */
    final long affinityNs;

    private final long[] bucketIds;

    GroupEntry(int id, GroupType type, List<Bucket> buckets, BucketSelector selector, long addedNs, Tally tally) {
        this.id = id;
        this.type = type;
        this.buckets = buckets;
        this.selector = selector;
        this.addedNs = addedNs;
        this.tally = tally;
        balancesConnections =
                buckets.stream().anyMatch(bucket -> bucket.actions().stream().anyMatch(Action.Ct.class::isInstance));
        affinityNs = affinityNs(buckets);
        bucketIds = affinityNs == 0
                ? new long[0]
                : buckets.stream().mapToLong(GroupEntry::id).toArray();
        bucketTallies = new Tally[buckets.size()];
        for (int i = 0; i < bucketTallies.length; i++) {
            bucketTallies[i] = new Tally();
        }
    }

    private static long affinityNs(List<Bucket> buckets) {
        int timeoutS = 0;
        for (Bucket bucket : buckets) {
            for (Action action : bucket.actions()) {
                timeoutS = action instanceof Action.Affinity affinity ? affinity.timeoutS() : timeoutS;
            }
        }
        return TimeUnit.SECONDS.toNanos(timeoutS);
    }

    /** What a bucket is known by while its group changes: what it does, but for how long clients are remembered. */
    private static long id(Bucket bucket) {
        long hash = 0xcbf29ce484222325L;
        for (Action action : bucket.actions()) {
            if (!(action instanceof Action.Affinity)) {
                for (byte b : action.toString().getBytes(StandardCharsets.UTF_8)) {
                    hash = (hash ^ b & 0xff) * 0x100000001b3L;
                }
            }
        }
        return hash;
    }

    /** Of a group that remembers clients: what a bucket is known by. */
    long bucketId(int bucket) {
        return bucketIds[bucket];
    }

    /** Where the bucket of this id now stands; -1 when it is gone or takes nobody. */
    int bucketOf(long bucketId) {
        for (int i = 0; i < bucketIds.length; i++) {
            if (bucketIds[i] == bucketId) {
                return buckets.get(i).weight() == 0 ? -1 : i;
            }
        }
        return -1;
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
