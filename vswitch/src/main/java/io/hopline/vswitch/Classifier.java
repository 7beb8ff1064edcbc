package io.hopline.vswitch;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One table's flows as the worker sees them: immutable, subtables in order of their highest priority. */
final class Classifier {
    static final Classifier EMPTY = new Classifier(List.of(), new TableCounters());

    /** Lookups (packets) and matches (bytes unused) of one table. */
    static final class TableCounters {
        final Tally lookups = new Tally();
        final Tally matches = new Tally();
    }

    final TableCounters counters;
    private final Subtable[] subtables;

    Classifier(List<Subtable> unordered, TableCounters counters) {
        this.counters = counters;
        subtables = unordered.toArray(Subtable[]::new);
        java.util.Arrays.sort(
                subtables,
                Comparator.comparingInt((Subtable s) -> s.maxPriority).reversed());
    }

    /**
     * The matching flow of highest priority, or null on a table miss.
     *
     * @param bits told of every mask by which the key was looked up
     */
    @Nullable
    FlowEntry lookup(long[] key, WalkedBits bits) {
        FlowEntry best = null;
        for (Subtable subtable : subtables) {
            if (best != null && subtable.maxPriority <= best.priority) {
                break;
            }
            bits.look(subtable.mask);
            FlowEntry found = subtable.lookup(key);
            if (found != null && (best == null || found.priority > best.priority)) {
                best = found;
            }
        }
        return best;
    }
}
