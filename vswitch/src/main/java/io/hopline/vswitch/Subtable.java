package io.hopline.vswitch;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * All flows of a table that look at the same bits, as an immutable hash table: one probe finds the flow whose value the
 * packet has (tuple-space search, Srinivasan et al.; as in Open vSwitch's classifier).
 */
final class Subtable {
    final long[] mask;
    final int maxPriority;
    /** Indices of the words of which the mask has any bit. */
    private final int[] words;

    private final @Nullable FlowEntry[] slots;

    /**
     * @param mask the bits that all flows look at
     * @param flows one flow per value: the one of highest priority
     */
    Subtable(long[] mask, Collection<FlowEntry> flows) {
        this.mask = mask;
        words = usedWords(mask);
        slots = new FlowEntry[Integer.highestOneBit(Math.max(1, flows.size())) << 2];
        int highest = 0;
        for (FlowEntry flow : flows) {
            int slot = slot(flow.bits.value.words);
            while (slots[slot] != null) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = flow;
            highest = Math.max(highest, flow.priority);
        }
        maxPriority = highest;
    }

    static int[] usedWords(long[] mask) {
        int[] used = new int[mask.length];
        int count = 0;
        for (int i = 0; i < mask.length; i++) {
            if (mask[i] != 0) {
                used[count++] = i;
            }
        }
        return java.util.Arrays.copyOf(used, count);
    }

    @Nullable
    FlowEntry lookup(long[] key) {
        for (int slot = slot(key); ; slot = slot + 1 & slots.length - 1) {
            FlowEntry flow = slots[slot];
            if (flow == null || matches(flow, key)) {
                return flow;
            }
        }
    }

    private int slot(long[] key) {
        long h = 0;
        for (int word : words) {
            h = (h ^ key[word] & mask[word]) * 0x9e3779b97f4a7c15L;
            h ^= h >>> 32;
        }
        return (int) h & slots.length - 1;
    }

    private boolean matches(FlowEntry flow, long[] key) {
        long[] value = flow.bits.value.words;
        for (int word : words) {
            if ((key[word] & mask[word]) != value[word]) {
                return false;
            }
        }
        return true;
    }
}
