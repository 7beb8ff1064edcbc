package io.hopline.lb.config;

/**
 * What a service does beside routing.
 *
 * @param retries when a request is sent again
 * @param outliers when a backend that answers badly is left out
 * @param maxRequestsPerBackend most requests at one backend per event loop, those that wait for a connection included; one
 *     more goes to another backend, or is answered 503; 0 for what connections and queue allow
 * @param slowStartMs a backend that comes, or comes back, gets its full share only after so long; 0 for at once
 * @param limits what a request may be
 * @param forwarding how backends learn who asks
 * @param accessLog where each request leaves a line
 */
public record ProxyPolicy(
        RetryPolicy retries,
        OutlierPolicy outliers,
        int maxRequestsPerBackend,
        int slowStartMs,
        RequestLimits limits,
        Forwarding forwarding,
        AccessLogPolicy accessLog) {
    /** Three tries, ejection after five failures, no more limits, no slow start, X-Forwarded-For, no access log. */
    public static final ProxyPolicy DEFAULT = new ProxyPolicy(
            RetryPolicy.DEFAULT,
            OutlierPolicy.DEFAULT,
            0,
            0,
            RequestLimits.DEFAULT,
            Forwarding.DEFAULT,
            AccessLogPolicy.NONE);

    public ProxyPolicy {
        ProxySettings.within("maxRequestsPerBackend", maxRequestsPerBackend, 0, 1_000_000);
        ProxySettings.within("slowStartMs", slowStartMs, 0, 3_600_000);
    }

    /** Most requests under way at one backend on one event loop. */
    public int maxRequests(ProxySettings settings) {
        int most = settings.maxConnectionsPerBackend() + settings.maxWaitingPerBackend();
        return maxRequestsPerBackend == 0 ? most : Math.min(most, maxRequestsPerBackend);
    }

    /** The same but for when requests are sent again. */
    public ProxyPolicy with(RetryPolicy other) {
        return new ProxyPolicy(other, outliers, maxRequestsPerBackend, slowStartMs, limits, forwarding, accessLog);
    }

    /** The same but for when backends are left out. */
    public ProxyPolicy with(OutlierPolicy other) {
        return new ProxyPolicy(retries, other, maxRequestsPerBackend, slowStartMs, limits, forwarding, accessLog);
    }

    /** The same but for what a request may be. */
    public ProxyPolicy with(RequestLimits other) {
        return new ProxyPolicy(retries, outliers, maxRequestsPerBackend, slowStartMs, other, forwarding, accessLog);
    }

    /** The same but for how backends learn who asks. */
    public ProxyPolicy with(Forwarding other) {
        return new ProxyPolicy(retries, outliers, maxRequestsPerBackend, slowStartMs, limits, other, accessLog);
    }

    /** The same but for where lines go. */
    public ProxyPolicy with(AccessLogPolicy other) {
        return new ProxyPolicy(retries, outliers, maxRequestsPerBackend, slowStartMs, limits, forwarding, other);
    }

    /** The same but for most requests at one backend per event loop. */
    public ProxyPolicy withMaxRequests(int other) {
        return new ProxyPolicy(retries, outliers, other, slowStartMs, limits, forwarding, accessLog);
    }
}
