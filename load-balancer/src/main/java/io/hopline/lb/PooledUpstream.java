package io.hopline.lb;

/** An upstream whose connection a pool keeps between exchanges. */
interface PooledUpstream extends Upstream {
    boolean isOpen();

    /** When its last exchange ended, by System.nanoTime(). */
    long idleSinceNs();

    /** Its exchange is over and it waits for another. */
    void becomeIdle(long nowNs);
}
