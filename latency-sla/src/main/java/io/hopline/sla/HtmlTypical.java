package io.hopline.sla;

import java.util.List;

/** Draws single real requests as strips, each stretch in its hop's colour and to the strip's own scale. */
final class HtmlTypical {
    private static final int WIDTH = 1080;
    private static final int LEFT = 150;
    private static final int RIGHT = 985;
    private static final int ROW = 64;
    private static final int BAR = 24;
    /** What a letter of a label takes, about. */
    private static final double LETTER_WIDTH = 6.9;

    private final Html html;
    private final List<Report.Typical> requests;

    HtmlTypical(Html html, List<Report.Typical> requests) {
        this.html = html;
        this.requests = requests;
    }

    void draw() {
        html.line(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Single requests\">",
                WIDTH, requests.size() * ROW);
        int y = 4;
        for (Report.Typical request : requests) {
            strip(request, y);
            y += ROW;
        }
        html.line("</svg>");
    }

    private void strip(Report.Typical request, int y) {
        html.line("<text class=\"strong\" x=\"0\" y=\"%d\">%s</text>", y + 12, Html.text(request.label()));
        html.line(
                "<text class=\"small soft\" x=\"0\" y=\"%d\">%s</text>",
                y + 28, Html.text(request.backend().isEmpty() ? request.client() : "from " + request.backend()));
        html.line(
                "<text class=\"strong\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
                WIDTH, y + 17, Html.time(request.endToEndNs()));
        html.line(
                "<rect class=\"unattributed\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\">"
                        + "<title>unattributed: %s</title></rect>",
                LEFT, y, RIGHT - LEFT, BAR, Html.time(request.unattributedNs()));
        double scale = (double) (RIGHT - LEFT) / Math.max(1, request.endToEndNs());
        for (Report.Step step : request.steps()) {
            stretch(step, y, scale);
        }
        html.line(
                "<text class=\"small soft\" x=\"%d\" y=\"%d\">0</text>"
                        + "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
                LEFT, y + BAR + 15, RIGHT, y + BAR + 15, Html.time(request.endToEndNs()));
    }

    private void stretch(Report.Step step, int y, double scale) {
        double x = LEFT + step.offsetNs() * scale;
        double width = step.ns() * scale;
        html.line(
                "<rect class=\"%s\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"><title>%s</title></rect>",
                Html.cssClass(step.hop()),
                x,
                y,
                Math.max(0.6, width - 0.8),
                BAR,
                Html.text(step.hop() + ", " + step.direction() + ", host " + step.host() + ": " + Html.time(step.ns())
                        + " at " + Html.time(step.offsetNs())));
        String label = step.hop() + " " + Html.time(step.ns());
        double middle = x + width / 2;
        double half = label.length() * LETTER_WIDTH / 2;
        if (width > 2 * half && middle - half > LEFT + 16 && middle + half < RIGHT - 60) {
            html.line(
                    "<text class=\"small soft\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>",
                    middle, y + BAR + 15, Html.text(label));
        }
    }
}
