package io.hopline.sla;

import java.util.List;

/**
 * Draws the hops in path order as a staircase: each bar starts where the medians before it end, is solid up to its own p50
 * and pale up to its p99.
 */
final class HtmlWaterfall {
    private static final int WIDTH = 1080;
    private static final int LEFT = 232;
    private static final int RIGHT = 845;
    private static final int ROW = 25;
    private static final int TOP = 30;
    private static final int GROUP = 30;
    /** The medians get at least this share of the width; longer tails are cut and marked. */
    private static final double MEDIANS_SHARE = 0.5;

    private final Html html;
    private final List<Report.HopRow> hops;
    private final double scale;
    private final long domainNs;

    /**
     * Draws these hops.
     *
     * @param domainNs time that the width stands for, the same for drawings to be compared
     */
    HtmlWaterfall(Html html, List<Report.HopRow> hops, long domainNs) {
        this.html = html;
        this.hops = hops;
        this.domainNs = Math.max(1, domainNs);
        scale = (double) (RIGHT - LEFT) / this.domainNs;
    }

    /** The time a drawing of these hops needs to show the medians well. */
    static long domainNs(List<Report.HopRow> hops) {
        long start = 0;
        long end = 1;
        for (Report.HopRow hop : hops) {
            end = Math.max(end, start + hop.p99Ns());
            start += hop.p50Ns();
        }
        return (long) Math.min(end, start / MEDIANS_SHARE);
    }

    void draw() {
        int height = TOP + hops.size() * ROW + groups() * GROUP + 10;
        html.line("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Hops in path order\">", WIDTH, height);
        axis(height);
        int y = TOP;
        long start = 0;
        String direction = "";
        for (Report.HopRow hop : hops) {
            if (!hop.direction().equals(direction)) {
                direction = hop.direction();
                y += GROUP;
                html.line(
                        "<text x=\"0\" y=\"%d\" class=\"small soft strong\">%s</text>",
                        y - 8,
                        direction.equals("request") ? "REQUEST, client to server →" : "← RESPONSE, server to client");
            }
            row(hop, y, start);
            start += hop.p50Ns();
            y += ROW;
        }
        html.line("</svg>");
    }

    private int groups() {
        return (int) hops.stream().map(Report.HopRow::direction).distinct().count();
    }

    private void axis(int height) {
        long step = niceStep(domainNs / 5);
        for (long ns = 0; ns <= domainNs; ns += step) {
            double x = LEFT + ns * scale;
            html.line("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, TOP - 8, height);
            html.line(
                    "<text class=\"small soft\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>",
                    x, TOP - 14, ns == 0 ? "0" : Html.time(ns));
        }
        String[] names = {"p50", "p99", "p99.9"};
        for (int i = 0; i < names.length; i++) {
            html.line(
                    "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
                    numberX(i), TOP - 14, names[i]);
        }
    }

    private void row(Report.HopRow hop, int y, long startNs) {
        int middle = y + ROW / 2;
        String css = Html.cssClass(hop.hop());
        html.line("<g><title>%s</title>", title(hop));
        html.line("<text x=\"14\" y=\"%d\">%s</text>", middle + 4, Html.text(hop.hop()));
        html.line(
                "<rect class=\"chip\" x=\"118\" y=\"%d\" width=\"98\" height=\"18\" rx=\"9\"/>"
                        + "<text class=\"small soft\" text-anchor=\"middle\" x=\"167\" y=\"%d\">host %s</text>",
                middle - 9, middle + 4, Html.text(shortened(hop.host())));
        double x = LEFT + startNs * scale;
        double solid = Math.max(1.5, hop.p50Ns() * scale);
        double tailEnd = Math.min(RIGHT, LEFT + (startNs + hop.p99Ns()) * scale);
        html.line("<line class=\"guide\" x1=\"%d\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", LEFT, x, middle, middle);
        html.line(
                "<rect class=\"%s tail\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"12\" rx=\"2\"/>",
                css, x, middle - 6, Math.max(0, tailEnd - x));
        html.line(
                "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"12\" rx=\"2\"/>",
                css, x, middle - 6, solid);
        if (startNs + hop.p99Ns() > domainNs) {
            html.line("<text class=\"small soft\" x=\"%d\" y=\"%d\">›</text>", RIGHT + 3, middle + 4);
        }
        long[] numbers = {hop.p50Ns(), hop.p99Ns(), hop.p999Ns()};
        for (int i = 0; i < numbers.length; i++) {
            html.line(
                    "<text text-anchor=\"end\" x=\"%d\" y=\"%d\"%s>%s</text>",
                    numberX(i), middle + 4, i == 0 ? " class=\"strong\"" : " class=\"soft\"", Html.time(numbers[i]));
        }
        html.line("</g>");
    }

    private static String shortened(String host) {
        return host.length() <= 9 ? host : host.substring(0, 8) + "…";
    }

    private static String title(Report.HopRow hop) {
        return Html.text(hop.hop() + ", " + hop.direction() + ", host " + hop.host() + ": " + Html.count(hop.count())
                + " requests, p50 " + Html.time(hop.p50Ns()) + ", p90 " + Html.time(hop.p90Ns()) + ", p99 "
                + Html.time(hop.p99Ns()) + ", max " + Html.time(hop.maxNs()));
    }

    private static int numberX(int column) {
        return WIDTH - (2 - column) * 76;
    }

    /** The smallest of 1, 2 and 5 times a power of ten that is not below. */
    static long niceStep(long ns) {
        long power = 1;
        while (power * 10 <= Math.max(1, ns)) {
            power *= 10;
        }
        for (long factor : new long[] {1, 2, 5}) {
            if (power * factor >= ns) {
                return power * factor;
            }
        }
        return power * 10;
    }
}
