package io.hopline.lb.proxy;

import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;

/** Told about timed requests that were answered, on the event loop; it must not block. */
@FunctionalInterface
public interface PhaseListener {
    void requestDone(RequestPhases phases);

    /** The proxy answered a timed request itself, whether or not a backend was asked before. */
    default void answeredItself(OwnAnswer answer) {}

    /**
     * Says, whenever asked, whether packets of a connection that was opened from this address are timed: a client's, or one of ours to
     * a backend. A request is timed when both of its connections are, so the proxy sends those of timed clients on over timed
     * connections. It is made once for a connection and asked for each request.
     */
    default BooleanSupplier timing(InetSocketAddress opener) {
        return () -> true;
    }
}
