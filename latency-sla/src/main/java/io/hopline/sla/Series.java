package io.hopline.sla;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a histogram counts, one value per request.
 *
 * @param name one of the names below, or a hop's id
 * @param direction null for both ways together
 * @param host null for all hosts together
 */
public record Series(
        String name,
        @Nullable Direction direction,
        @Nullable String host) {
    /** First stamp to last, nanoseconds. */
    public static final Series END_TO_END = new Series("end_to_end", null, null);
    /** What no hop accounts for, nanoseconds. */
    public static final Series UNATTRIBUTED = new Series("unattributed", null, null);
    /** All hops that exist because the network is virtual, nanoseconds. */
    public static final Series VIRTUAL_NETWORK = new Series("virtual_network", null, null);
    /** The same as a share of end to end, millionths. */
    public static final Series VIRTUAL_NETWORK_SHARE = new Series("virtual_network_share", null, null);
    /** No time: whether requests were answered at all, see {@link Outcome}. */
    public static final Series AVAILABILITY = new Series("availability", null, null);

    /** The series of a hop; null for direction or host sums over them. */
    public static Series of(Hop hop, @Nullable Direction direction, @Nullable String host) {
        return new Series(hop.id(), direction, host);
    }

    /**
     * The series of this name.
     *
     * @throws IllegalArgumentException naming the text when there is no such series or hop
     */
    public static Series of(String name, @Nullable Direction direction, @Nullable String host) {
        for (Series whole : new Series[] {END_TO_END, UNATTRIBUTED, VIRTUAL_NETWORK, VIRTUAL_NETWORK_SHARE}) {
            if (whole.name.equals(name)) {
                if (direction != null || host != null) {
                    throw new IllegalArgumentException(name + " has neither direction nor host");
                }
                return whole;
            }
        }
        return of(Hop.of(name), direction, host);
    }

    /** One request's value; empty when it has none. */
    OptionalLong of(RequestTrace trace) {
        boolean complete = !trace.flags().contains(RequestTrace.Flag.INCOMPLETE);
        if (equals(END_TO_END)) {
            return OptionalLong.of(trace.endToEndNs());
        }
        if (equals(UNATTRIBUTED)) {
            return OptionalLong.of(trace.unattributedNs());
        }
        if (equals(VIRTUAL_NETWORK)) {
            return complete ? OptionalLong.of(trace.virtualNetworkNs()) : OptionalLong.empty();
        }
        if (equals(VIRTUAL_NETWORK_SHARE)) {
            return complete
                    ? OptionalLong.of(
                            trace.virtualNetworkNs() * HopHistograms.SHARE_SCALE / Math.max(1, trace.endToEndNs()))
                    : OptionalLong.empty();
        }
        long sum = 0;
        boolean met = false;
        for (HopTime time : trace.hops()) {
            if (time.hop().id().equals(name)
                    && (direction == null || direction == time.direction())
                    && (host == null || host.equals(time.host()))) {
                sum += time.ns();
                met = true;
            }
        }
        return met ? OptionalLong.of(sum) : OptionalLong.empty();
    }

    @Override
    public String toString() {
        return name + (direction == null ? "" : "," + direction.id()) + (host == null ? "" : "," + host);
    }
}
