package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows whose time it is in each band of requests: bars of equal length cut by share, a sentence, and the table behind. */
final class HtmlShares {
    private static final int WIDTH = 1080;
    private static final int LEFT = 190;
    private static final int RIGHT = 960;
    private static final int ROW = 52;
    private static final int BAR = 26;
    /** What a letter in a bar takes, about. */
    private static final double LETTER_WIDTH = 7.2;
    /** A backend is named when its part in the slow requests is this many times its part in all, or more. */
    private static final double CONSPICUOUS = 1.25;

    private final Html html;
    private final Report report;
    private final List<Share> shares;

    HtmlShares(Html html, Report report, List<Share> shares) {
        this.html = html;
        this.report = report;
        this.shares = shares;
    }

    void draw() {
        html.line(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Shares of hops, as in the table below\">",
                WIDTH, shares.size() * ROW);
        int y = 2;
        for (Share share : shares) {
            bar(share, y);
            y += ROW;
        }
        html.line("</svg>");
    }

    private void bar(Share share, int y) {
        html.line("<text class=\"strong\" x=\"0\" y=\"%d\">%s</text>", y + 12, Html.text(share.band()));
        html.line(
                "<text class=\"small soft\" x=\"0\" y=\"%d\">%s, %s</text>",
                y + 28, Html.requests(share.count()), Html.share(share.ofAll()));
        html.line(
                "<text class=\"strong\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>"
                        + "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%d\">mean</text>",
                WIDTH, y + 14, Html.time(share.meanNs()), WIDTH, y + 30);
        double x = LEFT;
        for (Share.Part part : share.parts()) {
            double width = part.share() * (RIGHT - LEFT);
            if (width <= 0) {
                continue;
            }
            html.line(
                    "<rect class=\"%s\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"><title>%s</title></rect>",
                    Html.cssClass(part.hop()), x, y, Math.max(0.3, width - 0.8), BAR, Html.text(title(part)));
            String label = part.hop() + " " + Html.share(part.share());
            if (label.length() * LETTER_WIDTH < width) {
                html.line(
                        "<text class=\"small inbar\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>",
                        x + width / 2, y + 17, Html.text(label));
            }
            x += width;
        }
    }

    private String title(Share.Part part) {
        String where = part.direction().isEmpty() ? "" : ", " + part.direction() + ", host " + part.host();
        return part.hop() + where + ": " + Html.share(part.share()) + ", " + Html.time(part.meanNs())
                + report.oneWayErrorTime(part.hop()) + " a request";
    }

    /** What the slow requests' time went into, in words. */
    static String sentence(Share share) {
        Map<String, Double> byHop = new LinkedHashMap<>();
        share.parts().forEach(part -> byHop.merge(part.hop(), part.share(), Double::sum));
        List<Map.Entry<String, Double>> largest = new ArrayList<>(byHop.entrySet());
        largest.sort(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()));
        StringBuilder text = new StringBuilder("Of the time of the " + share.band() + " ("
                + Html.requests(share.count()) + ", " + Html.time(share.fromNs()) + " and slower) ");
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, Double> hop : largest.subList(0, Math.min(3, largest.size()))) {
            if (hop.getValue() > 0.005) {
                parts.add(hop.getKey() + " took " + Html.share(hop.getValue()));
            }
        }
        text.append(String.join(", ", parts));
        text.append("; the virtual network's hops together took ").append(Html.share(share.virtualNetwork()));
        double unattributed = byHop.getOrDefault("unattributed", 0.0);
        text.append(", and ").append(Html.share(unattributed)).append(" is unattributed.");
        for (Share.Answered answered : share.backends()) {
            if (share.count() >= 10 && answered.share() >= CONSPICUOUS * answered.ofAll()) {
                text.append(" ")
                        .append(answered.backend().isEmpty() ? "An unknown backend" : answered.backend())
                        .append(" answered ")
                        .append(Html.share(answered.share()))
                        .append(" of them, but ")
                        .append(Html.share(answered.ofAll()))
                        .append(" of all.");
            }
        }
        return text.toString();
    }

    /** Every part of every band, in the order of the way. */
    void table() {
        html.raw("<details><summary>As a table</summary><div class=\"scroll\"><table><tr><th class=\"l\">hop</th>"
                + "<th class=\"l\">direction</th><th class=\"l\">host</th>");
        shares.forEach(share -> html.raw("<th colspan=\"2\">%s</th>", Html.text(share.band())));
        html.line("</tr>");
        for (Share.Part part : shares.getFirst().parts()) {
            html.raw(
                    "<tr><td class=\"l\"><span class=\"dot %s\"></span>%s</td><td class=\"l\">%s</td><td class=\"l\">%s</td>",
                    Html.cssClass(part.hop()),
                    Html.text(part.hop()),
                    Html.text(part.direction()),
                    Html.text(part.host()));
            for (Share share : shares) {
                Share.Part here = share.like(part);
                html.raw(
                        "<td>%s</td><td>%s</td>",
                        here == null ? "–" : Html.time(here.meanNs()) + report.oneWayErrorTime(here.hop()),
                        here == null ? "–" : Html.share(here.share()));
            }
            html.line("</tr>");
        }
        html.raw("<tr class=\"sum first\"><td class=\"l\" colspan=\"3\">mean, requests</td>");
        shares.forEach(
                share -> html.raw("<td>%s</td><td>%s</td>", Html.time(share.meanNs()), Html.count(share.count())));
        html.raw("</tr><tr class=\"sum\"><td class=\"l\" colspan=\"3\">end to end from, to</td>");
        shares.forEach(share -> html.raw("<td>%s</td><td>%s</td>", Html.time(share.fromNs()), Html.time(share.toNs())));
        html.line("</tr></table></div></details>");
    }
}
