package io.hopline.bench;

import java.util.ArrayList;
import java.util.List;

/** The density report as a page in Markdown. */
final class DensityMarkdown {
    private final StringBuilder page = new StringBuilder();

    private DensityMarkdown() {}

    static String page(DensityReport report) {
        return new DensityMarkdown().write(report);
    }

    private String write(DensityReport report) {
        line("# hopline bench density");
        line("");
        line("What a guest costs, and how many of them this machine carries.");
        line("");
        report.facts().forEach((name, value) -> line("- " + name + ": " + value));
        report.kinds()
                .forEach(kind ->
                        line("- **" + kind.kind().id() + "**: " + kind.kind().what()));
        report.skipped().forEach(skipped -> line("- skipped " + skipped));
        line("");
        var headings = new ArrayList<>(List.of("", "unit"));
        report.kinds().forEach(kind -> headings.add(kind.kind().id()));
        table(
                headings,
                report.rows().stream()
                        .map(row -> {
                            var cells = new ArrayList<>(List.of(row.title(), row.unit()));
                            cells.addAll(row.cells());
                            return List.copyOf(cells);
                        })
                        .toList());
        line("");
        report.capacities().forEach(capacity -> line("- " + capacity));
        line("");
        line("## Step by step");
        line("");
        line("CPU is in percent of one processor, of " + report.processors() + ".");
        line("");
        table(DensityReport.stepHeadings(), report.steps());
        line("");
        line("## How it was measured");
        line("");
        report.method().forEach(statement -> line("- " + statement));
        report.failures().forEach(failure -> line("\nFailed: " + failure));
        return page.toString();
    }

    private void table(List<String> headings, List<List<String>> rows) {
        line("| " + String.join(" | ", headings) + " |");
        line("|" + " --- |".repeat(headings.size()));
        rows.forEach(row -> line("| " + String.join(" | ", row) + " |"));
    }

    private void line(String text) {
        page.append(text).append('\n');
    }
}
