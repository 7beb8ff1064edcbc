package io.hopline.sla;

/** Draws one real request: as a strip, or as a waterfall in which each stretch has a row and begins where the last ended. */
final class HtmlRequest {
    private static final int WIDTH = 540;
    private static final int LEFT = 146;
    private static final int RIGHT = 462;
    private static final int ROW = 19;
    private static final int TOP = 24;
    private static final int STRIP_WIDTH = 1000;
    private static final int STRIP = 14;
    private static final int MAX_HOST = 9;

    private final Html html;
    /** What is left of a host's name where an error stands beside it. */
    private static final int MAX_HOST_BESIDE_ERROR = 3;

    private final Report report;
    private final Report.Typical request;

    HtmlRequest(Html html, Report report, Report.Typical request) {
        this.html = html;
        this.report = report;
        this.request = request;
    }

    /** All stretches one after the other on one line; what shows between them is unattributed. */
    void strip() {
        html.line(
                "<svg class=\"strip\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
                STRIP_WIDTH, STRIP);
        html.line("<rect class=\"unattributed\" x=\"0\" y=\"0\" width=\"%d\" height=\"%d\"/>", STRIP_WIDTH, STRIP);
        double scale = (double) STRIP_WIDTH / Math.max(1, request.endToEndNs());
        for (Report.Step step : request.steps()) {
            html.line(
                    "<rect class=\"%s\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"%d\"/>",
                    Html.cssClass(step.hop()), step.offsetNs() * scale, Math.max(0.5, step.ns() * scale), STRIP);
        }
        html.line("</svg>");
    }

    /** A row per stretch, with its time. */
    void waterfall() {
        int rows = request.steps().size() + (request.unattributedNs() == 0 ? 0 : 1);
        int height = TOP + rows * ROW + 6;
        html.line(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                WIDTH, height, Html.text("One request, " + request.label() + ", hop by hop"));
        axis(height);
        int y = TOP;
        String direction = "";
        for (Report.Step step : request.steps()) {
            row(step, y, !step.direction().equals(direction));
            direction = step.direction();
            y += ROW;
        }
        if (request.unattributedNs() != 0) {
            html.line(
                    "<text class=\"small soft\" x=\"16\" y=\"%d\">unattributed</text>"
                            + "<text class=\"small\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
                    y + 13, WIDTH, y + 13, Html.time(request.unattributedNs()));
        }
        html.line("</svg>");
    }

    private void axis(int height) {
        long domainNs = Math.max(1, request.endToEndNs());
        long step = Html.niceStep(domainNs / 3);
        for (long ns = 0; ns <= domainNs; ns += step) {
            double x = x(ns);
            html.line("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, TOP - 6, height);
            html.line(
                    "<text class=\"small soft\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>",
                    x, TOP - 10, ns == 0 ? "0" : Html.time(ns));
        }
    }

    private void row(Report.Step step, int y, boolean turns) {
        String arrow = step.direction().equals(Direction.REQUEST.id()) ? "→" : "←";
        double x = x(step.offsetNs());
        double end = x(step.offsetNs() + step.ns());
        String error = report.oneWayErrorTime(step.hop());
        html.line(
                "<g><title>%s</title>",
                Html.text(step.hop() + ", " + step.direction() + ", host " + step.host() + ": " + Html.time(step.ns())
                        + error + ", from " + Html.time(step.offsetNs()) + " on"));
        html.line(
                "<text class=\"small soft\" x=\"0\" y=\"%d\">%s</text><text class=\"small\" x=\"16\" y=\"%d\">%s</text>"
                        + "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
                y + 13,
                turns ? arrow : "",
                y + 13,
                Html.text(step.hop() + error),
                LEFT - 8,
                y + 13,
                Html.text(Html.shortened(step.host(), error.isEmpty() ? MAX_HOST : MAX_HOST_BESIDE_ERROR)));
        html.line(
                "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"12\" rx=\"2\"/>",
                Html.cssClass(step.hop()), x, y + 3, Math.max(1.5, end - x));
        html.line(
                "<text class=\"small\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text></g>",
                WIDTH, y + 13, Html.time(step.ns()));
    }

    private double x(long ns) {
        double share = (double) ns / Math.max(1, request.endToEndNs());
        return LEFT + Math.clamp(share, 0, 1) * (RIGHT - LEFT);
    }
}
