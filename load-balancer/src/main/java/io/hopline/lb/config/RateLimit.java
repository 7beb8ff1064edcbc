package io.hopline.lb.config;

/**
 * How many requests pass; what comes too soon is answered 429 with a Retry-After.
 *
 * @param requestsPerSecond 1 to 1,000,000, or 0 for no limit
 * @param burst so many may come at once after a pause, 1 to 1,000,000
 * @param per whose requests are counted together
 */
public record RateLimit(int requestsPerSecond, int burst, Per per) {
    public static final RateLimit NONE = new RateLimit(0, 1, Per.ROUTE);

    /** Whose requests are counted together. */
    public enum Per {
        /** All of the route's. */
        ROUTE,
        /** Those of one client's address; of an IPv6 client, of its /64. */
        CLIENT;

        @Override
        public String toString() {
            return Spelling.of(this);
        }
    }

    public RateLimit {
        ProxySettings.within("requestsPerSecond", requestsPerSecond, 0, 1_000_000);
        ProxySettings.within("burst", burst, 1, 1_000_000);
    }
}
