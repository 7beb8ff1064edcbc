package io.hopline.sla;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The report's figures as tables. */
final class HtmlTables {
    private static final String COUNT_AND_PERCENTILES =
            "<th>requests</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th>";

    private final Html html;
    private final Report report;

    HtmlTables(Html html, Report report) {
        this.html = html;
        this.report = report;
    }

    void hops() {
        html.line("<div class=\"scroll\"><table><tr><th class=\"l\">hop</th><th class=\"l\">direction</th>"
                + "<th class=\"l\">host</th>" + COUNT_AND_PERCENTILES + "</tr>");
        for (Report.HopRow row : report.hops()) {
            html.raw(
                    "<tr><td class=\"l\"><span class=\"dot %s\"></span>%s</td><td class=\"l\">%s</td><td class=\"l\">%s</td>",
                    Html.cssClass(row.hop()), Html.text(row.hop()), Html.text(row.direction()), Html.text(row.host()));
            String error = report.oneWayError(row.hop());
            html.raw("<td>%s</td>", Html.count(row.count()));
            html.raw(
                    "<td>%s%s</td><td>%s%s</td><td>%s%s</td><td>%s%s</td>",
                    figure(row.count(), 50, row.p50Ns()),
                    error,
                    figure(row.count(), 90, row.p90Ns()),
                    error,
                    figure(row.count(), 99, row.p99Ns()),
                    error,
                    figure(row.count(), 99.9, row.p999Ns()),
                    error);
            html.line("<td>%s%s</td></tr>", Html.us(row.maxNs()), error);
        }
        sum("end to end", report.endToEnd(), " first");
        sum("virtual network", report.virtualNetwork(), "");
        sum("unattributed", report.unattributed(), "");
        html.line("</table></div>");
    }

    void backends() {
        long all = report.backends().stream()
                .mapToLong(row -> row.endToEnd().count())
                .sum();
        html.line("<div class=\"scroll\"><table><tr><th class=\"l\">guest</th><th>requests</th><th>of all</th>"
                + "<th>of slowest 1 %</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>virtual network p50</th>"
                + "<th>p99</th><th>guest p50</th><th>p99</th></tr>");
        for (Report.BackendRow row : report.backends()) {
            Percentiles whole = row.endToEnd();
            double share = all == 0 ? 0 : (double) whole.count() / all;
            html.raw(
                    "<tr><td class=\"l\">%s</td><td>%s</td><td>%s<span class=\"share\"><i style=\"width:%.1f%%\"></i></span></td>"
                            + "<td>%s</td>",
                    Html.text((row.service().equals(report.title()) ? "" : row.service() + " / ")
                            + (row.backend().isEmpty() ? "(unknown)" : row.backend())),
                    Html.count(whole.count()),
                    Html.share(share),
                    share * 100,
                    Html.share(slowShare(row)));
            figures(whole);
            html.line(
                    "<td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>",
                    Html.us(row.virtualNetwork().p50Ns()),
                    figure(
                            row.virtualNetwork().count(),
                            99,
                            row.virtualNetwork().p99Ns()),
                    Html.us(row.guest().p50Ns()),
                    figure(row.guest().count(), 99, row.guest().p99Ns()));
        }
        html.line("</table></div>");
    }

    private double slowShare(Report.BackendRow row) {
        return report.analysis().shares().stream()
                .filter(share -> share.band().equals(Share.SLOWEST_PERCENT))
                .flatMap(share -> share.backends().stream())
                .filter(answered -> answered.service().equals(row.service())
                        && answered.backend().equals(row.backend()))
                .mapToDouble(Share.Answered::share)
                .sum();
    }

    void hosts() {
        Set<String> hops = new LinkedHashSet<>();
        report.analysis().hosts().forEach(host -> host.hops().forEach(hop -> hops.add(hop.hop())));
        html.raw("<div class=\"scroll\"><table><tr><th class=\"l\">host</th><th>requests</th><th>of all time</th>"
                + "<th>of the slowest 1 %</th>");
        hops.forEach(hop -> html.raw("<th>%s</th>", Html.text(hop)));
        html.line("</tr>");
        for (HostRow host : report.analysis().hosts()) {
            html.raw(
                    "<tr><td class=\"l\">%s</td><td>%s</td><td>%s</td><td>%s</td>",
                    Html.text(host.host()),
                    Html.count(host.count()),
                    Html.share(host.shareOfAll()),
                    Html.share(host.shareOfSlowest()));
            for (String name : hops) {
                html.raw(host.hops().stream()
                        .filter(hop -> hop.hop().equals(name))
                        .findFirst()
                        .map(hop ->
                                "<td>" + Html.us(hop.p50Ns()) + " / " + figure(hop.count(), 99, hop.p99Ns()) + "</td>")
                        .orElse("<td>–</td>"));
            }
            html.line("</tr>");
        }
        html.line("</table></div>");
    }

