package io.hopline.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code hopline slo}: objectives that the controller keeps, their error budgets and alerts. */
@Command(
        name = "slo",
        mixinStandardHelpOptions = true,
        description = "Objectives: what was promised, how much of the error budget is left, and what burns it.",
        footer = {
            "",
            "Examples:",
            "  hopline slo apply -f slo.yaml",
            "  hopline slo list",
            "  hopline slo show web-latency"
        },
        synopsisSubcommandLabel = "(apply | list | show | delete)")
final class SloCommand implements Verbs {
    private static final String PATH = "/api/v1/objectives";
    private static final String[] COLUMNS = {
        "name", "service", "window", "met", "objectives=objectives.name", "budget=objectives.budgetLeft", "firing"
    };

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Command(
            description = {
                "Give the controller objectives, OpenSLO YAML; one that it has by that name is replaced.",
                "They are judged over their rolling window, at most 30d, also across restarts."
            },
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline slo apply -f slo.yaml"})
    int apply(
            @Option(
                            names = {"-f", "--file"},
                            required = true,
                            paramLabel = "FILE",
                            description = "OpenSLO v1, one document or more")
                    Path file,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        byte[] yaml = SlaCommand.read(file).getBytes(StandardCharsets.UTF_8);
        byte[] answer = controller.client().postBytes(PATH, yaml);
        output.print(out(), JsonMapper.shared().readTree(answer), COLUMNS);
        return 0;
    }

    @Command(
            description = "All objectives.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline slo list"})
    int list(@Mixin ControllerOption controller, @Mixin OutputOption output) {
        output.print(out(), controller.client().get(PATH), COLUMNS);
        return 0;
    }

    @Command(
            description = "One document's objectives: budget left, burn rates and alerts.",
            mixinStandardHelpOptions = true,
            footer = {"", "Examples:", "  hopline slo show web-latency", "  hopline slo show web-latency -o json"})
    int show(
            @Parameters(paramLabel = "NAME") String name,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        JsonNode slo = controller.client().get(PATH + "/" + RestClient.segment(name));
        if (output.json()) {
            output.print(out(), slo);
            return 0;
        }
        for (JsonNode objective : slo.path("objectives")) {
            show(slo, objective);
        }
        return 0;
    }

    private void show(JsonNode slo, JsonNode objective) {
        out().printf(
                        Locale.ROOT,
                        "%s: %s of service %s over %s%n",
                        objective.path("name").asString(),
                        objective.path("metric").asString(),
                        slo.path("service").asString(),
                        slo.path("window").asString());
        out().printf(
                        Locale.ROOT,
                        "  %.4f %% of %d requests good, %.4f %% wanted: %s; %.1f %% of the error budget left%n",
                        objective.path("actual").asDouble() * 100,
                        objective.path("total").asLong(),
                        objective.path("target").asDouble() * 100,
                        objective.path("met").asBoolean() ? "met" : "not met",
                        objective.path("budgetLeft").asDouble() * 100);
        String note = objective.path("note").asString("");
        if (!note.isEmpty()) {
            out().println("  " + note);
        }
        var burns = new Table("burn over", "rate");
        objective
                .path("burn")
                .forEach(burn -> burns.row(
                        burn.path("window").asString(),
                        String.format(Locale.ROOT, "%.2f", burn.path("rate").asDouble())));
        burns.print(out());
        var alerts = new Table("alert", "burns at", "over", "and over", "state", "since");
        objective
                .path("alerts")
                .forEach(alert -> alerts.row(
                        alert.path("severity").asString(),
                        alert.path("factor").asDouble(),
                        alert.path("longWindow").asString(),
                        alert.path("shortWindow").asString(),
                        alert.path("state").asString(),
                        alert.path("since").asString("").isEmpty()
                                ? "-"
                                : alert.path("since").asString()));
        alerts.print(out());
    }

    @Command(
            description = "Forget a document's objectives.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline slo delete web-latency"})
    int delete(@Parameters(paramLabel = "NAME") String name, @Mixin ControllerOption controller) {
        controller.client().delete(PATH + "/" + RestClient.segment(name));
        return 0;
    }
}
