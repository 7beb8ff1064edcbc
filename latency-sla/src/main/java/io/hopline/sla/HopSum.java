package io.hopline.sla;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns a request's boundaries, in order, into hop times. The hops' times and {@link #unattributedNs} add up to last
 * boundary minus first.
 *
 * <p>Where a boundary was not seen, the time between its known neighbours is unattributed; a hop of which one stretch is
 * missing is unattributed as a whole, for half a hop is not the hop.
 */
final class HopSum {
    private record Key(Hop hop, Direction direction, String host) {
        static Key of(Hop hop, Mark mark) {
            return new Key(hop, mark.direction(), mark.host());
        }
    }

    private final Map<Key, Long> sums = new LinkedHashMap<>();
    private final Set<Key> partial = new HashSet<>();
    private final List<RequestTrace.Step> steps = new ArrayList<>();
    private long unattributedNs;
    private boolean backwards;
    private boolean gaps;

    /** Sums up. The first mark must have been seen. */
    HopSum(List<Mark> marks) {
        Mark first = marks.getFirst();
        Mark from = first;
        boolean gap = false;
        for (Mark mark : marks.subList(1, marks.size())) {
            Hop hop = mark.hop();
            if (!mark.seen()) {
                gap = true;
                gaps = true;
                if (hop != null) {
                    partial.add(Key.of(hop, mark));
                }
                continue;
            }
            long ns = mark.ns() - from.ns();
            backwards |= ns < 0;
            if (hop == null || gap) {
                unattributedNs += ns;
            } else {
                sums.merge(Key.of(hop, mark), ns, Long::sum);
                steps.add(new RequestTrace.Step(hop, mark.direction(), mark.host(), from.ns() - first.ns(), ns));
            }
            if (hop != null && gap) {
                partial.add(Key.of(hop, mark));
            }
            from = mark;
            gap = false;
        }
        dropPartial();
    }

    private void dropPartial() {
        for (Key key : partial) {
            Long ns = sums.remove(key);
            unattributedNs += ns == null ? 0 : ns;
        }
        steps.removeIf(step -> partial.contains(new Key(step.hop(), step.direction(), step.host())));
    }

    /** In the order of each hop's first stretch. */
    List<HopTime> hops() {
        List<HopTime> hops = new ArrayList<>();
        sums.forEach((key, ns) -> hops.add(new HopTime(key.hop, key.direction, key.host, ns)));
        return hops;
    }

    List<RequestTrace.Step> steps() {
        return steps;
    }

    long unattributedNs() {
        return unattributedNs;
    }

    /** True when a boundary was crossed before the one in front of it. */
    boolean backwards() {
        return backwards;
    }

    /** True when a boundary was not seen. */
    boolean gaps() {
        return gaps;
    }
}
