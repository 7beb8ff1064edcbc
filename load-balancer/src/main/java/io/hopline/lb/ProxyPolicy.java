package io.hopline.lb;

/**
 * What a service does beside routing.
 *
 * @param retries when a request is sent again
 * @param outliers when a backend that answers badly is left out
 * @param maxRequestsPerBackend most requests at one backend per event loop, those that wait for a connection included; one
 *     more goes to another backend, or is answered 503; 0 for what connections and queue allow
 * @param slowStartMs a backend that comes, or comes back, gets its full share only after so long; 0 for at once
 */
public record ProxyPolicy(RetryPolicy retries, OutlierPolicy outliers, int maxRequestsPerBackend, int slowStartMs) {
    /** Three tries, ejection after five failures, no more limits, no slow start. */
    public static final ProxyPolicy DEFAULT = new ProxyPolicy(RetryPolicy.DEFAULT, OutlierPolicy.DEFAULT, 0, 0);

    public ProxyPolicy {
        ProxySettings.within("breaker.maxRequests", maxRequestsPerBackend, 0, 1_000_000);
        ProxySettings.within("slowStartMs", slowStartMs, 0, 3_600_000);
    }

    /** Most requests under way at one backend on one event loop. */
    int maxRequests(ProxySettings settings) {
        int most = settings.maxConnectionsPerBackend() + settings.maxWaitingPerBackend();
        return maxRequestsPerBackend == 0 ? most : Math.min(most, maxRequestsPerBackend);
    }
}
