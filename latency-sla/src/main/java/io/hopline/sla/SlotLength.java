package io.hopline.sla;

/** How long the slots of a time axis are: lengths that people read from a clock. */
final class SlotLength {
    private static final long SECOND_MS = 1_000;
    private static final long MINUTE_MS = 60 * SECOND_MS;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;
    private static final long[] LENGTHS_MS = {
        10 * SECOND_MS,
        20 * SECOND_MS,
        30 * SECOND_MS,
        MINUTE_MS,
        2 * MINUTE_MS,
        5 * MINUTE_MS,
        10 * MINUTE_MS,
        20 * MINUTE_MS,
        30 * MINUTE_MS,
        HOUR_MS,
        2 * HOUR_MS,
        3 * HOUR_MS,
        6 * HOUR_MS,
        12 * HOUR_MS
    };

    private SlotLength() {}

    /**
     * The shortest length, in milliseconds, of which at most {@code maxSlots} slots that begin at its multiples hold the time
     * between. Two days or more are as many days as it takes.
     *
     * @param maxSlots at least 2
     * @param fine whether less than a minute makes sense
     */
    static long ms(long fromMs, long toMs, int maxSlots, boolean fine) {
        for (long length : LENGTHS_MS) {
            if ((fine || length >= MINUTE_MS) && slots(fromMs, toMs, length) <= maxSlots) {
                return length;
            }
        }
        long length = DAY_MS;
        while (slots(fromMs, toMs, length) > maxSlots) {
            length += DAY_MS;
        }
        return length;
    }

    private static long slots(long fromMs, long toMs, long lengthMs) {
        return Math.ceilDiv(toMs, lengthMs) - Math.floorDiv(fromMs, lengthMs);
    }
}
