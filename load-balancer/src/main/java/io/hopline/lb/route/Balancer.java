package io.hopline.lb.route;

import org.jspecify.annotations.Nullable;

/** Chooses a backend for a try of a request; one per route and event loop, so it locks nothing. Allocates nothing. */
public interface Balancer {
    /** Which backends the caller would take; asked several times in one choice. */
    @FunctionalInterface
    interface Candidates {
        boolean admit(BackendLoad load);
    }

    /**
     * The backend to try.
     *
     * @param hash of what the client is known by; only hashing balancers look at it
     * @param nowNs System.nanoTime()
     * @return null when none is admitted
     */
    @Nullable
    Target choose(Target[] targets, Candidates candidates, int hash, long nowNs);
}
