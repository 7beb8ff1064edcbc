package io.hopline.sla;

import io.hopline.packet.Port;
import org.jspecify.annotations.Nullable;

/** A segment and the host that saw it. */
record Seen(String host, Sighting.Segment segment) {
    Direction direction() {
        return segment.direction();
    }

    /** Its first stamp, CLOCK_REALTIME nanoseconds of that host. */
    long ns() {
        return switch (segment) {
            case Sighting.Transit t -> t.t0Ns() != 0 ? t.t0Ns() : t.t1Ns();
            case Sighting.Edge e -> e.ns();
        };
    }

    Sighting.@Nullable Transit transit() {
        return segment instanceof Sighting.Transit transit ? transit : null;
    }

    /** The edge sighting at a device of this kind in this sense of travel, or null. */
    Sighting.@Nullable Edge edge(Port.Kind kind, boolean leaving) {
        return segment instanceof Sighting.Edge edge && edge.kind() == kind && edge.leaving() == leaving ? edge : null;
    }

    /** At the device of the server's guest: a request on its way in, or a response on its way out. */
    Sighting.@Nullable Edge serverEdge() {
        return edge(Port.Kind.VNIC, direction() == Direction.REQUEST);
    }

    /** True when both stand for the same place, so that a second one means a second passage of the same bytes. */
    boolean samePlace(Seen other) {
        if (!host.equals(other.host) || direction() != other.direction()) {
            return false;
        }
        return switch (segment) {
            case Sighting.Transit t -> other.segment instanceof Sighting.Transit;
            case Sighting.Edge e -> other.edge(e.kind(), e.leaving()) != null;
        };
    }
}
