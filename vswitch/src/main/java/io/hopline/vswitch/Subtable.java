package io.hopline.vswitch;

import org.jspecify.annotations.Nullable;

/**
 * All flows of a table that look at the same bits, as an immutable hash table: one probe finds the flow whose value the
 * packet has (tuple-space search, Srinivasan et al.; as in Open vSwitch's classifier).
 */
final class Subtable {
    final KeyMask mask;
    final int maxPriority;

    private final FlowLeaf[] directory;
    private final int shift;

    /**
     * @param directory leaves by the leading bits of the hash; a power of two of them, 2 or more
     */
    Subtable(KeyMask mask, int maxPriority, FlowLeaf[] directory) {
        this.mask = mask;
        this.maxPriority = maxPriority;
        this.directory = directory;
        shift = 1 + Integer.numberOfLeadingZeros(directory.length) + Integer.SIZE;
    }

    @Nullable
    FlowEntry lookup(long[] key) {
        long hash = mask.hash(key);
        return directory[(int) (hash >>> shift)].lookup(hash, key);
    }
}
