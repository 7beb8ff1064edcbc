package io.hopline.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** {@code hopline path}: one real request, walked hop by hop. */
@Command(
        name = "path",
        mixinStandardHelpOptions = true,
        customSynopsis = "hopline path [OPTIONS] [CLIENT] VIP|SERVICE",
        description = {
            "Sends one real request to a service and shows each hop it took, with its time: down to the server, up again.",
            "Without CLIENT it comes from outside, where the controller's clients are. CLIENT is a vNIC whose guest is a",
            "network namespace of this machine; the request then comes from inside that guest. It is an HTTP request, to",
            "a UDP service a DNS query, of which any datagram back is the answer."
        },
        footer = {
            "",
            "Examples:",
            "  hopline path web",
            "  hopline path 10.0.1.100:80 --repeat 5",
            "  hopline path web1 10.0.1.100        from the guest of vNIC web1",
            "  hopline path 10.0.1.53:53           of a service with --protocol udp"
        })
final class PathCommand implements Callable<Integer> {
    private static final int MAX_REPEAT = 1_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "1..2",
            paramLabel = "[CLIENT] VIP|SERVICE",
            description = "a service's name, or its address with or without the port; before it, from where")
    private List<String> ends = new ArrayList<>();

    @Option(names = "--repeat", paramLabel = "N", defaultValue = "1", description = "walk so many requests, one by one")
    private int repeat = 1;

    @Mixin
    private ControllerOption controller = new ControllerOption();

    @Mixin
    private OutputOption output = new OutputOption();

    @Override
    public Integer call() throws InterruptedException {
        if (repeat < 1 || repeat > MAX_REPEAT) {
            throw CliException.badInput("--repeat: 1 to " + MAX_REPEAT + " is wanted, not " + repeat);
        }
        RestClient rest = controller.client();
        JsonNode service = service(rest, ends.getLast());
        GuestProbe guest = ends.size() == 2 ? GuestProbe.of(rest, ends.getFirst()) : null;
        PrintWriter out = spec.commandLine().getOut();
        ArrayNode walks = JsonMapper.shared().createArrayNode();
        for (int i = 0; i < repeat; i++) {
            JsonNode walk = guest == null
                    ? rest.post(
                            "/api/v1/path",
                            Map.of("service", service.path("name").asString()))
                    : guest.walk(service);
            walks.add(walk);
            if (!output.json()) {
                out.print((i == 0 ? "" : "\n") + PathDiagram.draw(walk));
                out.flush();
            }
        }
        if (output.json()) {
            output.print(out, repeat == 1 ? walks.get(0) : walks);
        } else if (repeat > 1) {
            summary(out, walks);
        }
        return 0;
    }

    /** The service of this name, or behind this address. */
    private static JsonNode service(RestClient rest, String wanted) {
        for (JsonNode service : rest.get("/api/v1/services")) {
            String vip = service.path("vip").asString();
            if (service.path("name").asString().equals(wanted) || vip.equals(wanted) || vip.startsWith(wanted + ":")) {
                return service;
            }
        }
        throw CliException.failed("there is no service '" + wanted + "', by name or by address");
    }

    private static void summary(PrintWriter out, ArrayNode walks) {
        List<Long> times = new ArrayList<>();
        walks.forEach(walk -> times.add(walk.path("endToEndNs").asLong()));
        times.sort(null);
        out.printf(
                "%n%d requests, end to end: fastest %s, median %s, slowest %s%n",
                times.size(),
                PathDiagram.us(times.getFirst()),
                PathDiagram.us(times.get((times.size() - 1) / 2)),
                PathDiagram.us(times.getLast()));
        out.flush();
    }
}
