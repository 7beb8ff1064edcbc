package io.hopline.vswitch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How the worker found its programs. Counted plainly by the worker, read by any thread, at most one batch late.
 */
public final class CacheCounters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int LOOKUPS = 0;
    private static final int MEGAFLOW_HITS = 1;
    private static final int REVALIDATIONS = 2;
    private static final int TRANSLATIONS = 3;
    private static final int MEGAFLOWS = 4;
    private static final int MASKS = 5;

    long lookups;
    /** Misses of the exact-match cache that a megaflow answered as it was. */
    long megaflowHits;
    /** Megaflows found that were older than the tables. */
    long revalidations;

    long translations;
    private final long[] published = new long[6];

    CacheCounters() {}

    void publish(int megaflows, int masks) {
        CELL.setOpaque(published, LOOKUPS, lookups);
        CELL.setOpaque(published, MEGAFLOW_HITS, megaflowHits);
        CELL.setOpaque(published, REVALIDATIONS, revalidations);
        CELL.setOpaque(published, TRANSLATIONS, translations);
        CELL.setOpaque(published, MEGAFLOWS, megaflows);
        CELL.setOpaque(published, MASKS, masks);
    }

    private long read(int cell) {
        return (long) CELL.getOpaque(published, cell);
    }

    /** Packets looked up; one that is looked up again after connection tracking counts again. */
    public long lookups() {
        return read(LOOKUPS);
    }

    /** Lookups that a current megaflow answered after the exact-match cache had not. */
    public long megaflowHits() {
        return read(MEGAFLOW_HITS);
    }

    /** Lookups that met a megaflow older than the tables; those it had to be translated again for count there too. */
    public long revalidations() {
        return read(REVALIDATIONS);
    }

    /** Walks through the tables. */
    public long translations() {
        return read(TRANSLATIONS);
    }

    /** Megaflows there are. */
    public long megaflows() {
        return read(MEGAFLOWS);
    }

    /** Different masks they have. */
    public long masks() {
        return read(MASKS);
    }
}
