package io.hopline.vswitch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Exact-match cache from key to program: open addressing, {@value #WAYS} places per key, bounded.
 *
 * <p>Only the bits that the snapshot's mask names are stored and compared. A new snapshot makes every entry void by its
 * epoch; when all places of a key are taken by others, one of them is evicted by the hash's choice.
 */
final class FlowCache {
    static final int DEFAULT_ENTRIES = 1 << 16;
    private static final int WAYS = 4;

    private final int entries;
    private long[] keys = {};
    private long[] hashes = {};
    private @Nullable Program[] programs = {};

    private long epoch = -1;
    /** The words of which the mask has any bit, and the mask's bits of them. */
    private int[] words = {};

    private long[] masks = {};
    /** The masked key and its hash of the last {@link #lookup}. */
    private long[] probe = {};

    private long probeHash;

    FlowCache(int entries) {
        if (Integer.bitCount(entries) != 1 || entries < WAYS) {
            throw new IllegalArgumentException("a cache has a power of two of entries, not " + entries);
        }
        this.entries = entries;
    }

    /** Makes every entry void and looks at the bits of {@code mask} from now on. */
    void reset(long newEpoch, long[] mask) {
        epoch = newEpoch;
        int[] used = Subtable.usedWords(mask);
        if (used.length != words.length) {
            keys = new long[entries * used.length];
            hashes = new long[entries];
            programs = new Program[entries];
            probe = new long[used.length];
            masks = new long[used.length];
        }
        words = used;
        for (int i = 0; i < used.length; i++) {
            masks[i] = mask[used[i]];
        }
    }

    @Nullable
    Program lookup(long[] key) {
        long hash = fillProbe(key);
        int stride = words.length;
        int first = (int) (hash >>> 32) & entries - 1 & -WAYS;
        for (int slot = first; slot < first + WAYS; slot++) {
            Program program = programs[slot];
            if (hashes[slot] == hash
                    && program != null
                    && program.epoch == epoch
                    && Arrays.equals(keys, slot * stride, (slot + 1) * stride, probe, 0, stride)) {
                return program;
            }
        }
        return null;
    }

    private long fillProbe(long[] key) {
        int[] indices = words;
        long[] bits = masks;
        long[] into = probe;
        long sum = 0;
        // The products of different words do not wait for each other; the rotation makes their order count.
        for (int i = 0; i < indices.length; i++) {
            long word = key[indices[i]] & bits[i];
            into[i] = word;
            long product = (word ^ word >>> 32) * (0x9e3779b97f4a7c15L + 0xc657_7bb3_b3c1_c032L * i);
            sum += product ^ product >>> 29;
        }
        probeHash = (sum ^ sum >>> 32) * 0xd6e8feb86659fd93L;
        return probeHash;
    }

    /** Remembers a program for the key of the last {@link #lookup}, which found none. */
    void insert(Program program) {
        int first = (int) (probeHash >>> 32) & entries - 1 & -WAYS;
        int slot = first + (int) (probeHash & WAYS - 1);
        for (int candidate = first; candidate < first + WAYS; candidate++) {
            Program other = programs[candidate];
            if (other == null || other.epoch != epoch) {
                slot = candidate;
                break;
            }
        }
        programs[slot] = program;
        hashes[slot] = probeHash;
        System.arraycopy(probe, 0, keys, slot * words.length, words.length);
    }
}
