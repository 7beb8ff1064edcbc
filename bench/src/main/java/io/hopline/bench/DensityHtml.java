package io.hopline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The density report as one HTML page that needs nothing else; no scripts. */
final class DensityHtml {
    private static final String STYLE = """
            :root { color-scheme: light; }
            body { margin: 0; background: #f5f6f8; color: #14181f; font: 15px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
            main { max-width: 1100px; margin: 0 auto; padding: 28px 20px 60px; }
            section { background: #fff; border: 1px solid #e3e6eb; border-radius: 12px; padding: 20px 22px; margin: 16px 0; overflow-x: auto; }
            h1 { font-size: 26px; margin: 0; } h2 { font-size: 17px; margin: 0 0 10px; }
            .lead { color: #5b6472; } svg { width: 100%; height: auto; }
            table { border-collapse: collapse; width: 100%; font-size: 14px; }
            th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid #eceef2; white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; white-space: normal; } th { color: #5b6472; font-weight: 600; }
            td.missed { color: #b3261e; font-weight: 600; }
            .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 12px; margin: 16px 0; }
            .tile { background: #fff; border: 1px solid #e3e6eb; border-radius: 12px; padding: 14px 18px; }
            .tile b { display: block; font-size: 26px; } .tile span { color: #5b6472; font-size: 13.5px; }
            li { overflow-wrap: anywhere; }
            """;

    private final StringBuilder page = new StringBuilder();
    private final DensityReport report;

    private DensityHtml(DensityReport report) {
        this.report = report;
    }

    /** The page, UTF-8 when written to a file. */
    static String page(DensityReport report) {
        return new DensityHtml(report).write();
    }

    private String write() {
        line("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
        line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        line("<title>Hopline: what a guest costs</title><style>" + STYLE + "</style></head><body><main>");
        line("<h1>What a guest costs</h1><p class=\"lead\">"
                + safe(report.facts().getOrDefault("machine", "") + ", "
                        + report.facts().getOrDefault("date", ""))
                + "</p>");
        tiles();
        line("<section>" + DensityPlot.svg(report) + "</section>");
        figures();
        line("<section><h2>Step by step</h2><p class=\"lead\">CPU in percent of one processor, of "
                + report.processors() + ".</p>");
        table(DensityReport.stepHeadings(), report.steps());
        line("</section>");
        statements();
        line("</main></body></html>");
        return page.toString();
    }

    private void tiles() {
        line("<div class=\"tiles\">");
        for (KindDensity kind : report.kinds()) {
            line("<div class=\"tile\">" + safe(kind.kind().id()) + "<b>"
                    + report.capacity(kind)
                            .map(carried -> (carried.measured() ? "" : "about ") + carried.guests() + " guests")
                            .orElse("none")
                    + "</b><span>"
                    + kind.busiest()
                            .map(step -> String.format(
                                    Locale.ROOT,
                                    "%s us of the switch for a request, %s KiB for an idle vNIC",
                                    Figures.text(step.switchUs()),
                                    Figures.text(kind.vnicKib())))
                            .orElse("the objective was not met")
                    + "</span></div>");
        }
        line("</div>");
    }

    private void figures() {
        line("<section><h2>By kind of guest</h2>");
        var headings = new ArrayList<>(List.of("", "unit"));
        report.kinds().forEach(kind -> headings.add(kind.kind().id()));
        var rows = new ArrayList<List<String>>();
        for (DensityReport.Row row : report.rows()) {
            var cells = new ArrayList<>(List.of(row.title(), row.unit()));
            cells.addAll(row.cells());
            rows.add(cells);
        }
        table(headings, rows);
        list(report.capacities());
        line("</section>");
    }

    private void statements() {
        line("<section><h2>How it was measured</h2>");
        list(report.method());
        list(report.kinds().stream()
                .map(kind -> kind.kind().id() + ": " + kind.kind().what())
                .toList());
        list(report.facts().entrySet().stream()
                .map(fact -> fact.getKey() + ": " + fact.getValue())
                .toList());
        list(report.skipped().stream().map(line -> "skipped " + line).toList());
        list(report.failures().stream().map(line -> "failed: " + line).toList());
        line("</section>");
    }

    private void table(List<String> headings, List<List<String>> rows) {
        line("<table><thead><tr>");
        headings.forEach(heading -> line("<th scope=\"col\">" + safe(heading) + "</th>"));
        line("</tr></thead><tbody>");
        for (List<String> row : rows) {
            line("<tr>");
            row.forEach(cell ->
                    line("<td" + (cell.equals("missed") ? " class=\"missed\"" : "") + ">" + safe(cell) + "</td>"));
            line("</tr>");
        }
        line("</tbody></table>");
    }

    private void list(List<String> lines) {
        if (!lines.isEmpty()) {
            line("<ul>");
            lines.forEach(text -> line("<li>" + safe(text) + "</li>"));
            line("</ul>");
        }
    }

    private static String safe(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private void line(String text) {
        page.append(text).append('\n');
    }
}
