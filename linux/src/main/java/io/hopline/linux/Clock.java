package io.hopline.linux;

/** The clocks the kernel stamps packets with, read to the nanosecond (clock_gettime(2)). Any thread. */
public final class Clock {
    private static final int CLOCK_REALTIME = 0;
    private static final int CLOCK_MONOTONIC = 1;

    private Clock() {}

    /** Nanoseconds since 1970: the clock of the kernel's software stamps. */
    public static long realtimeNs() {
        return Libc.clockGettime(CLOCK_REALTIME);
    }

    /** Nanoseconds since some moment before the machine's start; never steps. */
    public static long monotonicNs() {
        return Libc.clockGettime(CLOCK_MONOTONIC);
    }
}
