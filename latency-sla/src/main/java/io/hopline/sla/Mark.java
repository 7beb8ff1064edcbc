package io.hopline.sla;

import org.jspecify.annotations.Nullable;

/**
 * A boundary between two hops on a request's way.
 *
 * @param hop what the time since the boundary before belongs to; null when it belongs to no hop
 * @param ns when it was crossed, 0 when nobody saw that
 */
record Mark(@Nullable Hop hop, Direction direction, String host, long ns) {
    boolean seen() {
        return ns != 0;
    }

    Mark as(@Nullable Hop other) {
        return new Mark(other, direction, host, ns);
    }

    Mark shifted(long deltaNs) {
        return seen() ? new Mark(hop, direction, host, ns + deltaNs) : this;
    }
}
