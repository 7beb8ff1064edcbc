package io.hopline.cli;

import io.hopline.sla.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Draws a walked request as text: down from the client to the server, and up again. */
final class PathDiagram {
    private static final int BAR = 24;
    private static final Map<String, String> NAMES = Map.of(
            "host-nic", "NIC",
            "vswitch", "vSwitch",
            "vnic", "vNIC",
            "guest-tcpip", "guest TCP/IP",
            "proxy-tcpip", "proxy TCP/IP",
            "proxy-route", "proxy, routing",
            "proxy-queue", "proxy, waiting",
            "proxy-connect", "proxy, connecting",
            "proxy-write", "proxy, writing");

    private PathDiagram() {}

    /** One hop there and back; -1 where the request did not meet it in that direction. */
    private record Row(String hop, String host, long thereNs, long backNs) {
        boolean is(String otherHop, String otherHost) {
            return hop.equals(otherHop) && (hop.equals("overlay") || host.equals(otherHost));
        }

        Row back(long ns) {
            return new Row(hop, host, thereNs, Math.max(0, backNs) + ns);
        }

        long ns() {
            return Math.max(0, thereNs) + Math.max(0, backNs);
        }
    }

    /** Several lines, each with a line break; {@code walk} as the controller answers it. */
    static String draw(JsonNode walk) {
        StringBuilder text = new StringBuilder();
        String backend = walk.path("backend").asString("");
        line(
                text,
                "%s -> %s%s: %s%s end to end",
                walk.path("client").asString(),
                walk.path("service").asString(),
                backend.isEmpty() ? "" : ", answered by " + backend,
                answered(walk),
                us(walk.path("endToEndNs").asLong()));
        line(text, "");
        List<Row> rows = rows(walk);
        long mostNs = rows.stream().mapToLong(Row::ns).max().orElse(1);
        String host = "";
        for (Row row : rows) {
            boolean between = row.hop.equals("overlay");
            String where = between ? "~ ~ ~ ~" : row.host.equals(host) ? "" : "host " + row.host;
            host = between ? "" : row.host;
            line(
                    text,
                    "  %-14s | %-17s %12s %s  %s %-12s %s",
                    where,
                    NAMES.getOrDefault(row.hop, row.hop),
                    row.thereNs < 0 ? "" : us(row.thereNs),
                    row.thereNs < 0 ? " " : row.backNs < 0 ? "|" : "v",
                    row.backNs < 0 ? " " : "^",
                    row.backNs < 0 ? "" : us(row.backNs),
                    "#".repeat((int) Math.round((double) row.ns() / Math.max(1, mostNs) * BAR)));
        }
        line(
                text,
                "  %-14s | %-17s %12s",
                "",
                "unattributed",
                us(walk.path("unattributedNs").asLong()));
        List<String> flags = new ArrayList<>();
        walk.path("flags").forEach(flag -> flags.add(flag.asString()));
        if (!flags.isEmpty()) {
            line(text, "  remarks: %s", String.join(", ", flags));
        }
        return text.toString();
    }

    /** What the answer said, if it is known, with a comma behind. */
    private static String answered(JsonNode walk) {
        if (walk.has("status")) {
            return "HTTP " + walk.path("status").asInt() + ", ";
        }
        return walk.has("dnsCode") ? "DNS response code " + walk.path("dnsCode").asInt() + ", " : "";
    }

    /** The hops of the way there in their order, each with its time on the way back; what is only met on the way back between. */
    private static List<Row> rows(JsonNode walk) {
        List<Row> rows = new ArrayList<>();
        List<JsonNode> back = new ArrayList<>();
        for (JsonNode hop : walk.path("hops")) {
            if (hop.path("direction").asString().equals(Direction.REQUEST.id())) {
                rows.add(new Row(
                        hop.path("hop").asString(),
                        hop.path("host").asString(),
                        hop.path("ns").asLong(),
                        -1));
            } else {
                back.addFirst(hop);
            }
        }
        int after = -1;
        for (JsonNode hop : back) {
            String name = hop.path("hop").asString();
            String host = hop.path("host").asString();
            Integer at = find(rows, name, host);
            if (at == null) {
                after++;
                rows.add(after, new Row(name, host, -1, hop.path("ns").asLong()));
            } else {
                after = at;
                rows.set(at, rows.get(at).back(hop.path("ns").asLong()));
            }
        }
        return rows;
    }

    private static @Nullable Integer find(List<Row> rows, String hop, String host) {
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).is(hop, host)) {
                return i;
            }
        }
        return null;
    }

    /** Microseconds with one decimal. */
    static String us(long ns) {
        return String.format(Locale.ROOT, "%,.1f us", ns / 1e3);
    }

    private static void line(StringBuilder text, String format, Object... args) {
        text.append(String.format(Locale.ROOT, format, args).stripTrailing()).append('\n');
    }
}
