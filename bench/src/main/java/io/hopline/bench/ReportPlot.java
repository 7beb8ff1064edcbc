package io.hopline.bench;

import java.util.List;
import java.util.Locale;

/**
 * The report as a picture: a panel per metric, in it a bar per system as long as its median, with a whisker from its least
 * to its greatest sample. Each panel has a scale of its own, from 0.
 */
final class ReportPlot {
    private static final int COLUMNS = 2;
    private static final int PANEL_WIDTH = 500;
    private static final int ROW_HEIGHT = 24;
    private static final int TITLE_HEIGHT = 34;
    private static final int GAP = 20;
    private static final int LABEL_WIDTH = 130;
    private static final int VALUE_WIDTH = 130;
    private static final int BAR_HEIGHT = 14;
    private static final int HEADER_HEIGHT = 62;
    private static final int WHISKER = 4;

    private final Report report;
    private final StringBuilder svg = new StringBuilder();

    private ReportPlot(Report report) {
        this.report = report;
    }

    static String svg(Report report) {
        return new ReportPlot(report).draw();
    }

    private String draw() {
        List<Metric> metrics = report.samples().metrics();
        int panelHeight = TITLE_HEIGHT + report.systems().size() * ROW_HEIGHT;
        int rows = (metrics.size() + COLUMNS - 1) / COLUMNS;
        int width = COLUMNS * PANEL_WIDTH + (COLUMNS + 1) * GAP;
        int height = HEADER_HEIGHT + rows * (panelHeight + GAP) + GAP;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ",
                width, height, width, height);
        add("font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#1f2328\">%n");
        add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", width, height);
        text(GAP, 28, "font-size=\"18\" font-weight=\"600\"", "hopline bench " + report.bench());
        text(
                GAP,
                48,
                "fill=\"#59636e\"",
                "median of " + report.rounds() + " rounds, whisker from least to greatest; "
                        + report.facts().getOrDefault("machine", "") + "; "
                        + report.facts().getOrDefault("date", ""));
        for (int i = 0; i < metrics.size(); i++) {
            int x = GAP + i % COLUMNS * (PANEL_WIDTH + GAP);
            int y = HEADER_HEIGHT + i / COLUMNS * (panelHeight + GAP);
            panel(metrics.get(i), x, y);
        }
        return svg.append("</svg>\n").toString();
    }

    private void panel(Metric metric, int x, int y) {
        text(x, y + 16, "font-weight=\"600\"", metric.title() + ", " + metric.unit());
        String better = metric.better() == Metric.Better.HIGHER ? "longer is better" : "shorter is better";
        text(x + PANEL_WIDTH, y + 16, "fill=\"#59636e\" font-size=\"11\" text-anchor=\"end\"", better);
        double greatest = report.systems().stream()
                .flatMap(system -> report.samples().spread(metric, system.id()).stream())
                .mapToDouble(Spread::max)
                .max()
                .orElse(0);
        double scale = greatest == 0 ? 0 : (PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH) / greatest;
        for (int i = 0; i < report.systems().size(); i++) {
            Report.System system = report.systems().get(i);
            int top = y + TITLE_HEIGHT - 8 + i * ROW_HEIGHT;
            text(x + LABEL_WIDTH - 8, top + BAR_HEIGHT - 2, "text-anchor=\"end\"", system.id());
            report.samples()
                    .spread(metric, system.id())
                    .ifPresentOrElse(
                            spread -> bar(system, spread, scale, x + LABEL_WIDTH, top),
                            () -> text(
                                    x + LABEL_WIDTH,
                                    top + BAR_HEIGHT - 2,
                                    "fill=\"#59636e\"",
                                    report.absent(metric, system)));
        }
    }

    private void bar(Report.System system, Spread spread, double scale, int x, int top) {
        String colour = system.id().startsWith("hopline") ? "#0969da" : "#afb8c1";
        double middle = top + BAR_HEIGHT / 2.0;
        double from = x + spread.min() * scale;
        double to = x + spread.max() * scale;
        add(
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                x, top, spread.median() * scale, BAR_HEIGHT, colour);
        if (spread.min() != spread.max()) {
            add(
                    "<path d=\"M%.1f %.1fH%.1fM%.1f %.1fv%dM%.1f %.1fv%d\" stroke=\"#1f2328\" fill=\"none\"/>%n",
                    from, middle, to, from, middle - WHISKER, 2 * WHISKER, to, middle - WHISKER, 2 * WHISKER);
        }
        text((int) Math.ceil(to) + 6, top + BAR_HEIGHT - 2, "", Figures.text(spread));
    }

    private void text(int x, int y, String attributes, String text) {
        String safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        add("<text x=\"%d\" y=\"%d\" %s>%s</text>%n", x, y, attributes, safe);
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
