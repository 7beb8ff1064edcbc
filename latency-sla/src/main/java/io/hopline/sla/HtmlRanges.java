package io.hopline.sla;

import java.util.List;

/**
 * Draws the hops in path order, each with its own distribution on a logarithmic scale: thick from its median to its p99, thin
 * to its p99.9. Nothing is stacked, as percentiles of hops do not add up to a request.
 */
final class HtmlRanges {
    private static final int WIDTH = 1080;
    private static final int LEFT = 232;
    private static final int RIGHT = 800;
    private static final int ROW = 24;
    private static final int TOP = 30;
    private static final int GROUP = 28;
    private static final int COLUMN = 84;
    private static final int MAX_MARKS = 8;
    private static final int MAX_HOST = 9;

    private final Html html;
    private final Report report;
    private final List<Report.HopRow> hops;
    private final LogScale scale;

    /**
     * Draws these hops.
     *
     * @param fromNs where the scale begins
     * @param toNs where it ends
     */
    HtmlRanges(Html html, Report report, List<Report.HopRow> hops, long fromNs, long toNs) {
        this.html = html;
        this.report = report;
        this.hops = hops;
        double lowest = Math.floor(Math.log10(Math.max(100, fromNs)));
        double highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(1, toNs)) * 2) / 2);
        scale = new LogScale(lowest, highest, LEFT, RIGHT);
    }

    void draw() {
        int groups =
                (int) hops.stream().map(Report.HopRow::direction).distinct().count();
        int height = TOP + hops.size() * ROW + groups * GROUP + 8;
        html.line("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Hops in path order\">", WIDTH, height);
        axis(height);
        int y = TOP;
        String direction = "";
        for (Report.HopRow hop : hops) {
            if (!hop.direction().equals(direction)) {
                direction = hop.direction();
                y += GROUP;
                html.line(
                        "<text x=\"0\" y=\"%d\" class=\"small soft strong\">%s</text>",
                        y - 8,
                        direction.equals(Direction.REQUEST.id())
                                ? "REQUEST, client to server →"
                                : "← RESPONSE, server to client");
            }
            row(hop, y);
            y += ROW;
        }
        html.line("</svg>");
    }

    private void axis(int height) {
        List<Long> decades = scale.ticks().stream()
                .filter(ns -> Long.toString(ns).startsWith("1"))
                .toList();
        int every = decades.size() > MAX_MARKS ? 2 : 1;
        for (int i = 0; i < decades.size(); i++) {
            long ns = decades.get(i);
            if (i % every == 0) {
                double x = scale.at(ns);
                html.line("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, TOP - 8, height);
                html.line(
                        "<text class=\"small soft\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>",
                        x, TOP - 14, Html.tick(ns));
            }
        }
        String[] names = {"p50", "p99", "p99.9"};
        for (int i = 0; i < names.length; i++) {
            html.line(
                    "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
                    numberX(i), TOP - 14, names[i]);
        }
    }

    private void row(Report.HopRow hop, int y) {
        int middle = y + ROW / 2;
        String css = Html.cssClass(hop.hop());
        html.line("<g><title>%s</title>", title(hop));
        html.line("<text x=\"14\" y=\"%d\">%s</text>", middle + 4, Html.text(hop.hop()));
        html.line(
                "<rect class=\"chip\" x=\"114\" y=\"%d\" width=\"106\" height=\"18\" rx=\"9\"/>"
                        + "<text class=\"small soft\" text-anchor=\"middle\" x=\"167\" y=\"%d\">host %s</text>",
                middle - 9, middle + 4, Html.text(Html.shortened(hop.host(), MAX_HOST)));
        html.line(
                "<text class=\"small soft\" x=\"62\" y=\"%d\">%s</text>",
                middle + 4, Html.text(report.oneWayErrorTime(hop.hop()).strip()));
        double p50 = scale.at(hop.p50Ns());
        double p99 = scale.at(hop.p99Ns());
        html.line(
                "<rect class=\"%s tail\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"3\"/>",
                css, p99, middle - 1, Math.max(0, scale.at(hop.p999Ns()) - p99));
        html.line(
                "<rect class=\"%s tail\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"11\" rx=\"2\"/>",
                css, p50, middle - 5, Math.max(2, p99 - p50));
        html.line("<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"5.5\"/>", css, p50, middle);
        long[] numbers = {hop.p50Ns(), hop.p99Ns(), hop.p999Ns()};
        double[] percentiles = {50, 99, 99.9};
        for (int i = 0; i < numbers.length; i++) {
            html.line(
                    "<text text-anchor=\"end\" x=\"%d\" y=\"%d\"%s>%s%s</text>",
                    numberX(i),
                    middle + 4,
                    i == 0 ? " class=\"strong\"" : " class=\"soft\"",
                    Html.time(numbers[i]),
                    report.bounds(hop.count(), percentiles[i]) ? "" : "†");
        }
        html.line("</g>");
    }

    private String title(Report.HopRow hop) {
        return Html.text(hop.hop() + ", " + hop.direction() + ", host " + hop.host() + ": " + Html.count(hop.count())
                + " requests, p50 " + Html.time(hop.p50Ns()) + ", p90 " + Html.time(hop.p90Ns()) + ", p99 "
                + Html.time(hop.p99Ns()) + ", p99.9 " + Html.time(hop.p999Ns()) + ", max " + Html.time(hop.maxNs())
                + report.oneWayErrorTime(hop.hop()));
    }

    private static int numberX(int column) {
        return WIDTH - (2 - column) * COLUMN;
    }
}
