package io.hopline.lb;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How much of a {@link Maglev} table changes when backends fail, as in the paper's figure 12.
 *
 * @param failed how many backends were taken away
 * @param survivors entries that led to backends which are still there
 * @param moved how many of those lead to another one now
 */
public record Disruption(int failed, long survivors, long moved) {
    /** Share of the surviving entries that changed, 0 to 1. */
    public double share() {
        return survivors == 0 ? 0 : (double) moved / survivors;
    }

    /**
     * Takes random backends away, again and again.
     *
     * @param backends equal in weight
     * @param rounds each with other backends that fail, drawn from {@code seed}; counts are summed up
     */
    public static Disruption of(int backends, int tableSize, int failed, int rounds, long seed) {
        List<Maglev.Backend> all = IntStream.range(0, backends)
                .mapToObj(i -> new Maglev.Backend("backend-" + i))
                .toList();
        Maglev before = Maglev.of(all, tableSize);
        Random random = new Random(seed);
        long survivors = 0;
        long moved = 0;
        for (int round = 0; round < rounds; round++) {
            List<Maglev.Backend> order = new ArrayList<>(all);
            Collections.shuffle(order, random);
            Set<Maglev.Backend> gone = new HashSet<>(order.subList(0, failed));
            Maglev after = Maglev.of(order.subList(failed, backends), tableSize);
            for (int i = 0; i < tableSize; i++) {
                Maglev.Backend was = all.get(before.entry(i));
                if (!gone.contains(was)) {
                    survivors++;
                    moved += was.equals(after.backends().get(after.entry(i))) ? 0 : 1;
                }
            }
        }
        return new Disruption(failed, survivors, moved);
    }
}
