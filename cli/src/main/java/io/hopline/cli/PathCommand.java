package io.hopline.cli;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code hopline path}: one real request, walked hop by hop. */
@Command(
        name = "path",
        mixinStandardHelpOptions = true,
        description = "Sends one real request to a service and shows each hop it took, with its time.",
        footer = {"", "Example:", "  hopline path web"})
final class PathCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "SERVICE")
    private String service = "";

    @Mixin
    private ControllerOption controller = new ControllerOption();

    @Mixin
    private OutputOption output = new OutputOption();

    @Override
    public Integer call() {
        JsonNode walk = controller.client().post("/api/v1/path", Map.of("service", service));
        var out = spec.commandLine().getOut();
        if (output.json()) {
            output.print(out, walk);
            return 0;
        }
        var table = new Table("hop", "direction", "host", "us");
        for (JsonNode hop : walk.path("hops")) {
            table.row(
                    hop.path("hop").asString(),
                    hop.path("direction").asString(),
                    hop.path("host").asString(),
                    String.format(Locale.ROOT, "%.1f", hop.path("ns").asLong() / 1e3));
        }
        table.print(out);
        return 0;
    }
}
