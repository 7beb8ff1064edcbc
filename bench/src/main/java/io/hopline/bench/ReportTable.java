package io.hopline.bench;

import io.hopline.cli.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** The report for a terminal. */
final class ReportTable {
    private ReportTable() {}

    static void print(Report report, PrintWriter out) {
        out.println("hopline bench " + report.bench() + ", " + report.rounds() + " rounds");
        report.facts().forEach((name, value) -> out.println("  " + name + ": " + value));
        report.systems().forEach(system -> out.println("  " + system.id() + ": " + system.tuning()));
        report.skipped().forEach(line -> out.println("  skipped " + line));
        out.println();
        var headings = new ArrayList<>(List.of("median (min-max)", "unit"));
        report.systems().forEach(system -> headings.add(system.id()));
        var table = new Table(headings.toArray(String[]::new));
        for (Metric metric : report.samples().metrics()) {
            var cells = new ArrayList<Object>(List.of(metric.title(), metric.unit()));
            report.systems().forEach(system -> cells.add(report.cell(metric, system)));
            table.row(cells.toArray());
        }
        table.print(out);
        out.println();
        out.println("Nx behind a figure: the median of " + report.ratioOf()
                + " over this one. Figures of other runs do not compare.");
        report.failures().forEach(line -> out.println("FAILED  " + line));
        out.flush();
    }
}
