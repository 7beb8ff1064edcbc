package io.hopline.bench;

import io.hopline.cli.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Where a density report goes: to the terminal, and into the files that are asked for. */
final class DensityOutput {
    @Option(names = "--json", paramLabel = "FILE", description = "write every figure there")
    private @Nullable Path json;

    @Option(names = "--markdown", paramLabel = "FILE", description = "write the tables there")
    private @Nullable Path markdown;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "write the density page there, one file with everything")
    private @Nullable Path html;

    @Option(names = "--plot", paramLabel = "FILE", description = "draw it there, as SVG")
    private @Nullable Path plot;

    void write(DensityReport report, PrintWriter out) throws IOException {
        print(report, out);
        if (json != null) {
            Files.writeString(json, json(report));
        }
        if (markdown != null) {
            Files.writeString(markdown, DensityMarkdown.page(report));
        }
        if (html != null) {
            Files.writeString(html, DensityHtml.page(report));
        }
        if (plot != null) {
            Files.writeString(plot, DensityPlot.svg(report));
        }
    }

    static String json(DensityReport report) {
        return JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                        .writeValueAsString(report)
                + "\n";
    }

    private static void print(DensityReport report, PrintWriter out) {
        out.println("hopline bench density");
        report.facts().forEach((name, value) -> out.println("  " + name + ": " + value));
        report.skipped().forEach(line -> out.println("  skipped " + line));
        out.println();
        var headings = new ArrayList<>(List.of("what a guest costs", "unit"));
        report.kinds().forEach(kind -> headings.add(kind.kind().id()));
        var figures = new Table(headings.toArray(String[]::new));
        for (DensityReport.Row row : report.rows()) {
            var cells = new ArrayList<Object>(List.of(row.title(), row.unit()));
            cells.addAll(row.cells());
            figures.row(cells.toArray());
        }
        figures.print(out);
        out.println();
        report.capacities().forEach(out::println);
        out.println();
        var steps = new Table(DensityReport.stepHeadings().toArray(String[]::new));
        report.steps().forEach(step -> steps.row(step.toArray()));
        steps.print(out);
        out.println();
        report.method().forEach(statement -> out.println("- " + statement));
        report.failures().forEach(line -> out.println("FAILED  " + line));
        out.flush();
    }
}
