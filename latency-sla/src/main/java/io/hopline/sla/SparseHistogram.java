package io.hopline.sla;

import java.util.Arrays;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.Histogram;

/**
 * Counts in HdrHistogram's buckets for three significant digits, of which only those that were met take room: a minute of one
 * hop at one host meets some hundreds of twenty thousand. Counting and merging touch nothing else, so a day is
 * merged from its parts in tenths of a second. Merging is exact. Used by one thread at a time.
 */
final class SparseHistogram {
    static final int DIGITS = 3;
    /** Buckets of equal width at each power of two, for {@value #DIGITS} digits, and half of them; see HdrHistogram. */
    private static final int SUB_BUCKETS = 2048;

    private static final int HALF_MAGNITUDE = 10;
    private static final int LEADING_ZEROS_BASE = 53;
    /** Bucket of {@link Long#MAX_VALUE}. */
    static final int MAX_INDEX = index(Long.MAX_VALUE);

    private static final int FIRST_PLACES = 16;
    /** Spreads neighbours: 2^32 by the golden ratio. */
    private static final int SPREAD = 0x9E3779B9;

    /** Bucket's index and one, 0 for a free place. */
    private int[] keys = new int[FIRST_PLACES];

    private long[] counts = new long[FIRST_PLACES];
    private int used;
    private long total;

    /** The bucket that a value from 0 on is counted in. */
    static int index(long value) {
        int bucket = LEADING_ZEROS_BASE - Long.numberOfLeadingZeros(value | SUB_BUCKETS - 1);
        int subBucket = (int) (value >>> bucket);
        return (bucket + 1 << HALF_MAGNITUDE) + subBucket - SUB_BUCKETS / 2;
    }

    /** Least value of a bucket. */
    static long value(int index) {
        int bucket = (index >> HALF_MAGNITUDE) - 1;
        int subBucket = (index & SUB_BUCKETS / 2 - 1) + SUB_BUCKETS / 2;
        if (bucket < 0) {
            return subBucket - SUB_BUCKETS / 2;
        }
        return (long) subBucket << bucket;
    }

    /** Counts a value so many times; a negative one as 0. */
    void record(long value, long times) {
        add(index(Math.max(0, value)), times);
    }

    /** Adds to one bucket. */
    void add(int index, long count) {
        if (used * 3 > keys.length * 2) {
            grow();
        }
        int place = place(keys, index + 1);
        if (keys[place] == 0) {
            keys[place] = index + 1;
            used++;
        }
        counts[place] += count;
        total += count;
    }

    void add(SparseHistogram other) {
        for (int i = 0; i < other.keys.length; i++) {
            if (other.keys[i] != 0) {
                add(other.keys[i] - 1, other.counts[i]);
            }
        }
    }

    /** Adds to several buckets. */
    void add(int[] indices, long[] added) {
        while ((indices.length + used / 2) * 3 > keys.length * 2) {
            grow();
        }
        for (int i = 0; i < indices.length; i++) {
            add(indices[i], added[i]);
        }
    }

    /** The same counts in at most some hundreds of buckets: each value as the least one of its {@link LatencyStep}. */
    SparseHistogram coarse() {
        SparseHistogram coarse = new SparseHistogram();
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                coarse.record(LatencyStep.startNs(LatencyStep.of(value(keys[i] - 1))), counts[i]);
            }
        }
        return coarse;
    }

    /** Values counted. */
    long total() {
        return total;
    }

    /** Values in the buckets up to the one that holds {@code limit}. */
    long upTo(long limit) {
        int highest = limit < 0 ? -1 : index(limit);
        long sum = 0;
        for (int i = 0; i < keys.length; i++) {
            sum += keys[i] != 0 && keys[i] - 1 <= highest ? counts[i] : 0;
        }
        return sum;
    }

    /** The buckets that were met, ascending. */
    int[] indices() {
        int[] indices = new int[used];
        int n = 0;
        for (int key : keys) {
            if (key != 0) {
                indices[n++] = key - 1;
            }
        }
        Arrays.sort(indices);
        return indices;
    }

    long countAt(int index) {
        return counts[place(keys, index + 1)];
    }

    /** The same counts as a histogram that knows percentiles. */
    AbstractHistogram toHistogram() {
        int highest = 0;
        for (int key : keys) {
            highest = Math.max(highest, key - 1);
        }
        Histogram histogram = new Histogram(1, Math.max(2, value(highest)), DIGITS);
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                histogram.recordValueWithCount(value(keys[i] - 1), counts[i]);
            }
        }
        return histogram;
    }

    /** Where a key is, or the free place where it belongs. */
    private static int place(int[] keys, int key) {
        int mask = keys.length - 1;
        int place = key * SPREAD >>> 16 & mask;
        while (keys[place] != 0 && keys[place] != key) {
            place = place + 1 & mask;
        }
        return place;
    }

    private void grow() {
        int[] moreKeys = new int[keys.length * 2];
        long[] moreCounts = new long[moreKeys.length];
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                int place = place(moreKeys, keys[i]);
                moreKeys[place] = keys[i];
                moreCounts[place] = counts[i];
            }
        }
        keys = moreKeys;
        counts = moreCounts;
    }
}
