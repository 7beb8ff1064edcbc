package io.hopline.sla;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * The median of the last {@value #KEPT} times of something, so that it follows what changes. Of times that come thick and
 * fast one in {@value #APART_NS} ns is taken: a burst of some milliseconds would not be like what comes after it.
 */
final class LatestMedian {
    static final int KEPT = 64;
    static final long APART_NS = 100_000_000;

    private final long[] times = new long[KEPT];
    private int count;
    private long takenNs;
    private long medianNs;
    private boolean fresh;

    /** @param atNs when it was, on the clock that all of them are told by; one from before the last counts, too */
    void record(long ns, long atNs) {
        if (count > 0 && atNs >= takenNs && atNs - takenNs < APART_NS) {
            return;
        }
        takenNs = atNs;
        times[count++ % KEPT] = ns;
        fresh = false;
    }

    /** Empty when there was nothing yet. */
    OptionalLong ns() {
        if (count == 0) {
            return OptionalLong.empty();
        }
        if (!fresh) {
            long[] sorted = Arrays.copyOf(times, Math.min(count, KEPT));
            Arrays.sort(sorted);
            medianNs = sorted[(sorted.length - 1) / 2];
            fresh = true;
        }
        return OptionalLong.of(medianNs);
    }
}
