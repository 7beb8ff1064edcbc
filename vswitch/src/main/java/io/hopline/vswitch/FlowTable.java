package io.hopline.vswitch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One table's flows on the control side; guarded by the switch's lock. Remembers which subtables need building anew. */
final class FlowTable {
    /** More flows than this are refused with TABLE_FULL. */
    static final int MAX_FLOWS = 200_000;

    /** Flows with the same mask. Of those with the same value only the one of highest priority can ever match. */
    private static final class Tuple {
        final Map<KeyMatch, TreeMap<Integer, FlowEntry>> byValue = new HashMap<>();

        @Nullable
        Subtable built;

        void put(FlowEntry flow) {
            byValue.computeIfAbsent(flow.bits, value -> new TreeMap<>()).put(flow.priority, flow);
            built = null;
        }

        void remove(FlowEntry flow) {
            TreeMap<Integer, FlowEntry> flows = byValue.get(flow.bits);
            if (flows != null) {
                flows.remove(flow.priority);
                if (flows.isEmpty()) {
                    byValue.remove(flow.bits);
                }
            }
            built = null;
        }

        Subtable build(KeyMask mask) {
            Subtable subtable = built;
            if (subtable == null) {
                List<FlowEntry> visible = new ArrayList<>(byValue.size());
                for (TreeMap<Integer, FlowEntry> flows : byValue.values()) {
                    visible.add(flows.lastEntry().getValue());
                }
                subtable = new Subtable(mask, visible);
                built = subtable;
            }
            return subtable;
        }
    }

    final Classifier.TableCounters counters = new Classifier.TableCounters();
    private final Map<FlowEntry.Identity, FlowEntry> flows = new LinkedHashMap<>();
    private final Map<KeyMask, Tuple> tuples = new HashMap<>();
    private @Nullable Classifier built = new Classifier(List.of(), counters);

    int size() {
        return flows.size();
    }

    Collection<FlowEntry> flows() {
        return flows.values();
    }

    @Nullable
    FlowEntry find(KeyMatch bits, int priority) {
        return flows.get(new FlowEntry.Identity(bits, priority));
    }

    /** Adds a flow, or replaces the one with the same match and priority. */
    void put(FlowEntry flow) {
        flows.put(flow.identity(), flow);
        tuples.computeIfAbsent(flow.bits.mask, mask -> new Tuple()).put(flow);
        built = null;
    }

    void remove(FlowEntry flow) {
        flows.remove(flow.identity());
        Tuple tuple = tuples.get(flow.bits.mask);
        if (tuple != null) {
            tuple.remove(flow);
            if (tuple.byValue.isEmpty()) {
                tuples.remove(flow.bits.mask);
            }
        }
        built = null;
    }

    void replaceAll(Collection<FlowEntry> replacements) {
        flows.clear();
        tuples.clear();
        built = null;
        replacements.forEach(this::put);
    }

    /** The flows as the worker is to see them; only what changed is built. */
    Classifier build() {
        Classifier classifier = built;
        if (classifier == null) {
            List<Subtable> subtables = new ArrayList<>(tuples.size());
            tuples.forEach((mask, tuple) -> subtables.add(tuple.build(mask)));
            classifier = new Classifier(subtables, counters);
            built = classifier;
        }
        return classifier;
    }
}
