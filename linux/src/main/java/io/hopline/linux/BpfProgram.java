package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A classic BPF program that a socket runs on every frame (kernel Documentation/networking/filter.rst). It sees the
 * frame from its Ethernet header on, without an outer VLAN tag that the kernel has taken out, and returns how many bytes
 * to keep; 0 drops the frame.
 */
public final class BpfProgram {
    /** The kernel's limit (BPF_MAXINSNS). */
    public static final int MAX_INSTRUCTIONS = 4096;

    private final long[] instructions;

    private BpfProgram(long[] instructions) {
        this.instructions = instructions;
    }

    /** Keeps the first {@code bytes} of every frame. */
    public static BpfProgram keep(int bytes) {
        return assembler().returns(bytes).assemble();
    }

    /** Drops everything. */
    public static BpfProgram drop() {
        return keep(0);
    }

    public static Assembler assembler() {
        return new Assembler();
    }

    public int length() {
        return instructions.length;
    }

    /** Instruction as {@code struct sock_filter}: code in the low 16 bits, then jt, jf, and k in the high 32. */
    long instruction(int index) {
        return instructions[index];
    }

    MemorySegment write(Arena arena) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, instructions);
    }

    /**
     * Writes a program line by line. A is the accumulator, X the index register, M 16 words of scratch. Jumps name labels
     * further down, at most 255 instructions away; a conditional jump names two targets, of which one may be
     * {@link #NEXT}.
     */
    public static final class Assembler {
        /** The instruction after the jump. */
        public static final String NEXT = "";

        private record Line(int code, int k, String ifTrue, String ifFalse) {}

        private final List<Line> lines = new ArrayList<>();
        private final Map<String, Integer> labels = new HashMap<>();

        private Assembler() {}

        private Assembler line(int code, int k) {
            lines.add(new Line(code, k, NEXT, NEXT));
            return this;
        }

        /** Names the next instruction. */
        public Assembler label(String name) {
            if (name.isEmpty() || labels.put(name, lines.size()) != null) {
                throw new IllegalArgumentException("label '" + name + "' is empty or there already");
            }
            return this;
        }

        /** A = 32 bits of the frame at an offset, big-endian. */
        public Assembler loadWord(int offset) {
            return line(0x20, offset);
        }

        /** A = 16 bits at an offset. */
        public Assembler loadHalf(int offset) {
            return line(0x28, offset);
        }

        /** A = 8 bits at an offset. */
        public Assembler loadByte(int offset) {
            return line(0x30, offset);
        }

        /** A = 32 bits at X + offset. */
        public Assembler loadWordAtX(int offset) {
            return line(0x40, offset);
        }

        /** A = 16 bits at X + offset. */
        public Assembler loadHalfAtX(int offset) {
            return line(0x48, offset);
        }

        /** A = 8 bits at X + offset. */
        public Assembler loadByteAtX(int offset) {
            return line(0x50, offset);
        }

        /** A = the frame's length in bytes. */
        public Assembler loadLength() {
            return line(0x80, 0);
        }

        /** A = constant. */
        public Assembler load(int value) {
            return line(0x00, value);
        }

        /** X = constant. */
        public Assembler loadX(int value) {
            return line(0x01, value);
        }

        /** X = 4 * (byte at offset & 0xf): the length of the IPv4 header that starts there. */
        public Assembler loadXIpHeaderLength(int offset) {
            return line(0xb1, offset);
        }

        /** A = M[index]. */
        public Assembler loadScratch(int index) {
            return line(0x60, index);
        }

        /** X = M[index]. */
        public Assembler loadXScratch(int index) {
            return line(0x61, index);
        }

        /** M[index] = A. */
        public Assembler store(int index) {
            return line(0x02, index);
        }

        /** M[index] = X. */
        public Assembler storeX(int index) {
            return line(0x03, index);
        }

        /** X = A. */
        public Assembler toX() {
            return line(0x07, 0);
        }

        /** A = X. */
        public Assembler fromX() {
            return line(0x87, 0);
        }

        public Assembler add(int value) {
            return line(0x04, value);
        }

        public Assembler addX() {
            return line(0x0c, 0);
        }

        public Assembler subtract(int value) {
            return line(0x14, value);
        }

        public Assembler multiply(int value) {
            return line(0x24, value);
        }

        public Assembler and(int value) {
            return line(0x54, value);
        }

        public Assembler or(int value) {
            return line(0x44, value);
        }

        public Assembler xor(int value) {
            return line(0xa4, value);
        }

        public Assembler xorX() {
            return line(0xac, 0);
        }

        public Assembler shiftLeft(int bits) {
            return line(0x64, bits);
        }

        /** Unsigned. */
        public Assembler shiftRight(int bits) {
            return line(0x74, bits);
        }

        private Assembler jump(int code, int k, String ifTrue, String ifFalse) {
            lines.add(new Line(code, k, ifTrue, ifFalse));
            return this;
        }

        public Assembler jump(String label) {
            return jump(0x05, 0, label, NEXT);
        }

        public Assembler ifEqual(int value, String then, String otherwise) {
            return jump(0x15, value, then, otherwise);
        }

        /** A == X. */
        public Assembler ifEqualX(String then, String otherwise) {
            return jump(0x1d, 0, then, otherwise);
        }

        /** A > value, unsigned. */
        public Assembler ifGreater(int value, String then, String otherwise) {
            return jump(0x25, value, then, otherwise);
        }

        /** A >= value, unsigned. */
        public Assembler ifAtLeast(int value, String then, String otherwise) {
            return jump(0x35, value, then, otherwise);
        }

        /** (A & mask) != 0. */
        public Assembler ifAnyBit(int mask, String then, String otherwise) {
            return jump(0x45, mask, then, otherwise);
        }

        /** Ends: keep this many bytes of the frame, 0 to drop it. */
        public Assembler returns(int bytes) {
            return line(0x06, bytes);
        }

        private int distance(int from, String label, int limit) {
            if (label.equals(NEXT)) {
                return 0;
            }
            Integer to = labels.get(label);
            if (to == null) {
                throw new IllegalArgumentException("no label '" + label + "'");
            }
            int distance = to - from - 1;
            if (distance < 0 || distance > limit) {
                throw new IllegalArgumentException("label '" + label + "' is " + distance + " instructions away");
            }
            return distance;
        }

        /** @throws IllegalArgumentException for a label that is missing, behind or too far, or an empty program */
        public BpfProgram assemble() {
            if (lines.isEmpty() || lines.size() > MAX_INSTRUCTIONS) {
                throw new IllegalArgumentException("a program has 1 to " + MAX_INSTRUCTIONS + " instructions");
            }
            long[] out = new long[lines.size()];
            for (int i = 0; i < out.length; i++) {
                Line line = lines.get(i);
                boolean always = line.code == 0x05;
                long k = always ? distance(i, line.ifTrue, MAX_INSTRUCTIONS) : line.k & 0xffff_ffffL;
                long jt = always ? 0 : distance(i, line.ifTrue, 255);
                long jf = always ? 0 : distance(i, line.ifFalse, 255);
                out[i] = line.code | jt << 16 | jf << 24 | k << 32;
            }
            return new BpfProgram(out);
        }
    }
}
