package io.hopline.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A service as it is now, for {@code lb show}, and what is left of a backend's connections, for {@code lb drain --wait}. */
final class ServiceView {
    private static final int POLL_MS = 500;
    private static final double NS_PER_MS = 1e6;

    private final RestClient rest;
    private final String path;

    ServiceView(RestClient rest, String name) {
        this.rest = rest;
        this.path = "/api/v1/services/" + RestClient.segment(name) + "/live";
    }

    JsonNode now() {
        return rest.get(path);
    }

    static List<String> lines(JsonNode service) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        String[] headings = {
            "backend", "state", "weight", "connections", "new/s", "requests/s", "p50 ms", "p99 ms", "detail"
        };
        long affinityS = service.path("l4").path("clientAffinityS").asLong(0);
        out.printf(
                "%s: %s %s of network %s, %s, check %s%s: %s%n",
                service.path("name").asString(),
                service.path("vip").asString(),
                service.path("protocol").asString(),
                service.path("network").asString(),
                service.path("mode").asString(),
                service.path("check").path("kind").asString(),
                affinityS == 0 ? "" : ", a client stays until silent for " + affinityS + " s",
                service.path("status").asString());
        String unpublished = service.path("unpublished").asString("");
        if (!unpublished.isEmpty()) {
            out.println("not published on " + unpublished + "; tried again every 2 s");
        }
        var table = new Table(headings);
        for (JsonNode backend : service.path("backends")) {
            row(
                    table,
                    backend.path("endpoint").asString() + " "
                            + backend.path("name").asString(),
                    backend);
        }
        row(table, "all", service);
        table.print(out);
        return text.toString().lines().toList();
    }

    private static void row(Table table, String name, JsonNode of) {
        boolean counted = of.has("connections");
        boolean timed = of.path("requestsPerS").asDouble(0) > 0;
        table.row(
                name,
                of.path("state").asString("-"),
                of.path("weight").asString("-"),
                counted ? of.path("connections").asLong() : "-",
                counted ? decimal(of.path("connectionsPerS").asDouble()) : "-",
                timed ? decimal(of.path("requestsPerS").asDouble()) : "-",
                timed ? decimal(of.path("p50Ns").asDouble() / NS_PER_MS) : "-",
                timed ? decimal(of.path("p99Ns").asDouble() / NS_PER_MS) : "-",
                of.path("detail").asString("").isEmpty()
                        ? "-"
                        : of.path("detail").asString());
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
    }

    /** What holds those of the named backends that are leaving. */
    List<String> leaving(List<String> names) {
        JsonNode service = now();
        String atMost = " for " + service.path("l4").path("drainTimeoutS").asLong() + " s at most; --now cuts them";
        return service.path("backends")
                .valueStream()
                .filter(b -> names.contains(b.path("name").asString())
                        && b.path("state").asString().equals("leaving"))
                .map(b -> b.path("name").asString() + " leaves: "
                        + (b.has("connections") ? left(b.path("connections").asLong()) : "connections may be left")
                        + "," + atMost)
                .toList();
    }

    private static String left(long connections) {
        return connections + (connections == 1 ? " connection left" : " connections left");
    }

    /**
     * Waits until a backend has no connection any more, and says whenever it has fewer.
     *
     * @return false when the time was over first
     */
    boolean awaitDrained(String backend, int timeoutS, PrintWriter out) throws InterruptedException {
        long sinceMs = System.currentTimeMillis();
        long left = -1;
        while (true) {
            JsonNode service = now();
            long reportedMs = service.path("reportedMs").asLong();
            Optional<JsonNode> one = service.path("backends")
                    .valueStream()
                    .filter(b -> b.path("name").asString().equals(backend))
                    .findFirst();
            if (one.isEmpty()) {
                return true;
            }
            if (!one.get().has("connections")) {
                throw CliException.failed(
                        "--wait: connections are counted for l4 services with forwarding nat only; the backend drains all the same");
            }
            // What a node said before it knew of the draining may lack a connection that began just then.
            if (reportedMs > sinceMs + POLL_MS) {
                long now = one.get().path("connections").asLong();
                if (now != left) {
                    out.println(backend + ": " + left(now));
                    out.flush();
                }
                left = now;
            }
            if (left == 0) {
                return true;
            }
            if (System.currentTimeMillis() - sinceMs > timeoutS * 1_000L) {
                return false;
            }
            Thread.sleep(POLL_MS);
        }
    }
}