    /** What the sample allows to say about the percentiles of the whole. */
    void confidence() {
        html.line("<div class=\"scroll\"><table><tr><th class=\"l\">figure</th><th>measured</th>"
                + "<th>95 % interval</th><th>design effect</th></tr>");
        for (Certainty row : report.analysis().confidence()) {
            html.line(
                    "<tr><td class=\"l\">%s, p%s</td><td>%s</td><td>%s</td><td>%.1f</td></tr>",
                    Html.text(row.hop().replace('_', ' ')),
                    Html.number(row.percentile()),
                    Html.time(row.ns()),
                    Html.interval(row),
                    row.designEffect());
        }
        html.line("</table></div>");
    }

    void client(Report.ClientFigures client) {
        html.line("<div class=\"scroll\"><table>");
        pair("requests sent", Html.count(client.requests()));
        pair("errors", Html.count(client.errors()));
        client.responses().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> pair("answered " + entry.getKey(), Html.count(entry.getValue())));
        pair(
                "planned / achieved per second",
                "%.0f / %.0f".formatted(client.plannedPerSecond(), client.achievedPerSecond()));
        pair("p50", Html.time(client.latency().p50Ns()));
        pair("p99", Html.time(client.latency().p99Ns()));
        pair("p99.9", Html.time(client.latency().p999Ns()));
        pair("max", Html.time(client.latency().maxNs()));
        html.line("</table></div>");
    }

    void outcomes() {
        Availability availability = report.availability();
        html.line("<div class=\"scroll\"><table class=\"wrap\"><tr><th class=\"l\">outcome</th><th>requests</th>"
                + "<th class=\"l\">counts as</th><th class=\"l\">meaning</th></tr>");
        for (Outcome outcome : Outcome.values()) {
            if (availability.count(outcome) > 0) {
                html.line(
                        "<tr><td class=\"l\">%s</td><td>%s</td><td class=\"l\">%s</td><td class=\"l soft\">%s</td></tr>",
                        outcome.id(),
                        Html.count(availability.count(outcome)),
                        outcome.good() ? "good" : "bad",
                        Html.text(outcome.explanation()));
            }
        }
        html.line("</table></div>");
    }

    void leftOut() {
        JoinerCounters joiner = report.joiner();
        html.line(
                "<div class=\"scroll\"><table><tr><th class=\"l\">since the controller started</th><th>count</th></tr>");
        pair("requests joined", Html.count(joiner.traces()));
        pair("sightings taken in", Html.count(joiner.sightings()));
        pair("sightings too late for their request", Html.count(joiner.lateSightings()));
        pair("sightings dropped, too many waiting", Html.count(joiner.evictedSightings()));
        pair("sightings not understood", Html.count(joiner.undecodable()));
        pair("connections forgotten, too many open", Html.count(joiner.evictedConnections()));
        html.line("</table></div><h3>Requests left out</h3>");
        html.line("<div class=\"scroll\"><table class=\"wrap\"><tr><th class=\"l\">why</th><th>requests</th>"
                + "<th class=\"l\">meaning</th></tr>");
        for (Exclusion exclusion : Exclusion.values()) {
            html.line(
                    "<tr><td class=\"l\">%s</td><td>%s</td><td class=\"l soft\">%s</td></tr>",
                    exclusion.id(),
                    Html.count(joiner.excluded().getOrDefault(exclusion.id(), 0L)),
                    Html.text(exclusion.explanation()));
        }
        html.line("</table></div>");
        if (!report.flags().isEmpty()) {
            html.line("<h3>Remarks on requests that were timed</h3><div class=\"scroll\"><table class=\"wrap\">"
                    + "<tr><th class=\"l\">remark</th><th>requests</th><th class=\"l\">meaning</th></tr>");
            for (RequestTrace.Flag flag : RequestTrace.Flag.values()) {
                Long count = report.flags().get(ReportMethod.id(flag));
                if (count != null) {
                    html.line(
                            "<tr><td class=\"l\">%s</td><td>%s</td><td class=\"l soft\">%s</td></tr>",
                            ReportMethod.id(flag), Html.count(count), Html.text(flag.explanation()));
                }
            }
            html.line("</table></div>");
        }
    }

    private void sum(String name, Percentiles p, String css) {
        html.raw("<tr class=\"sum%s\"><td class=\"l\" colspan=\"3\">%s</td>", css, name);
        cells(p);
    }

    private void cells(Percentiles p) {
        html.raw("<td>%s</td>", Html.count(p.count()));
        figures(p);
        html.line("<td>%s</td></tr>", Html.us(p.maxNs()));
    }

    private void figures(Percentiles p) {
        html.raw(
                "<td>%s</td><td>%s</td><td>%s</td><td>%s</td>",
                figure(p.count(), 50, p.p50Ns()),
                figure(p.count(), 90, p.p90Ns()),
                figure(p.count(), 99, p.p99Ns()),
                figure(p.count(), 99.9, p.p999Ns()));
    }

    /** A percentile, marked when the sample is too small for it. */
    private String figure(long count, double percentile, long ns) {
        return count == 0 ? "–" : Html.us(ns) + Html.mark(report.bounds(count, percentile));
    }

    private void pair(String name, String value) {
        html.line("<tr><td class=\"l\">%s</td><td>%s</td></tr>", Html.text(name), Html.text(value));
    }
}
