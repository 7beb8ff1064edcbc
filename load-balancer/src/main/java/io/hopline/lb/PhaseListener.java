package io.hopline.lb;

import java.net.InetSocketAddress;

/** Told about timed requests that were passed to a backend and answered, on the event loop; it must not block. */
@FunctionalInterface
public interface PhaseListener {
    void requestDone(RequestPhases phases);

    /**
     * Whether packets of a connection that was opened from this address are timed: a client's, or one of ours to a backend. A
     * request is timed when both of its connections are, so the proxy sends those of timed clients on over timed connections.
     * May change at any time.
     */
    default boolean times(InetSocketAddress opener) {
        return true;
    }
}
