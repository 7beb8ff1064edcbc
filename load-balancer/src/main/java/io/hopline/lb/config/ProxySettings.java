package io.hopline.lb.config;

/**
 * Limits of a proxy; {@link #defaults()} suits a service with a few backends.
 *
 * @param eventLoops threads, 1 to 64
 * @param maxClients most client connections at once; one more is closed
 * @param maxConnectionsPerBackend most connections to one backend per event loop
 * @param maxWaitingPerBackend most requests per event loop that wait for such a connection; one more is answered 503
 * @param maxHeaderBytes longest header section; a longer one is answered 431
 * @param connectTimeoutMs until a backend that does not accept counts as failed, and the next one is tried
 * @param requestTimeoutMs longest silence of the client within a request, then 408
 * @param responseTimeoutMs longest silence of the backend until its answer begins, then 504; within it, then the client's
 *     connection is cut
 * @param idleTimeoutMs how long a client's connection without a request is kept
 * @param backendIdleTimeoutMs how long a backend's connection without a request is kept; shorter than servers do
 * @param drainTimeoutMs how long requests under way may take when the proxy closes
 */
public record ProxySettings(
        int eventLoops,
        int maxClients,
        int maxConnectionsPerBackend,
        int maxWaitingPerBackend,
        int maxHeaderBytes,
        int connectTimeoutMs,
        int requestTimeoutMs,
        int responseTimeoutMs,
        int idleTimeoutMs,
        int backendIdleTimeoutMs,
        int drainTimeoutMs) {
    public ProxySettings {
        positive("eventLoops", eventLoops, 64);
        positive("maxClients", maxClients, 1_000_000);
        positive("maxConnectionsPerBackend", maxConnectionsPerBackend, 65_536);
        positive("maxWaitingPerBackend", maxWaitingPerBackend, 1_000_000);
        positive("maxHeaderBytes", maxHeaderBytes, 1 << 20);
        positive("connectTimeoutMs", connectTimeoutMs, 3_600_000);
        positive("requestTimeoutMs", requestTimeoutMs, 3_600_000);
        positive("responseTimeoutMs", responseTimeoutMs, 3_600_000);
        positive("idleTimeoutMs", idleTimeoutMs, 3_600_000);
        positive("backendIdleTimeoutMs", backendIdleTimeoutMs, 3_600_000);
        positive("drainTimeoutMs", drainTimeoutMs, 3_600_000);
    }

    /** One event loop, 10,000 clients, 128 connections per backend, 16 KiB of headers, 1 s to connect, 30 s to answer. */
    public static ProxySettings defaults() {
        return new ProxySettings(1, 10_000, 128, 4096, 16_384, 1000, 15_000, 30_000, 60_000, 10_000, 5000);
    }

    private static void positive(String field, int value, int max) {
        within(field, value, 1, max);
    }

    /** @throws IllegalArgumentException naming the field when the value is not in the range */
    static void within(String field, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(field + " must be " + min + " to " + max + ", not " + value);
        }
    }
}
