package io.hopline.sla;

import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What a guest's kernel was lately seen to do by itself, by how long the guest had been idle when it was asked: code and
 * data that nobody used for milliseconds are no longer in the processor's caches, and the same work takes five times as long.
 *
 * <p>A guest's state is known from the requests that were timed. Of each state a {@link LatestMedian} is kept, and
 * of requests the last {@value #REQUESTS}.
 */
final class GuestKernel {
    /** Another request was with the guest; the states after it are idle ones, each four times as long as the one before. */
    static final int BUSY = 0;

    static final int STATES = 8;
    /** The shortest idle state ends here. */
    static final long SHORT_IDLE_NS = 25_000;

    private static final int REQUESTS = 32;

    private final long[] arrivedNs = new long[REQUESTS];
    private final long[] departedNs = new long[REQUESTS];
    private int requests;
    private final LatestMedian[] acks =
            Stream.generate(LatestMedian::new).limit(STATES).toArray(LatestMedian[]::new);
    private final LatestMedian handshakes = new LatestMedian();

    /** A request was with the guest from then until then, kernel stamps at its device. */
    void served(long fromNs, long untilNs) {
        arrivedNs[requests % REQUESTS] = fromNs;
        departedNs[requests++ % REQUESTS] = untilNs;
    }

    /** The state in which the guest was when something arrived at it, 0 to {@link #STATES} - 1. */
    int state(long atNs) {
        long idleSinceNs = 0;
        for (int i = 0; i < Math.min(requests, REQUESTS); i++) {
            if (arrivedNs[i] < atNs && departedNs[i] > atNs) {
                return BUSY;
            }
            if (departedNs[i] <= atNs) {
                idleSinceNs = Math.max(idleSinceNs, departedNs[i]);
            }
        }
        int state = BUSY + 1;
        for (long endNs = SHORT_IDLE_NS; state < STATES - 1 && atNs - idleSinceNs >= endNs; endNs *= 4) {
            state++;
        }
        return state;
    }

    /** Data that met the guest in this state at that time was acknowledged at once. */
    void acknowledged(int state, long ns, long atNs) {
        acks[state].record(ns, atNs);
    }

    void shookHands(long ns, long atNs) {
        handshakes.record(ns, atNs);
    }

    /** Median time from data to its ACK in this state, or in the most similar one of which something is known. */
    OptionalLong acknowledgesNs(int state) {
        for (int off = 0; off < STATES; off++) {
            OptionalLong below = state - off < 0 ? OptionalLong.empty() : acks[state - off].ns();
            if (below.isPresent()) {
                return below;
            }
            OptionalLong above = state + off >= STATES ? OptionalLong.empty() : acks[state + off].ns();
            if (above.isPresent()) {
                return above;
            }
        }
        return OptionalLong.empty();
    }

    /** Median time from SYN to SYN/ACK. */
    OptionalLong handshakeNs() {
        return handshakes.ns();
    }
}
