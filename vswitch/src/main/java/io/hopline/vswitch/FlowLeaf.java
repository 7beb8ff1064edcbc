package io.hopline.vswitch;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Some flows of one mask, those whose hashes begin alike: a hash table with linear probing, at most half full. Whoever owns
 * it may change it; once a {@link Subtable} has it, it is nobody's and stays as it is.
 */
final class FlowLeaf {
    private static final int FIRST_SLOTS = 4;

    /** How many leading bits of the hash the flows share. */
    final int depth;

    final Object owner;
    private int size;
    private @Nullable FlowEntry[] slots;

    FlowLeaf(int depth, Object owner) {
        this.depth = depth;
        this.owner = owner;
        slots = new FlowEntry[FIRST_SLOTS];
    }

    private FlowLeaf(FlowLeaf other, Object owner) {
        depth = other.depth;
        this.owner = owner;
        size = other.size;
        slots = other.slots.clone();
    }

    FlowLeaf ownedBy(Object newOwner) {
        return new FlowLeaf(this, newOwner);
    }

    int size() {
        return size;
    }

    /** The flow of highest priority that matches a key of this hash. */
    @Nullable
    FlowEntry lookup(long hash, long[] key) {
        int last = slots.length - 1;
        FlowEntry best = null;
        for (int slot = (int) hash & last; ; slot = slot + 1 & last) {
            FlowEntry flow = slots[slot];
            if (flow == null) {
                return best;
            }
            if (flow.bits.hash == hash && (best == null || best.priority < flow.priority) && flow.bits.matches(key)) {
                best = flow;
            }
        }
    }

    /** The flow with these bits and this priority. */
    @Nullable
    FlowEntry find(KeyMatch bits, int priority) {
        int last = slots.length - 1;
        for (int slot = (int) bits.hash & last; ; slot = slot + 1 & last) {
            FlowEntry flow = slots[slot];
            if (flow == null || flow.priority == priority && flow.bits.hasValueOf(bits)) {
                return flow;
            }
        }
    }

    void forEach(Consumer<FlowEntry> consumer) {
        for (FlowEntry flow : slots) {
            if (flow != null) {
                consumer.accept(flow);
            }
        }
    }

    void add(FlowEntry flow) {
        if (++size * 2 > slots.length) {
            @Nullable FlowEntry[] old = slots;
            slots = new FlowEntry[old.length * 2];
            for (FlowEntry each : old) {
                if (each != null) {
                    place(each);
                }
            }
        }
        place(flow);
    }

    private void place(FlowEntry flow) {
        int last = slots.length - 1;
        int slot = (int) flow.bits.hash & last;
        while (slots[slot] != null) {
            slot = slot + 1 & last;
        }
        slots[slot] = flow;
    }

    /** Removes a flow that is here; those behind it move up, so that no probe ends before them. */
    void remove(FlowEntry flow) {
        int last = slots.length - 1;
        int hole = (int) flow.bits.hash & last;
        while (slots[hole] != flow) {
            hole = hole + 1 & last;
        }
        size--;
        for (int slot = hole + 1 & last; ; slot = slot + 1 & last) {
            FlowEntry next = slots[slot];
            if (next == null) {
                slots[hole] = null;
                return;
            }
            int home = (int) next.bits.hash & last;
            if ((slot - home & last) >= (slot - hole & last)) {
                slots[hole] = next;
                hole = slot;
            }
        }
    }
}
