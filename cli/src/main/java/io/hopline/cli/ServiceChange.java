package io.hopline.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options of {@code lb update}, and the body of the request that they make. */
final class ServiceChange {
    @Option(names = "--vip", paramLabel = "IP:PORT", description = "another address; connections to the old one end")
    private @Nullable String vip;

    @Option(names = "--add-backend", paramLabel = "VNIC:PORT", description = "may be repeated")
    private @Nullable List<String> added;

    @Option(
            names = "--remove-backend",
            paramLabel = "VNIC",
            description = {
                "may be repeated; of an l4 service it stays, without new connections, until it has none",
                "or the service's --drain-timeout is over"
            })
    private @Nullable List<String> removed;

    @Option(names = "--now", description = "--remove-backend cuts the connections that are left")
    private boolean now;

    @Option(
            names = "--weight",
            paramLabel = "VNIC=N",
            description = "share of new connections, 1 to 256; may be repeated")
    private @Nullable Map<String, Integer> weights;

    @Option(
            names = "--backend-label",
            paramLabel = "KEY=VALUE:PORT",
            description = "vNICs with this label join by themselves; \"\" keeps those that joined and lets no more")
    private @Nullable String label;

    @Option(names = "--check", paramLabel = "CHECK", description = "http:/PATH, tcp or none, with a port or without")
    private @Nullable String check;

    @Option(names = "--check-interval-ms", paramLabel = "MS")
    private @Nullable Integer checkIntervalMs;

    @Option(names = "--check-timeout-ms", paramLabel = "MS")
    private @Nullable Integer checkTimeoutMs;

    @ArgGroup(exclusive = false)
    private @Nullable L4Flags l4;

    @ArgGroup(exclusive = false)
    private @Nullable L7Flags l7;

    /** Backends that are taken away. */
    List<String> removed() {
        return removed == null ? List.of() : removed;
    }

    /** What the options named, as the controller's REST has it. */
    Map<String, @Nullable Object> body() {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        put(body, "vip", vip);
        put(body, "addBackends", added);
        put(body, "removeBackends", removed);
        if (now && removed == null) {
            throw CliException.badInput("--now: says how --remove-backend removes");
        }
        put(body, "now", now ? true : null);
        put(body, "weights", weights);
        if (label != null) {
            body.put("backendLabel", label.isEmpty() ? null : label);
        }
        if (check != null && (checkIntervalMs != null || checkTimeoutMs != null)) {
            throw CliException.badInput("--check: change what is asked first, then how often");
        }
        put(body, "check", check);
        if (checkIntervalMs != null || checkTimeoutMs != null) {
            Map<String, @Nullable Object> times = new LinkedHashMap<>();
            put(times, "intervalMs", checkIntervalMs);
            put(times, "timeoutMs", checkTimeoutMs);
            body.put("check", times);
        }
        put(body, "l4", l4 == null ? null : l4.body());
        put(body, "l7", l7 == null ? null : l7.body());
        return body;
    }

    private static void put(Map<String, @Nullable Object> body, String field, @Nullable Object value) {
        if (value != null) {
            body.put(field, value);
        }
    }
}
