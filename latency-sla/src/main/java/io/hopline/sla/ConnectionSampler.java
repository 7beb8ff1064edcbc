package io.hopline.sla;

/**
 * Decides which connections are timed, by a hash of what no hop changes (RFC 5475, hash-based selection): the client's
 * address and port. NAT in front of a service changes the service's side only, so every hop on every host decides alike,
 * and so does the packet filter in the kernel, for which the hash keeps to 32-bit arithmetic.
 *
 * <p>Immutable; safe to share.
 */
public final class ConnectionSampler {
    private static final int PORT_FACTOR = 0x9E3779B1;
    private static final int MIX_FACTOR = 0x85EBCA6B;

    private final int mask;

    private ConnectionSampler(int mask) {
        this.mask = mask;
    }

    /**
     * Samples one in {@code n} connections.
     *
     * @param n a power of two; 1 samples every connection
     * @throws IllegalArgumentException when {@code n} is not a power of two
     */
    public static ConnectionSampler oneIn(int n) {
        if (n < 1 || Integer.bitCount(n) != 1) {
            throw new IllegalArgumentException("sampling is one in a power of two, not one in " + n);
        }
        return new ConnectionSampler(n - 1);
    }

    /** An address as 32 bits: of IPv6 its four words XORed, of IPv4 itself. */
    public static int fold(long high, long low) {
        long both = high ^ low;
        return (int) (both >>> 32) ^ (int) both;
    }

    /**
     * The hash of a client: {@code h = address ^ port * 0x9E3779B1; h ^= h >>> 15; h *= 0x85EBCA6B; h ^= h >>> 13}.
     *
     * @param address see {@link #fold}
     */
    public static int hash(int address, int clientPort) {
        int h = address ^ clientPort * PORT_FACTOR;
        h ^= h >>> 15;
        h *= MIX_FACTOR;
        return h ^ h >>> 13;
    }

    /**
     * True when connections of this client address and port are timed.
     *
     * @param address see {@link #fold}
     */
    public boolean sampled(int address, int clientPort) {
        return (hash(address, clientPort) & mask) == 0;
    }

    /** The bits of the hash that must be zero. */
    public int mask() {
        return mask;
    }

    /** N of "one in N connections". */
    public int oneIn() {
        return mask + 1;
    }
}
