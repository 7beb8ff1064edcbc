package io.hopline.vswitch;

import org.jspecify.annotations.Nullable;

/**
 * Exact-match cache from key to program and mark: open addressing, {@value #WAYS} places per key, bounded.
 *
 * <p>Only the bits that some megaflow's mask has are stored and compared; a program may be void, which is for the caller to
 * see. A key finds a free place at once. Where all are taken, only one key in {@value #ONE_IN} puts another out: many more
 * connections than there are places would else only put each other out, while one with many packets soon gets its turn.
 */
final class FlowCache {
    static final int DEFAULT_ENTRIES = 1 << 16;
    private static final int WAYS = 4;
    private static final int ONE_IN = 64;
    private static final int NONE = -1;

    private final int entries;
    private KeyMask mask;
    private long[] keys;
    /** The upper half of the key's hash, and in the lower half the mark. */
    private final long[] tags;

    private final @Nullable Program[] programs;

    /** Of the last {@link #lookup}: the hash, the place it found or {@link #NONE}, and the mark there. */
    private long hash;

    private int found = NONE;
    private int mark;
    private int random = 1;

    FlowCache(int entries, KeyMask mask) {
        if (Integer.bitCount(entries) != 1 || entries < WAYS) {
            throw new IllegalArgumentException("a cache has a power of two of entries, not " + entries);
        }
        this.entries = entries;
        this.mask = mask;
        keys = new long[entries * mask.packedWords()];
        tags = new long[entries];
        programs = new Program[entries];
    }

    KeyMask mask() {
        return mask;
    }

    /** Forgets everything and looks at the bits of {@code newMask} from now on. */
    void reset(KeyMask newMask) {
        if (newMask.packedWords() != mask.packedWords()) {
            keys = new long[entries * newMask.packedWords()];
        }
        mask = newMask;
        java.util.Arrays.fill(programs, null);
    }

    @Nullable
    Program lookup(long[] key) {
        long wanted = mask.hash(key);
        hash = wanted;
        int stride = mask.packedWords();
        int first = (int) wanted & entries - WAYS;
        for (int slot = first; slot < first + WAYS; slot++) {
            long tag = tags[slot];
            if ((tag ^ wanted) >>> 32 == 0 && mask.matches(key, keys, slot * stride)) {
                found = slot;
                mark = (int) tag;
                return programs[slot];
            }
        }
        found = NONE;
        return null;
    }

    /** The mark that the last {@link #lookup} found beside the program. */
    int mark() {
        return mark;
    }

    /** Remembers a program for the key of the last {@link #lookup}, in the place it found if it found any. */
    void insert(long[] key, Program program, int newMark) {
        int slot = found == NONE ? choose((int) hash & entries - WAYS) : found;
        if (slot != NONE) {
            programs[slot] = program;
            tags[slot] = hash & 0xffff_ffffL << 32 | newMark & 0xffff_ffffL;
            mask.pack(key, keys, slot * mask.packedWords());
        }
    }

    private int choose(int first) {
        for (int slot = first; slot < first + WAYS; slot++) {
            if (programs[slot] == null) {
                return slot;
            }
        }
        random = random * 1_664_525 + 1_013_904_223;
        return (random >>> 8) % ONE_IN == 0 ? first + (random >>> 24 & WAYS - 1) : NONE;
    }
}
