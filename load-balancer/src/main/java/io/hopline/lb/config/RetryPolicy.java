package io.hopline.lb.config;

import java.util.List;

/**
 * When a request that failed is sent again, to another backend if there is one. Never once an answer has begun to leave for
 * the client. A backend that did not accept the connection got nothing, so any request may go on, whatever the budget
 * says; else only a request whose method is idempotent and that has no body (RFC 9110, section 9.2.2) is sent twice.
 *
 * @param maxTries backends tried at most, 1 to 16; 1 never retries
 * @param perTryTimeoutMs until a try that has brought no answer is given up for another, 1 to 3,600,000; 0 for never
 * @param budgetPercent retries may be so many of the last ten seconds' requests, 0 to 100
 * @param budgetMinPerSecond and so many in each second whatever the share, 0 to 1,000,000
 * @param statuses answers that are thrown away for another try, 500 to 599
 */
public record RetryPolicy(
        int maxTries, int perTryTimeoutMs, int budgetPercent, int budgetMinPerSecond, List<Integer> statuses) {
    /** Three tries, no limit for each, 20 % and 10 a second, no status. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(3, 0, 20, 10, List.of());

    public RetryPolicy {
        statuses = List.copyOf(statuses);
        ProxySettings.within("maxTries", maxTries, 1, 16);
        ProxySettings.within("perTryTimeoutMs", perTryTimeoutMs, 0, 3_600_000);
        ProxySettings.within("budgetPercent", budgetPercent, 0, 100);
        ProxySettings.within("budgetMinPerSecond", budgetMinPerSecond, 0, 1_000_000);
        statuses.forEach(status -> ProxySettings.within("statuses", status, 500, 599));
    }
}
