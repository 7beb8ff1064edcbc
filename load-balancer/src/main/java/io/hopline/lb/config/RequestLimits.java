package io.hopline.lb.config;

/**
 * What one request may be; the length of its header section is among the {@link ProxySettings}.
 *
 * @param maxBodyBytes longest body, then 413; 0 for no limit
 * @param maxTargetBytes longest target, 64 to 65,536, then 414
 * @param totalTimeoutMs until an answer must have begun, all tries together, then 504; 0 for no limit
 * @param tunnelIdleMs how long a WebSocket may be silent, 1 ms to 1 day; then it is cut
 */
public record RequestLimits(long maxBodyBytes, int maxTargetBytes, int totalTimeoutMs, int tunnelIdleMs) {
    /** 8 KiB of target, as servers have; an hour of silence; no other limit. */
    public static final RequestLimits DEFAULT = new RequestLimits(0, 8192, 0);

    /** With a WebSocket's silence of an hour at most. */
    public RequestLimits(long maxBodyBytes, int maxTargetBytes, int totalTimeoutMs) {
        this(maxBodyBytes, maxTargetBytes, totalTimeoutMs, 3_600_000);
    }

    public RequestLimits {
        ProxySettings.within("maxBodyBytes", maxBodyBytes, 0, Long.MAX_VALUE);
        ProxySettings.within("maxTargetBytes", maxTargetBytes, 64, 65_536);
        ProxySettings.within("totalTimeoutMs", totalTimeoutMs, 0, 3_600_000);
        ProxySettings.within("tunnelIdleMs", tunnelIdleMs, 1, 86_400_000);
    }
}
