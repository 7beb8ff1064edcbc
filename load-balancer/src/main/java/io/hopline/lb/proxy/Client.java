package io.hopline.lb.proxy;

/** A client's connection, as its event loop sees it. */
interface Client {
    /** Ends what has lasted too long; {@code nowNs} by System.nanoTime(). */
    void tick(long nowNs);

    /** Takes no more requests, ends when none is under way. */
    void drain();

    /** Ends now. */
    void abort();
}
