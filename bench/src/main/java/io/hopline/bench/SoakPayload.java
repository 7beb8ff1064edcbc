package io.hopline.bench;

/** Bytes that follow from a seed, for the sender to send and the receiver to compare. */
final class SoakPayload {
    private SoakPayload() {}

    /** Fills {@code length} bytes from {@code offset} on with the stream of {@code seed}. */
    static void fill(byte[] to, int offset, int length, long seed) {
        long state = seed;
        long word = 0;
        for (int i = 0; i < length; i++) {
            if ((i & 7) == 0) {
                state += 0x9e37_79b9_7f4a_7c15L;
                word = mix(state);
            }
            to[offset + i] = (byte) word;
            word >>>= 8;
        }
    }

    /** Index of the first byte that is not the one {@link #fill} writes, or -1. */
    static int firstWrong(byte[] bytes, int offset, int length, long seed) {
        long state = seed;
        long word = 0;
        for (int i = 0; i < length; i++) {
            if ((i & 7) == 0) {
                state += 0x9e37_79b9_7f4a_7c15L;
                word = mix(state);
            }
            if (bytes[offset + i] != (byte) word) {
                return i;
            }
            word >>>= 8;
        }
        return -1;
    }

    /** A seed of its own for the {@code n}th piece of a flow. */
    static long seed(long flow, long n) {
        return mix(flow * 0x9e37_79b9_7f4a_7c15L + n);
    }

    /** SplitMix64's finalizer (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
    private static long mix(long z) {
        long x = (z ^ z >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        x = (x ^ x >>> 27) * 0x94d0_49bb_1331_11ebL;
        return x ^ x >>> 31;
    }
}
