package io.hopline.lb.proxy;

import java.net.InetSocketAddress;

/**
 * A connection to a backend that a pool keeps between exchanges. One of HTTP/1.1 carries one exchange at a time, one of
 * HTTP/2 as many as backend and configuration allow. Event loop only.
 */
interface PooledConnection {
    /** False when it may carry no other exchange than those it has. */
    boolean isOpen();

    /** Whether it may carry more than one exchange at once, and tells its pool when it knows how many. */
    boolean carriesMany();

    /** Whether it may carry another exchange now. */
    boolean hasRoom();

    /** Carries one exchange more, which begins at once. */
    Upstream upstream();

    /** Our end of it. */
    InetSocketAddress localAddress();

    /** Whether its packets are timed, now. */
    boolean isTimed();

    /** When its last exchange ended, by System.nanoTime(); in the future while there is one. */
    long idleSinceNs();

    /** An exchange is over. */
    void exchangeEnded(long nowNs);

    /** Takes no more exchanges and ends with the last that it has. */
    void retire();
}
