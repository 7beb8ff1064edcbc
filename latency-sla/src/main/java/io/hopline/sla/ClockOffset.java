package io.hopline.sla;

/**
 * By how much another host's clock is ahead of ours, at one moment, with what that can be wrong by.
 *
 * @param atNs the moment, on our clock, Unix nanoseconds
 * @param offsetNs the other clock less ours, then
 * @param errorNs bound on what {@code offsetNs} is wrong by
 * @param driftPpb by how much the other clock is faster, in parts per billion
 * @param driftErrorPpb bound on what {@code driftPpb} is wrong by
 */
public record ClockOffset(long atNs, long offsetNs, long errorNs, long driftPpb, long driftErrorPpb) {
    private static final double PPB = 1e-9;

    public ClockOffset {
        if (errorNs < 0 || driftErrorPpb < 0) {
            throw new IllegalArgumentException("an error bound of " + errorNs + " ns, " + driftErrorPpb + " ppb");
        }
    }

    /** True when the offset may be this one: it is no further away than the error. */
    public boolean possible(long otherOffsetNs) {
        return Math.abs(otherOffsetNs - offsetNs) <= errorNs;
    }

    /** The offset at another moment, if the clocks go on as they went. */
    public long offsetNs(long otherNs) {
        return offsetNs + Math.round((otherNs - atNs) * PPB * driftPpb);
    }

    /** Bound on what {@link #offsetNs(long)} is wrong by. */
    public long errorNs(long otherNs) {
        return errorNs + (long) Math.ceil(Math.abs(otherNs - atNs) * PPB * driftErrorPpb);
    }

    /**
     * What this and another measurement of the same clocks say together, at the later one's moment: the offsets that neither
     * rules out. When they contradict each other, a clock was set between them, and the later one alone is true.
     */
    public ClockOffset and(ClockOffset other) {
        if (other.atNs < atNs) {
            return other.and(this);
        }
        long at = other.atNs;
        long least = Math.max(offsetNs(at) - errorNs(at), other.offsetNs - other.errorNs);
        long most = Math.min(offsetNs(at) + errorNs(at), other.offsetNs + other.errorNs);
        long slowest = Math.max(driftPpb - driftErrorPpb, other.driftPpb - other.driftErrorPpb);
        long fastest = Math.min(driftPpb + driftErrorPpb, other.driftPpb + other.driftErrorPpb);
        if (least > most || slowest > fastest) {
            return other;
        }
        return new ClockOffset(
                at,
                Math.floorDiv(least + most, 2L),
                Math.ceilDiv(most - least, 2L),
                Math.floorDiv(slowest + fastest, 2L),
                Math.ceilDiv(fastest - slowest, 2L));
    }

    /** The same seen from the other host. */
    public ClockOffset reversed() {
        return new ClockOffset(atNs + offsetNs, -offsetNs, errorNs, -driftPpb, driftErrorPpb);
    }
}
