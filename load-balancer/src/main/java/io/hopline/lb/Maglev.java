package io.hopline.lb;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A Maglev lookup table: which backend a flow belongs to, nearly unchanged when a backend comes or goes.
 *
 * <p>Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer", NSDI 2016, section 3.4 and
 * its pseudocode 1. A backend's permutation comes from two hashes of its name alone and the turns are taken in the order
 * of the names, so every machine and every restart fills the same table, in whatever order the backends were listed.
 * Weights: the heaviest backend takes an entry every turn, one of half its weight every other turn.
 *
 * <p>Immutable; {@link #select} allocates nothing and may be called from any thread.
 */
public final class Maglev {
    /** Entries in the table; prime, and at least 100 per backend so that shares differ by less than 1% (the paper, 5.3). */
    public static final int TABLE_SIZE = 65_537;

    /** The paper's large table: ten times the memory and the time to fill, and a tenth of the disruption. */
    public static final int LARGE_TABLE_SIZE = 655_373;

    /** Most backends in one table; beyond a hundredth of its size their shares differ by more than 1%. */
    public static final int MAX_BACKENDS = 4_096;

    private static final long OFFSET_SEED = 0x9E3779B97F4A7C15L;
    private static final long SKIP_SEED = 0xC2B2AE3D27D4EB4FL;
    private static final short FREE = -1;
    private static final int PRIME_CERTAINTY = 30;

    /**
     * A backend as the table sees it.
     *
     * @param name what its place in the table is computed from; unique within a table
     * @param weight its share relative to the others, 0 to 65,535; 0 takes no new flows
     */
    public record Backend(String name, int weight) {
        public Backend {
            if (name.isEmpty()) {
                throw new IllegalArgumentException("a backend needs a name");
            }
            if (weight < 0 || weight > 0xffff) {
                throw new IllegalArgumentException(
                        "weight of backend '" + name + "' must be 0 to 65535, not " + weight);
            }
        }

        /** A backend of weight 1. */
        public Backend(String name) {
            this(name, 1);
        }
    }

    private final List<Backend> backends;
    private final short[] table;

    private Maglev(List<Backend> backends, short[] table) {
        this.backends = backends;
        this.table = table;
    }

    /**
     * Fills a table of {@link #TABLE_SIZE} entries; about 2 ms.
     *
     * @param backends at most {@link #MAX_BACKENDS}, names unique; may be empty
     * @throws IllegalArgumentException for too many backends, or a name given twice
     */
    public static Maglev of(List<Backend> backends) {
        return of(backends, TABLE_SIZE);
    }

    /**
     * Fills a table of another size.
     *
     * @param tableSize prime, at least as many as there are backends
     */
    public static Maglev of(List<Backend> backends, int tableSize) {
        if (tableSize < backends.size() || !BigInteger.valueOf(tableSize).isProbablePrime(PRIME_CERTAINTY)) {
            throw new IllegalArgumentException("a table's size must be prime and hold all backends, not " + tableSize);
        }
        if (backends.size() > MAX_BACKENDS) {
            throw new IllegalArgumentException(
                    backends.size() + " backends are more than the " + MAX_BACKENDS + " of one table");
        }
        Set<String> names = new HashSet<>();
        for (Backend backend : backends) {
            if (!names.add(backend.name())) {
                throw new IllegalArgumentException("backend '" + backend.name() + "' is listed twice");
            }
        }
        List<Backend> kept = List.copyOf(backends);
        return new Maglev(kept, populate(kept, tableSize));
    }

    /** The backends in the order they were given; {@link #select} returns indexes into this list. */
    public List<Backend> backends() {
        return backends;
    }

    /**
     * The backend of a flow.
     *
     * @param flowHash any hash of the flow's addresses; it is mixed here, so low entropy in some bits does no harm
     * @return index into {@link #backends()}, or -1 when no backend takes flows
     */
    public int select(int flowHash) {
        int mixed = mix(flowHash);
        return table[(int) (((mixed & 0xffffffffL) * table.length) >>> 32)];
    }

    /** Entries of the table. */
    public int size() {
        return table.length;
    }

    /** The backend that an entry of the table leads to, as {@link #select} returns it. */
    public int entry(int index) {
        return table[index];
    }

    /** How many of the table's {@link #size} entries a backend holds. */
    public int entries(int backend) {
        int count = 0;
        for (short entry : table) {
            if (entry == backend) {
                count++;
            }
        }
        return count;
    }

    private static short[] populate(List<Backend> backends, int size) {
        short[] table = new short[size];
        Arrays.fill(table, FREE);
        int[] turns = orderOfTurns(backends);
        if (turns.length == 0) {
            return table;
        }
        int[] position = new int[turns.length];
        int[] skip = new int[turns.length];
        int heaviest = 0;
        for (int t = 0; t < turns.length; t++) {
            Backend backend = backends.get(turns[t]);
            position[t] = (int) Long.remainderUnsigned(hash(backend.name(), OFFSET_SEED), size);
            skip[t] = (int) Long.remainderUnsigned(hash(backend.name(), SKIP_SEED), size - 1) + 1;
            heaviest = Math.max(heaviest, backend.weight());
        }
        int[] credit = new int[turns.length];
        for (int filled = 0; ; ) {
            for (int t = 0; t < turns.length; t++) {
                credit[t] += backends.get(turns[t]).weight();
                if (credit[t] < heaviest) {
                    continue;
                }
                credit[t] -= heaviest;
                while (table[position[t]] != FREE) {
                    position[t] = (position[t] + skip[t]) % size;
                }
                table[position[t]] = (short) turns[t];
                if (++filled == size) {
                    return table;
                }
            }
        }
    }

    /** Indexes of the backends that take flows, sorted by name: the list's own order must not change the table. */
    private static int[] orderOfTurns(List<Backend> backends) {
        return IntStream.range(0, backends.size())
                .filter(i -> backends.get(i).weight() > 0)
                .boxed()
                .sorted(Comparator.comparing(i -> backends.get(i).name()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** FNV-1a over the seed and the name's UTF-8, then Murmur3's 64-bit finalizer: the two seeds give independent hashes. */
    private static long hash(String name, long seed) {
        long h = 0xcbf29ce484222325L ^ seed;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            h = (h ^ (b & 0xff)) * 0x100000001b3L;
        }
        h = (h ^ h >>> 33) * 0xff51afd7ed558ccdL;
        h = (h ^ h >>> 33) * 0xc4ceb9fe1a85ec53L;
        return h ^ h >>> 33;
    }

    /** Murmur3's 32-bit finalizer. */
    private static int mix(int hash) {
        int h = (hash ^ hash >>> 16) * 0x85ebca6b;
        h = (h ^ h >>> 13) * 0xc2b2ae35;
        return h ^ h >>> 16;
    }
}
