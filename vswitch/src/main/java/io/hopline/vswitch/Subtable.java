package io.hopline.vswitch;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * All flows of a table that look at the same bits, as an immutable hash table: one probe finds the flow whose value the
 * packet has (tuple-space search, Srinivasan et al.; as in Open vSwitch's classifier).
 */
final class Subtable {
    final KeyMask mask;
    final int maxPriority;

    private final @Nullable FlowEntry[] slots;

    /**
     * @param mask the bits that all flows look at
     * @param flows one flow per value: the one of highest priority
     */
    Subtable(KeyMask mask, Collection<FlowEntry> flows) {
        this.mask = mask;
        slots = new FlowEntry[Integer.highestOneBit(Math.max(1, flows.size())) << 2];
        int highest = 0;
        for (FlowEntry flow : flows) {
            int slot = (int) flow.bits.hash & slots.length - 1;
            while (slots[slot] != null) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = flow;
            highest = Math.max(highest, flow.priority);
        }
        maxPriority = highest;
    }

    @Nullable
    FlowEntry lookup(long[] key) {
        for (int slot = (int) mask.hash(key) & slots.length - 1; ; slot = slot + 1 & slots.length - 1) {
            FlowEntry flow = slots[slot];
            if (flow == null || flow.bits.matches(key)) {
                return flow;
            }
        }
    }
}
