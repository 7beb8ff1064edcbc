package io.hopline.vswitch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The programs in use, one {@link MaskTable} per mask, tried in order of hits. Worker thread only.
 *
 * <p>Bounded: at most {@value #MAX_MEGAFLOWS} programs; a new one then puts out the one longest unused of
 * {@value #CANDIDATES} that a hand going round points at. At most {@value #MAX_MASKS} masks; a program of yet another is not
 * kept. What was not used for 10 s goes by itself.
 */
final class MegaflowCache {
    static final int MAX_MEGAFLOWS = 1 << 18;
    static final int MAX_MASKS = 128;
    static final long IDLE_NS = 10_000_000_000L;

    private static final int CANDIDATES = 4;
    /** Programs looked at for idleness in one sweep, and the time between sweeps. */
    private static final int SWEEP = 64;

    private static final long SWEEP_PAUSE_NS = 1_000_000;
    /** Hits of a mask at which all masks' hits are halved. */
    private static final int FADE = 1 << 16;

    private final int maxMegaflows;
    private final List<MaskTable> tables = new ArrayList<>();
    private Program[] all = new Program[64];
    private int size;
    private int hand;
    private long sweepNotBeforeNs;

    MegaflowCache(int maxMegaflows) {
        this.maxMegaflows = maxMegaflows;
    }

    int size() {
        return size;
    }

    int masks() {
        return tables.size();
    }

    @Nullable
    Program lookup(long[] key) {
        for (int i = 0; i < tables.size(); i++) {
            MaskTable table = tables.get(i);
            Program program = table.lookup(key);
            if (program != null) {
                hit(table, i);
                return program;
            }
        }
        return null;
    }

    /** A table that is hit more often than the one before it changes places with it. */
    private void hit(MaskTable table, int i) {
        if (++table.hits == FADE) {
            for (MaskTable each : tables) {
                each.hits >>>= 1;
            }
        }
        if (i > 0 && tables.get(i - 1).hits < table.hits) {
            tables.set(i, tables.get(i - 1));
            tables.set(i - 1, table);
        }
    }

    /**
     * Adds a program that no lookup of its key finds.
     *
     * @return false when there are too many masks already
     */
    boolean insert(Program program) {
        MaskTable table = find(program.match.mask);
        if (table == null) {
            if (tables.size() == MAX_MASKS) {
                return false;
            }
            table = new MaskTable(program.match.mask);
            tables.add(table);
        }
        if (size == maxMegaflows) {
            evict(table);
        }
        table.insert(program);
        if (size == all.length) {
            all = java.util.Arrays.copyOf(all, size * 2);
        }
        program.index = size;
        all[size++] = program;
        return true;
    }

    private @Nullable MaskTable find(KeyMask mask) {
        for (MaskTable table : tables) {
            if (table.mask.equals(mask)) {
                return table;
            }
        }
        return null;
    }

    /** Makes room for one more in {@code table}, which stays even if it becomes empty. */
    private void evict(MaskTable table) {
        Program victim = all[hand % size];
        for (int i = 1; i < CANDIDATES; i++) {
            Program other = all[(hand + i) % size];
            if (other.lastUsedNs < victim.lastUsedNs) {
                victim = other;
            }
        }
        hand = (hand + CANDIDATES) % size;
        remove(victim, table);
    }

    /** Makes a program void. */
    void remove(Program program) {
        remove(program, null);
    }

    private void remove(Program program, @Nullable MaskTable kept) {
        MaskTable table = find(program.match.mask);
        if (table == null || all[program.index] != program) {
            throw new IllegalStateException("not in the cache");
        }
        table.remove(program);
        if (table.isEmpty() && table != kept) {
            tables.remove(table);
        }
        Program moved = all[--size];
        all[program.index] = moved;
        moved.index = program.index;
        program.epoch = Program.VOID;
    }

    /** Makes all programs void. */
    void clear() {
        for (int i = 0; i < size; i++) {
            all[i].epoch = Program.VOID;
        }
        size = 0;
        tables.clear();
        all = new Program[64];
    }

    /** To be called often: makes some of the programs void that nobody uses. */
    void sweep(long nowNs) {
        if (nowNs < sweepNotBeforeNs && nowNs > sweepNotBeforeNs - SWEEP_PAUSE_NS) {
            return;
        }
        sweepNotBeforeNs = nowNs + SWEEP_PAUSE_NS;
        for (int i = 0; i < Math.min(SWEEP, size); i++) {
            hand = hand >= size ? 0 : hand;
            Program program = all[hand];
            if (nowNs - program.lastUsedNs > IDLE_NS) {
                remove(program);
            } else {
                hand++;
            }
        }
    }

    /** All bits that any program looks at. */
    KeyMask mask() {
        KeyMask mask = KeyMask.NOTHING;
        for (MaskTable table : tables) {
            mask = mask.or(table.mask);
        }
        return mask;
    }
}
