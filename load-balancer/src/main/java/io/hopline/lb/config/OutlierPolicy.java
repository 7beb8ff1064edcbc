package io.hopline.lb.config;

/**
 * When a backend that answers badly gets no requests for a while, beside what health checks say.
 *
 * @param consecutiveFailures answers 5xx, resets, timeouts and failed connects in a row that eject it, 1 to 1000; 0 never
 * @param ejectionMs how long the first time, the n-th time n times as long
 * @param maxEjectionMs at most so long; a backend that has been in again for so long begins anew
 * @param maxEjectedPercent at most so many of a service's backends at once, 0 to 100, rounded down; so a service of one
 *     backend never loses it
 */
public record OutlierPolicy(int consecutiveFailures, int ejectionMs, int maxEjectionMs, int maxEjectedPercent) {
    /** Five in a row, 10 s, up to 5 min, at most half. */
    public static final OutlierPolicy DEFAULT = new OutlierPolicy(5, 10_000, 300_000, 50);

    public OutlierPolicy {
        ProxySettings.within("consecutiveFailures", consecutiveFailures, 0, 1000);
        ProxySettings.within("ejectionMs", ejectionMs, 1, 3_600_000);
        ProxySettings.within("maxEjectionMs", maxEjectionMs, ejectionMs, 86_400_000);
        ProxySettings.within("maxEjectedPercent", maxEjectedPercent, 0, 100);
    }
}
