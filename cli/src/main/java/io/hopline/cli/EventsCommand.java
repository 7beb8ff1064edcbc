package io.hopline.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code hopline events}: what happened since the controller started, and what happens. */
@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        description = "What happened since the controller started: networks, guests, services, backends, hosts.",
        footer = {"", "Examples:", "  hopline events", "  hopline events --follow", "  hopline events --follow -o json"
        })
final class EventsCommand implements Callable<Integer> {
    private static final int WAIT_S = 20;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-f", "--follow"},
            description = "go on with what happens, until Ctrl-C; with -o json an object a line")
    private boolean follow;

    @Option(
            names = "--after",
            paramLabel = "N",
            defaultValue = "0",
            description = "only events behind this number (default: all that are kept)")
    private long after;

    @Mixin
    private ControllerOption controller = new ControllerOption();

    @Mixin
    private OutputOption output = new OutputOption();

    @Override
    public Integer call() {
        RestClient client = controller.client();
        PrintWriter out = spec.commandLine().getOut();
        JsonNode news = client.get("/api/v1/events?after=" + after);
        if (!follow && output.json()) {
            output.print(out, news);
            return 0;
        }
        long last = print(out, news, after);
        while (follow) {
            long startedMs = news.path("startedMs").asLong();
            news = client.get("/api/v1/events?wait=" + WAIT_S + "&after=" + last);
            // The numbers of another controller begin anew.
            last = print(out, news, news.path("startedMs").asLong() == startedMs ? last : 0);
        }
        return 0;
    }

    private long print(PrintWriter out, JsonNode news, long before) {
        long last = before;
        for (JsonNode event : news.path("events")) {
            last = event.path("seq").asLong();
            out.println(output.json() ? event.toString() : line(event));
        }
        out.flush();
        return last;
    }

    private static String line(JsonNode event) {
        String mark = switch (event.path("level").asString()) {
            case "bad" -> "!!";
            case "warn" -> "! ";
            default -> "  ";
        };
        Instant at = Instant.ofEpochMilli(event.path("atMs").asLong());
        return TIME.format(at) + " " + mark + " " + event.path("text").asString();
    }
}
