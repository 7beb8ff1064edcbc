package io.hopline.lb.health;

import java.net.InetSocketAddress;

/**
 * One backend to be asked again and again whether it is alive.
 *
 * @param service the service it belongs to; with {@code backend} the identity of the check
 * @param network the virtual network to ask in
 * @param backend the backend's name within the service
 * @param endpoint where it listens, resolved
 * @param kind what to ask
 * @param path origin-form target of an HTTP check, {@code /} and more; ignored by a TCP check
 * @param intervalMs from the start of one probe to the start of the next, 10 to 3,600,000
 * @param timeoutMs until a probe that has no answer has failed; at most the interval, so that probes never overlap
 * @param rise successes in a row that make an unhealthy backend healthy, 1 to 100
 * @param fall failures in a row that make a healthy backend unhealthy, 1 to 100
 */
public record HealthCheck(
        String service,
        String network,
        String backend,
        InetSocketAddress endpoint,
        Kind kind,
        String path,
        int intervalMs,
        int timeoutMs,
        int rise,
        int fall) {
    /** What is asked. */
    public enum Kind {
        /** Healthy when the connection is accepted. */
        TCP,
        /** Healthy when {@code GET path} is answered with a status of 200 to 399. */
        HTTP
    }

    public HealthCheck {
        require(!service.isEmpty() && !backend.isEmpty(), "a check needs a service and a backend");
        require(!endpoint.isUnresolved(), "endpoint " + endpoint + " is not an address");
        require(intervalMs >= 10 && intervalMs <= 3_600_000, "intervalMs must be 10 to 3600000, not " + intervalMs);
        require(timeoutMs >= 1 && timeoutMs <= intervalMs, "timeoutMs must be 1 to intervalMs, not " + timeoutMs);
        require(rise >= 1 && rise <= 100, "rise must be 1 to 100, not " + rise);
        require(fall >= 1 && fall <= 100, "fall must be 1 to 100, not " + fall);
        require(
                kind == Kind.TCP || (path.startsWith("/") && path.chars().allMatch(c -> c > ' ' && c < 0x7f)),
                "path of an HTTP check must begin with / and have no spaces, not '" + path + "'");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
