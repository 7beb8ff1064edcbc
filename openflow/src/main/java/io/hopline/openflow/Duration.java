package io.hopline.openflow;

/** Ages on the wire: 32 bits of seconds, 32 bits of nanoseconds beyond them. */
final class Duration {
    private static final long NS_PER_S = 1_000_000_000L;

    private Duration() {}

    static long read(WireReader in) {
        long seconds = in.u32() & 0xffff_ffffL;
        return seconds * NS_PER_S + (in.u32() & 0xffff_ffffL);
    }

    static void write(WireWriter out, long ns) {
        out.u32((int) (ns / NS_PER_S)).u32((int) (ns % NS_PER_S));
    }
}
