package io.hopline.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code hopline flow}: a node's flow tables, and what they would do with a packet. */
@Command(
        name = "flow",
        mixinStandardHelpOptions = true,
        description = "A node's flow tables, in ovs-ofctl's notation.",
        footer = {
            "",
            "Examples:",
            "  hopline flow list a",
            "  hopline flow list a --table 20 --match tcp,tp_dst=80",
            "  hopline flow trace a in_port=web1,tcp,nw_src=10.0.1.11,nw_dst=10.0.1.100,tp_dst=80"
        },
        synopsisSubcommandLabel = "(list | trace)")
final class FlowCommand implements Verbs {
    private static final int DEFAULT_LIMIT = 1_000;
    private static final String[] COLUMNS = {"table", "priority", "packets", "bytes", "match", "actions"};

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Command(
            description = "A node's flows with their counters, by table and priority.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline flow list a --match ip,nw_dst=10.0.1.11"})
    int list(
            @Parameters(paramLabel = "NODE") String node,
            @Option(names = "--table", paramLabel = "N", description = "only this table") @Nullable Integer table,
            @Option(names = "--match", paramLabel = "MATCH", description = "only flows at least as specific") @Nullable
                    String match,
            @Option(names = "--text", paramLabel = "TEXT", description = "only flows that say this somewhere") @Nullable
                    String text,
            @Option(names = "--limit", paramLabel = "N", description = "at most so many (default: 1000)") @Nullable
                    Integer limit,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        StringBuilder query = new StringBuilder("?limit=").append(limit == null ? DEFAULT_LIMIT : limit);
        if (table != null) {
            query.append("&table=").append(table);
        }
        append(query, "match", match);
        append(query, "text", text);
        JsonNode page = controller.client().get("/api/v1/nodes/" + RestClient.segment(node) + "/flows" + query);
        if (output.json()) {
            output.print(out(), page);
            return 0;
        }
        output.print(out(), page.path("flows"), COLUMNS);
        long total = page.path("total").asLong();
        if (total > page.path("flows").size()) {
            out().println("and " + (total - page.path("flows").size()) + " more");
        }
        return 0;
    }

    private static void append(StringBuilder query, String name, @Nullable String value) {
        if (value != null) {
            query.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }

    @Command(
            description = {
                "Which flows a packet would meet on a node, and what would become of it. The node's own tables and tracked",
                "connections say so; nothing is sent or counted. A TCP packet is a SYN unless tcp_flags says otherwise."
            },
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Examples:",
                "  hopline flow trace a in_port=eth0,tcp,nw_src=192.0.2.2,nw_dst=10.0.1.100,tp_src=4711,tp_dst=80",
                "  hopline flow trace b in_port=web2,arp,arp_tpa=10.0.1.11"
            })
    int trace(
            @Parameters(paramLabel = "NODE") String node,
            @Parameters(paramLabel = "PACKET", description = "as ovs-ofctl writes a match; in_port by number or name")
                    String packet,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        JsonNode trace = controller
                .client()
                .post("/api/v1/nodes/" + RestClient.segment(node) + "/trace", Map.of("packet", packet));
        if (output.json()) {
            output.print(out(), trace);
            return 0;
        }
        for (JsonNode step : trace.path("steps")) {
            out().println("  ".repeat(step.path("depth").asInt()) + line(step));
        }
        out().flush();
        return 0;
    }

    private static String line(JsonNode step) {
        String text = step.path("text").asString();
        return switch (step.path("kind").asString()) {
            case "flow", "miss" -> "table " + step.path("table").asInt() + ": " + text;
            case "output" -> "=> " + text;
            case "drop" -> "=> dropped: " + text;
            default -> "   " + text;
        };
    }
}
