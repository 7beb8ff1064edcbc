package io.hopline.sla;

/**
 * Numbers times on a logarithmic scale: {@value #PER_OCTAVE} steps from each power of two to the next, so that a step's end
 * is at most a sixteenth above its start. Times below {@value #PER_OCTAVE} ns have a step each.
 */
final class LatencyStep {
    static final int PER_OCTAVE = 16;

    private static final int BITS = 4;

    private LatencyStep() {}

    /** The step that holds this time; negative times count as zero. */
    static int of(long ns) {
        if (ns < PER_OCTAVE) {
            return (int) Math.max(0, ns);
        }
        int shift = 63 - Long.numberOfLeadingZeros(ns) - BITS;
        return (shift << BITS) + (int) (ns >>> shift);
    }

    /** The shortest time in the step, nanoseconds. */
    static long startNs(int step) {
        if (step < PER_OCTAVE) {
            return step;
        }
        int shift = (step >>> BITS) - 1;
        return (long) (PER_OCTAVE + (step & PER_OCTAVE - 1)) << shift;
    }

    /** The longest time in the step, nanoseconds. */
    static long endNs(int step) {
        long next = startNs(step + 1);
        return next <= 0 ? Long.MAX_VALUE : next - 1;
    }
}
