package io.hopline.cli;

import io.hopline.sla.Report;
import io.hopline.sla.ReportHtml;
import io.hopline.sla.ReportJson;
import io.hopline.sla.ReportMarkdown;
import io.hopline.sla.ReportText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hopline sla}: where requests spent their time, and whether that is what was promised. */
@Command(
        name = "sla",
        mixinStandardHelpOptions = true,
        description = "Latency: where requests spent their time, and whether that is what was promised.",
        footer = {
            "",
            "Examples:",
            "  hopline sla report --since 10m",
            "  hopline sla report --slo slo.yaml --since 1h --out report"
        },
        synopsisSubcommandLabel = "report")
final class SlaCommand implements Verbs {
    private static final long MAX_YAML_BYTES = 1 << 20;

    /** How a report is printed. */
    enum Format {
        TABLE,
        MARKDOWN,
        JSON
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Command(
            description = {
                "The hop table of the last minutes or hours; with --out also report.html, report.md and report.json.",
                "It is held against the period just before, or against the one that --baseline names.",
                "With --slo it exits with 1 when an objective is missed."
            },
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Examples:",
                "  hopline sla report --service web --since 10m",
                "  hopline sla report --slo slo.yaml --since 1h --out report",
                "  hopline sla report --since 1h --baseline 7d -o markdown",
                "  hopline sla report -o json"
            })
    int report(
            @Option(names = "--slo", paramLabel = "FILE", description = "objectives to judge, OpenSLO YAML") @Nullable
                    Path slo,
            @Option(
                            names = "--since",
                            paramLabel = "AGO",
                            defaultValue = "1h",
                            description = "30s, 10m, 1h (default: ${DEFAULT-VALUE})")
                    String since,
            @Option(
                            names = "--baseline",
                            paramLabel = "AGO",
                            description =
                                    "compare with the period that began so long before this one (default: the one just"
                                            + " before)")
                    @Nullable
                    String baseline,
            @Option(names = "--service", paramLabel = "NAME", description = "default: all services") @Nullable
                    String service,
            @Option(
                            names = "--out",
                            paramLabel = "DIR",
                            description = "where to write report.html, report.md, report.json and hops.txt")
                    @Nullable
                    Path directory,
            @Mixin ControllerOption controller,
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "FORMAT",
                            defaultValue = "table",
                            description = "table, markdown or json (default: ${DEFAULT-VALUE})")
                    Format format)
            throws IOException {
        Report report = fetch(controller.client(), service, since, baseline, slo == null ? "" : read(slo));
        if (directory != null) {
            write(report, directory);
        }
        out().print(print(report, format));
        out().flush();
        return report.met() ? 0 : 1;
    }

    private static String print(Report report, Format format) {
        return switch (format) {
            case TABLE -> ReportText.render(report);
            case MARKDOWN -> ReportMarkdown.render(report);
            case JSON -> ReportJson.write(report);
        };
    }

    /**
     * Asks for a report.
     *
     * @param baseline how long before the report's period the one began that it is compared with; null for the one just before
     * @param yaml the objectives, or nothing
     */
    static Report fetch(
            RestClient rest, @Nullable String service, String since, @Nullable String baseline, String yaml) {
        String path = "/api/v1/sla/report?since=" + RestClient.segment(since)
                + (service == null ? "" : "&service=" + RestClient.segment(service))
                + (baseline == null ? "" : "&baseline=" + RestClient.segment(baseline));
        byte[] json =
                yaml.isEmpty() ? rest.getBytes(path) : rest.postBytes(path, yaml.getBytes(StandardCharsets.UTF_8));
        return ReportJson.read(new String(json, StandardCharsets.UTF_8));
    }

    static void write(Report report, Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("report.json"), ReportJson.write(report));
        Files.writeString(directory.resolve("report.html"), ReportHtml.render(report));
        Files.writeString(directory.resolve("report.md"), ReportMarkdown.render(report));
        Files.writeString(directory.resolve("hops.txt"), ReportText.render(report));
    }

    static String read(Path slo) {
        try {
            if (Files.size(slo) > MAX_YAML_BYTES) {
                throw CliException.badInput("--slo: " + slo + " is larger than " + MAX_YAML_BYTES + " bytes");
            }
            return Files.readString(slo);
        } catch (IOException unreadable) {
            throw CliException.badInput("--slo: cannot read " + slo + ": " + unreadable.getMessage());
        }
    }
}
