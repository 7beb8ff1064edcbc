package io.hopline.vswitch;

import org.jspecify.annotations.Nullable;

/** The megaflows of one mask: a hash table with linear probing, at most half full. Worker thread only. */
final class MaskTable {
    private static final int FIRST_SLOTS = 64;

    final KeyMask mask;
    /** Lookups that found something, fading. */
    int hits;

    private final int stride;
    private int size;
    private @Nullable Program[] programs = new Program[FIRST_SLOTS];
    private long[] keys;

    MaskTable(KeyMask mask) {
        this.mask = mask;
        stride = mask.packedWords();
        keys = new long[FIRST_SLOTS * stride];
    }

    boolean isEmpty() {
        return size == 0;
    }

    @Nullable
    Program lookup(long[] key) {
        int last = programs.length - 1;
        for (int slot = (int) mask.hash(key) & last; ; slot = slot + 1 & last) {
            Program program = programs[slot];
            if (program == null || mask.matches(key, keys, slot * stride)) {
                return program;
            }
        }
    }

    /** Adds a program whose match none of the others has. */
    void insert(Program program) {
        if (++size * 2 > programs.length) {
            grow();
        }
        place(program);
    }

    private void grow() {
        @Nullable Program[] old = programs;
        programs = new Program[old.length * 2];
        keys = new long[programs.length * stride];
        for (Program program : old) {
            if (program != null) {
                place(program);
            }
        }
    }

    private void place(Program program) {
        int last = programs.length - 1;
        int slot = (int) program.match.hash & last;
        while (programs[slot] != null) {
            slot = slot + 1 & last;
        }
        programs[slot] = program;
        program.match.copyValue(keys, slot * stride);
    }

    /** Removes a program that is here; those behind it move up, so that no probe ends before them. */
    void remove(Program program) {
        int last = programs.length - 1;
        int hole = (int) program.match.hash & last;
        while (programs[hole] != program) {
            hole = hole + 1 & last;
        }
        size--;
        for (int slot = hole + 1 & last; ; slot = slot + 1 & last) {
            Program next = programs[slot];
            if (next == null) {
                programs[hole] = null;
                return;
            }
            int home = (int) next.match.hash & last;
            if ((slot - home & last) >= (slot - hole & last)) {
                programs[hole] = next;
                System.arraycopy(keys, slot * stride, keys, hole * stride, stride);
                hole = slot;
            }
        }
    }
}
