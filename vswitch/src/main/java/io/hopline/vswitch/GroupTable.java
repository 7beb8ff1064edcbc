package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The groups on the control side; guarded by the switch's lock. Every method leaves the table as it was when it throws. */
final class GroupTable {
    static final int MAX_GROUPS = 16_384;
    static final int MAX_BUCKETS = 4_096;

    private final SelectorFactory selectors;
    private final TreeMap<Integer, GroupEntry> groups = new TreeMap<>(Integer::compareUnsigned);
    private @Nullable Map<Integer, GroupEntry> built;

    GroupTable(SelectorFactory selectors) {
        this.selectors = selectors;
    }

    boolean contains(int id) {
        return groups.containsKey(id);
    }

    Collection<GroupEntry> entries() {
        return groups.values();
    }

    /** The groups as the worker is to see them; the same object as long as nothing changes. */
    Map<Integer, GroupEntry> snapshot() {
        Map<Integer, GroupEntry> snapshot = built;
        if (snapshot == null) {
            snapshot = Map.copyOf(groups);
            built = snapshot;
        }
        return snapshot;
    }

    /** What brings the table back to how it is now. */
    Runnable checkpoint() {
        Map<Integer, GroupEntry> before = snapshot();
        return () -> {
            groups.clear();
            groups.putAll(before);
            built = null;
        };
    }

    void add(GroupMod mod, long nowNs) {
        if (Integer.compareUnsigned(mod.groupId(), OpenFlow.GROUP_MAX) > 0) {
            throw new OpenFlowException(OpenFlowError.GROUP_MOD_INVALID_GROUP, "group number is reserved");
        }
        if (contains(mod.groupId())) {
            throw new OpenFlowException(OpenFlowError.GROUP_MOD_EXISTS, "group " + mod.groupId() + " exists");
        }
        if (groups.size() >= MAX_GROUPS) {
            throw new OpenFlowException(OpenFlowError.GROUP_MOD_OUT_OF_GROUPS, "there are " + MAX_GROUPS + " groups");
        }
        groups.put(mod.groupId(), checked(mod, nowNs));
        built = null;
    }

    void modify(GroupMod mod, long nowNs) {
        if (!contains(mod.groupId())) {
            throw new OpenFlowException(OpenFlowError.GROUP_MOD_UNKNOWN_GROUP, "no group " + mod.groupId());
        }
        groups.put(mod.groupId(), checked(mod, nowNs));
        built = null;
    }

    /**
     * @return the numbers of the groups that went
     */
    Set<Integer> delete(int id) {
        if (id == OpenFlow.GROUP_ALL) {
            Set<Integer> all = new HashSet<>(groups.keySet());
            groups.clear();
            built = null;
            return all;
        }
        if (!contains(id)) {
            return Set.of();
        }
        for (GroupEntry other : groups.values()) {
            if (other.id != id && other.references().contains(id)) {
                throw new OpenFlowException(
                        OpenFlowError.GROUP_MOD_CHAINED_GROUP, "group " + other.id + " forwards to group " + id);
            }
        }
        groups.remove(id);
        built = null;
        return Set.of(id);
    }

    /** Groups that have a bucket forwarding to {@code id}. */
    int referencesTo(int id) {
        int count = 0;
        for (GroupEntry group : groups.values()) {
            count += group.references().contains(id) ? 1 : 0;
        }
        return count;
    }

    private GroupEntry checked(GroupMod mod, long nowNs) {
        if (mod.buckets().size() > MAX_BUCKETS) {
            throw new OpenFlowException(
                    OpenFlowError.GROUP_MOD_OUT_OF_BUCKETS, "a group has at most " + MAX_BUCKETS + " buckets");
        }
        if (mod.type() == GroupType.INDIRECT && mod.buckets().size() != 1) {
            throw new OpenFlowException(
                    OpenFlowError.GROUP_MOD_INVALID_GROUP,
                    "an INDIRECT group has one bucket, not " + mod.buckets().size());
        }
        for (Bucket bucket : mod.buckets()) {
            checkBucket(mod.type(), bucket);
        }
        GroupEntry group = new GroupEntry(
                mod.groupId(),
                mod.type(),
                mod.buckets(),
                mod.type() == GroupType.SELECT ? selectors.build(mod.buckets()) : hash -> 0,
                nowNs,
                new Tally());
        for (int next : group.references()) {
            checkReference(group, next);
        }
        return group;
    }

    private static void checkBucket(GroupType type, Bucket bucket) {
        if (type != GroupType.SELECT && bucket.weight() != 0) {
            throw new OpenFlowException(OpenFlowError.GROUP_MOD_INVALID_GROUP, "only SELECT buckets have a weight");
        }
        boolean watches = bucket.watchPort() != OpenFlow.PORT_ANY || bucket.watchGroup() != OpenFlow.GROUP_ANY;
        if (type == GroupType.FAST_FAILOVER && !watches) {
            throw new OpenFlowException(
                    OpenFlowError.GROUP_MOD_INVALID_GROUP, "a FAST_FAILOVER bucket watches a port or a group");
        }
        boolean keepsClients = bucket.actions().stream().anyMatch(Action.Affinity.class::isInstance);
        if (type != GroupType.SELECT && keepsClients) {
            throw new OpenFlowException(
                    OpenFlowError.GROUP_MOD_INVALID_GROUP, "only SELECT buckets have affinity to clients");
        }
        ActionCheck.checkBucket(bucket.actions());
    }

    private void checkReference(GroupEntry group, int next) {
        if (next == group.id) {
            throw new OpenFlowException(OpenFlowError.GROUP_MOD_LOOP, "group " + next + " forwards to itself");
        }
        if (!contains(next)) {
            throw new OpenFlowException(OpenFlowError.BAD_ACTION_OUT_GROUP, "no group " + next);
        }
        if (reaches(next, group.id, new HashSet<>())) {
            throw new OpenFlowException(
                    OpenFlowError.GROUP_MOD_LOOP, "group " + next + " leads back to group " + group.id);
        }
    }

    private boolean reaches(int from, int to, Set<Integer> seen) {
        GroupEntry group = groups.get(from);
        if (group == null || !seen.add(from)) {
            return false;
        }
        for (int next : group.references()) {
            if (next == to || reaches(next, to, seen)) {
                return true;
            }
        }
        return false;
    }

    /** True when one of the actions, nested ones included, is a group. */
    static boolean uses(List<Action> actions, Set<Integer> ids) {
        for (Action action : actions) {
            if (action instanceof Action.Group group && ids.contains(group.groupId())) {
                return true;
            }
        }
        return false;
    }
}
