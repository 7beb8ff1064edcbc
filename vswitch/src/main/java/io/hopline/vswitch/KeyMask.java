package io.hopline.vswitch;

import java.util.Arrays;

/**
 * Which bits of a {@link FlowKey} something looks at. Immutable; equal when the bits are.
 *
 * <p>A key under a mask is packed: only the words of which the mask has any bit, in order, each with those bits alone.
 */
final class KeyMask {
    static final KeyMask NOTHING = of(new long[FlowKey.WORDS]);

    /** The bits, by word of the key. */
    private final long[] bits;
    /** The words that have any. */
    private final int[] words;
    /** The bits of {@link #words}. */
    private final long[] packedBits;

    private KeyMask(long[] bits) {
        this.bits = bits;
        int[] used = new int[bits.length];
        int count = 0;
        for (int i = 0; i < bits.length; i++) {
            if (bits[i] != 0) {
                used[count++] = i;
            }
        }
        words = Arrays.copyOf(used, count);
        packedBits = new long[count];
        for (int i = 0; i < count; i++) {
            packedBits[i] = bits[words[i]];
        }
    }

    static KeyMask of(long[] bits) {
        return new KeyMask(bits.clone());
    }

    boolean hasBits(long[] wanted) {
        return Arrays.equals(bits, wanted);
    }

    KeyMask or(KeyMask other) {
        long[] both = bits.clone();
        for (int i = 0; i < both.length; i++) {
            both[i] |= other.bits[i];
        }
        return new KeyMask(both);
    }

    /** How many words a packed key has. */
    int packedWords() {
        return words.length;
    }

    /** The word of the key that the packed word {@code i} is. */
    int word(int i) {
        return words[i];
    }

    long bits(int word) {
        return bits[word];
    }

    /** True when the other has every bit of this one. */
    boolean isWithin(KeyMask other) {
        for (int i = 0; i < words.length; i++) {
            if ((packedBits[i] & ~other.bits[words[i]]) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes a key's masked words from {@code at} on. */
    void pack(long[] key, long[] into, int at) {
        for (int i = 0; i < words.length; i++) {
            into[at + i] = key[words[i]] & packedBits[i];
        }
    }

    /** True when the key, masked, is what was packed from {@code at} on. */
    boolean matches(long[] key, long[] packed, int at) {
        for (int i = 0; i < words.length; i++) {
            if ((key[words[i]] & packedBits[i]) != packed[at + i]) {
                return false;
            }
        }
        return true;
    }

    /** A hash of the masked key, all of its 64 bits good. */
    long hash(long[] key) {
        long sum = 0;
        for (int i = 0; i < words.length; i++) {
            sum += product(key[words[i]] & packedBits[i], i);
        }
        return mixed(sum);
    }

    /** The {@link #hash} of a key that is packed already. */
    long hashOfPacked(long[] packed) {
        long sum = 0;
        for (int i = 0; i < packed.length; i++) {
            sum += product(packed[i], i);
        }
        return mixed(sum);
    }

    /** The products of different words do not wait for each other; the odd factors make their order count. */
    private static long product(long word, int i) {
        long product = (word ^ word >>> 32) * (0x9e3779b97f4a7c15L + 0xc657_7bb3_b3c1_c032L * i);
        return product ^ product >>> 29;
    }

    private static long mixed(long sum) {
        long h = (sum ^ sum >>> 32) * 0xd6e8feb86659fd93L;
        return h ^ h >>> 32;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyMask mask && (this == other || hasBits(mask.bits));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(packedBits) * 31 + Arrays.hashCode(words);
    }
}
