package io.hopline.bench;

/** The report as a page in Markdown. */
final class ReportMarkdown {
    private ReportMarkdown() {}

    static String page(Report report) {
        var page = new StringBuilder();
        page.append("# hopline bench ").append(report.bench()).append("\n\n");
        page.append("Median (min-max) of ").append(report.rounds()).append(" interleaved rounds; ");
        page.append("Nx behind a figure is the median of ")
                .append(report.ratioOf())
                .append(" over it.\n\n");
        report.facts()
                .forEach((name, value) -> page.append("- ")
                        .append(name)
                        .append(": ")
                        .append(value)
                        .append('\n'));
        report.systems()
                .forEach(system -> page.append("- **")
                        .append(system.id())
                        .append("**: ")
                        .append(system.tuning())
                        .append('\n'));
        report.skipped().forEach(line -> page.append("- skipped ").append(line).append('\n'));
        page.append("\n| | unit |");
        report.systems().forEach(system -> page.append(' ').append(system.id()).append(" |"));
        page.append("\n| --- | --- |").append(" --- |".repeat(report.systems().size()));
        for (Metric metric : report.samples().metrics()) {
            page.append("\n| ")
                    .append(metric.title())
                    .append(" | ")
                    .append(metric.unit())
                    .append(" |");
            report.systems()
                    .forEach(system ->
                            page.append(' ').append(report.cell(metric, system)).append(" |"));
        }
        page.append('\n');
        report.failures().forEach(line -> page.append("\nFailed: ").append(line).append('\n'));
        return page.toString();
    }
}
