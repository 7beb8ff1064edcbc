package io.hopline.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code lb create} and {@code lb update} that only an L7 service has; more is said by {@code apply -f}. */
final class L7Flags {
    @Option(
            names = "--balance",
            paramLabel = "METHOD[:NAME]",
            description = {
                "l7: round-robin, least-request, ewma, hash-client,",
                "hash-header:NAME, hash-cookie:NAME or sticky-cookie:NAME"
            })
    private @Nullable String balance;

    @Option(names = "--tries", paramLabel = "N", description = "l7: backends that one request may be sent to, 1 to 16")
    private @Nullable Integer tries;

    @Option(
            names = "--retry-status",
            paramLabel = "CODE",
            description = "l7: answers 500 to 599 that are tried elsewhere; may be repeated")
    private @Nullable List<Integer> retryStatuses;

    @Option(names = "--try-timeout-ms", paramLabel = "MS", description = "l7: until a try is given up for another")
    private @Nullable Integer tryTimeoutMs;

    @Option(
            names = "--timeout-ms",
            paramLabel = "MS",
            description = "l7: until an answer must begin, all tries together")
    private @Nullable Integer timeoutMs;

    @Option(
            names = "--eject-after",
            paramLabel = "N",
            description = "l7: failures in a row that leave a backend out for a while; 0 for never")
    private @Nullable Integer ejectAfter;

    @Option(
            names = "--slow-start-ms",
            paramLabel = "MS",
            description = "l7: until a backend that comes has its full share")
    private @Nullable Integer slowStartMs;

    @Option(names = "--max-body-bytes", paramLabel = "BYTES", description = "l7: longest body of a request")
    private @Nullable Long maxBodyBytes;

    @Option(
            names = "--trusted-proxy",
            paramLabel = "ADDRESS[/BITS]",
            description = "l7: whose X-Forwarded-For is believed; may be repeated")
    private @Nullable List<String> trusted;

    @Option(
            names = "--access-log",
            paramLabel = "FILE",
            description = "l7: a file in the node's /var/log/hopline, a line of JSON for each request")
    private @Nullable String accessLog;

    @Option(
            names = "--publish",
            paramLabel = "ADDRESS:PORT",
            description = {"l7: have it there on the gateway's host, too, such as 0.0.0.0:8080;", "may be repeated"})
    private @Nullable List<String> publish;

    /** What was named, as the controller's REST has it. */
    Map<String, Object> body() {
        Map<String, Object> policy = new LinkedHashMap<>();
        Map<String, Object> retries = new LinkedHashMap<>();
        put(retries, "maxTries", tries);
        put(retries, "perTryTimeoutMs", tryTimeoutMs);
        put(retries, "statuses", retryStatuses);
        Map<String, Object> limits = new LinkedHashMap<>();
        put(limits, "maxBodyBytes", maxBodyBytes);
        put(limits, "totalTimeoutMs", timeoutMs);
        put(policy, "retries", retries.isEmpty() ? null : retries);
        put(policy, "limits", limits.isEmpty() ? null : limits);
        put(policy, "outliers", ejectAfter == null ? null : Map.of("consecutiveFailures", ejectAfter));
        put(policy, "slowStartMs", slowStartMs);
        put(policy, "forwarding", trusted == null ? null : Map.of("trusted", trusted));
        put(policy, "accessLog", accessLog == null ? null : Map.of("format", "json", "file", accessLog));
        Map<String, Object> body = new LinkedHashMap<>();
        if (balance != null) {
            int colon = balance.indexOf(':');
            body.put(
                    "balancing",
                    Map.of(
                            "method",
                            colon < 0 ? balance : balance.substring(0, colon),
                            "name",
                            colon < 0 ? "" : balance.substring(colon + 1)));
        }
        put(body, "policy", policy.isEmpty() ? null : policy);
        put(body, "publish", publish);
        return body;
    }

    private static void put(Map<String, Object> body, String field, @Nullable Object value) {
        if (value != null) {
            body.put(field, value);
        }
    }
}
