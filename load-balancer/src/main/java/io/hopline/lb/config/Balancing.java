package io.hopline.lb.config;

import io.hopline.lb.http.HttpToken;

/**
 * How a route chooses among its backends.
 *
 * @param method which one
 * @param name of the header or cookie that {@link Method#HASH_HEADER}, {@link Method#HASH_COOKIE} and {@link
 *     Method#STICKY_COOKIE} go by; empty for the others
 */
public record Balancing(Method method, String name) {
    /** In turn, by weight. */
    public static final Balancing ROUND_ROBIN = new Balancing(Method.ROUND_ROBIN, "");

    /** The ways to choose. */
    public enum Method {
        /** In turn; a backend of twice the weight has two turns, spread out. */
        ROUND_ROBIN,
        /** Of two drawn by weight, the one with fewer requests under way. */
        LEAST_REQUEST,
        /** Of two drawn by weight, the one whose answers have lately begun sooner, times its requests under way. */
        EWMA,
        /** The same backend for the same client address, by a Maglev table. */
        HASH_CLIENT,
        /** The same backend for the same value of a header; without it, by the client's address. */
        HASH_HEADER,
        /** The same backend for the same value of a cookie; without it, by the client's address. */
        HASH_COOKIE,
        /** In turn at first, then the backend that a cookie of ours names. */
        STICKY_COOKIE;

        @Override
        public String toString() {
            return Spelling.of(this);
        }
    }

    public Balancing {
        boolean named = method == Method.HASH_HEADER || method == Method.HASH_COOKIE || method == Method.STICKY_COOKIE;
        if (named && !HttpToken.valid(name)) {
            throw new IllegalArgumentException("balancing by header or cookie needs its name, not '" + name + "'");
        }
        if (!named && !name.isEmpty()) {
            throw new IllegalArgumentException("balancing method " + method + " takes no name");
        }
    }

    public boolean hashes() {
        return method == Method.HASH_CLIENT || method == Method.HASH_HEADER || method == Method.HASH_COOKIE;
    }
}
