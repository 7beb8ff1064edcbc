package io.hopline.vswitch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One table's flows on the control side, by mask; guarded by the switch's lock. */
final class FlowTable {
    /** More flows than this are refused with TABLE_FULL. */
    static final int MAX_FLOWS = 2_000_000;

    final Classifier.TableCounters counters = new Classifier.TableCounters();
    private final Map<KeyMask, FlowSet> sets = new HashMap<>();
    private int size;
    private @Nullable Classifier built = new Classifier(List.of(), counters);

    int size() {
        return size;
    }

    @Nullable
    FlowEntry find(KeyMatch bits, int priority) {
        FlowSet set = sets.get(bits.mask);
        return set == null ? null : set.find(bits, priority);
    }

    /** The same bits, sharing their mask with the flows that look at the same. */
    KeyMatch shared(KeyMatch bits) {
        FlowSet set = sets.get(bits.mask);
        return set == null ? bits : bits.sharing(set.mask);
    }

    void forEach(Consumer<FlowEntry> consumer) {
        sets.values().forEach(set -> set.forEach(consumer));
    }

    /** Visits the flows that match nothing that {@code bits} does not match; only where such flows can be is looked for them. */
    void forEachCovered(KeyMatch bits, Consumer<FlowEntry> consumer) {
        Consumer<FlowEntry> filter = flow -> {
            if (bits.covers(flow.bits)) {
                consumer.accept(flow);
            }
        };
        for (FlowSet set : sets.values()) {
            if (set.mask.equals(bits.mask)) {
                set.forEachLike(bits, filter);
            } else if (bits.mask.isWithin(set.mask)) {
                set.forEach(filter);
            }
        }
    }

    /** Flows of a priority that match a packet that {@code bits} matches too. */
    List<FlowEntry> overlapping(KeyMatch bits, int priority) {
        List<FlowEntry> found = new ArrayList<>();
        for (FlowSet set : sets.values()) {
            if (set.hasPriority(priority)) {
                set.forEach(flow -> {
                    if (flow.priority == priority && flow.bits.overlaps(bits)) {
                        found.add(flow);
                    }
                });
            }
        }
        return found;
    }

    /** Adds a flow; none has its match and priority. */
    void add(FlowEntry flow) {
        sets.computeIfAbsent(flow.bits.mask, FlowSet::new).add(flow);
        size++;
        built = null;
    }

    /** Removes a flow that is here. */
    void remove(FlowEntry flow) {
        FlowSet set = sets.get(flow.bits.mask);
        if (set == null) {
            throw new IllegalStateException("not in the table: " + flow.match);
        }
        set.remove(flow);
        if (set.isEmpty()) {
            sets.remove(set.mask);
        }
        size--;
        built = null;
    }

    /** The flows as the worker is to see them; only what changed is built. */
    Classifier build() {
        Classifier classifier = built;
        if (classifier == null) {
            classifier =
                    new Classifier(sets.values().stream().map(FlowSet::build).toList(), counters);
            built = classifier;
        }
        return classifier;
    }
}
