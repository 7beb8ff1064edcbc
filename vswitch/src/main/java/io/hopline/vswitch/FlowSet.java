package io.hopline.vswitch;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one table that look at the same bits, on the control side; guarded by the switch's lock.
 *
 * <p>An extendible hash table (Fagin et al., 1979): a directory of leaves by the hash's leading bits; a leaf that is full is
 * split in two, and the directory doubled when the leaf was as deep as it. What {@link #build} gave out is never changed: after
 * it, the directory (4 bytes per 64 flows or so) is copied once and every leaf when it is first written. A change thus
 * costs the same with a thousand flows and with a million.
 */
final class FlowSet {
    private static final int LEAF_FLOWS = 128;

    final KeyMask mask;
    private final TreeMap<Integer, Integer> flowsByPriority = new TreeMap<>();
    private FlowLeaf[] directory;
    private int depth = 1;
    private int size;
    /** Leaves with this owner were made since the last build. */
    private Object owner = new Object();

    private @Nullable Subtable built;

    FlowSet(KeyMask mask) {
        this.mask = mask;
        directory = new FlowLeaf[] {new FlowLeaf(1, owner), new FlowLeaf(1, owner)};
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean hasPriority(int priority) {
        return flowsByPriority.containsKey(priority);
    }

    /** The flows as the worker is to see them. */
    Subtable build() {
        Subtable subtable = built;
        if (subtable == null) {
            subtable = new Subtable(mask, flowsByPriority.lastKey(), directory);
            built = subtable;
            owner = new Object();
        }
        return subtable;
    }

    @Nullable
    FlowEntry find(KeyMatch bits, int priority) {
        return directory[index(bits.hash)].find(bits, priority);
    }

    void forEach(Consumer<FlowEntry> consumer) {
        for (int i = 0; i < directory.length; i += 1 << depth - directory[i].depth) {
            directory[i].forEach(consumer);
        }
    }

    /** Visits at least those flows that have these bits' value. */
    void forEachLike(KeyMatch bits, Consumer<FlowEntry> consumer) {
        directory[index(bits.hash)].forEach(consumer);
    }

    /** Adds a flow; none has its value and priority. */
    void add(FlowEntry flow) {
        long hash = flow.bits.hash;
        change();
        FlowLeaf leaf = writable(hash);
        while (leaf.size() >= LEAF_FLOWS && canSplit(leaf)) {
            split(hash, leaf);
            leaf = writable(hash);
        }
        leaf.add(flow);
        size++;
        flowsByPriority.merge(flow.priority, 1, Integer::sum);
    }

    /** Removes a flow that is here. */
    void remove(FlowEntry flow) {
        change();
        writable(flow.bits.hash).remove(flow);
        size--;
        flowsByPriority.computeIfPresent(flow.priority, (priority, count) -> count == 1 ? null : count - 1);
    }

    private int index(long hash) {
        return (int) (hash >>> Long.SIZE - depth);
    }

    /** Makes the directory the control side's again. */
    private void change() {
        if (built != null) {
            built = null;
            directory = directory.clone();
        }
    }

    /** The leaf for a hash, free to be changed. */
    private FlowLeaf writable(long hash) {
        FlowLeaf leaf = directory[index(hash)];
        if (leaf.owner == owner) {
            return leaf;
        }
        FlowLeaf copy = leaf.ownedBy(owner);
        int leaves = 1 << depth - leaf.depth;
        int first = index(hash) & -leaves;
        Arrays.fill(directory, first, first + leaves, copy);
        return copy;
    }

    /** Flows that differ in nothing but priority cannot be told apart: the directory must not grow for them without end. */
    private boolean canSplit(FlowLeaf leaf) {
        return leaf.depth < depth || directory.length <= size / 16;
    }

    private void split(long hash, FlowLeaf leaf) {
        if (leaf.depth == depth) {
            FlowLeaf[] doubled = new FlowLeaf[directory.length * 2];
            for (int i = 0; i < doubled.length; i++) {
                doubled[i] = directory[i >>> 1];
            }
            directory = doubled;
            depth++;
        }
        FlowLeaf zeros = new FlowLeaf(leaf.depth + 1, owner);
        FlowLeaf ones = new FlowLeaf(leaf.depth + 1, owner);
        int bit = Long.SIZE - 1 - leaf.depth;
        leaf.forEach(flow -> ((flow.bits.hash >>> bit & 1) == 0 ? zeros : ones).add(flow));
        int half = 1 << depth - leaf.depth - 1;
        int first = index(hash) & -(2 * half);
        Arrays.fill(directory, first, first + half, zeros);
        Arrays.fill(directory, first + half, first + 2 * half, ones);
    }
}
