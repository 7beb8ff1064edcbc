package io.hopline.sla;

import java.util.List;
import java.util.Map;

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
            cells(new Percentiles(row.count(), row.p50Ns(), row.p90Ns(), row.p99Ns(), row.p999Ns(), row.maxNs()));
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
        html.line(
                "<div class=\"scroll\"><table><tr><th class=\"l\">backend</th><th>requests</th><th>p50</th><th>p99</th>"
                        + "<th>virtual network p50</th><th>guest p50</th></tr>");
        for (Report.BackendRow row : report.backends()) {
            double share = all == 0 ? 0 : 100.0 * row.endToEnd().count() / all;
            html.line(
                    "<tr><td class=\"l\">%s</td><td>%s<span class=\"share\"><i style=\"width:%.1f%%\"></i></span></td>"
                            + "<td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>",
                    Html.text((row.service().equals(report.title()) ? "" : row.service() + " / ")
                            + (row.backend().isEmpty() ? "(unknown)" : row.backend())),
                    Html.count(row.endToEnd().count()),
                    share,
                    Html.us(row.endToEnd().p50Ns()),
                    Html.us(row.endToEnd().p99Ns()),
                    Html.us(row.virtualNetwork().p50Ns()),
                    Html.us(row.guest().p50Ns()));
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

    void leftOut() {
        JoinerCounters joiner = report.joiner();
        html.line("<div class=\"scroll\"><table>");
        pair("requests joined", Html.count(joiner.traces()));
        sorted(joiner.excluded()).forEach(entry -> pair("left out: " + entry.getKey(), Html.count(entry.getValue())));
        sorted(report.flags()).forEach(entry -> pair("remark: " + entry.getKey(), Html.count(entry.getValue())));
        pair("sightings", Html.count(joiner.sightings()));
        pair("sightings dropped", Html.count(joiner.evictedSightings() + joiner.undecodable()));
        html.line("</table></div>");
    }

    private static List<Map.Entry<String, Long>> sorted(Map<String, Long> map) {
        return map.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
    }

    private void sum(String name, Percentiles p, String css) {
        html.raw("<tr class=\"sum%s\"><td class=\"l\" colspan=\"3\">%s</td>", css, name);
        cells(p);
    }

    private void cells(Percentiles p) {
        html.line(
                "<td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>",
                Html.count(p.count()),
                Html.us(p.p50Ns()),
                Html.us(p.p90Ns()),
                Html.us(p.p99Ns()),
                Html.us(p.p999Ns()),
                Html.us(p.maxNs()));
    }

    private void pair(String name, String value) {
        html.line("<tr><td class=\"l\">%s</td><td>%s</td></tr>", Html.text(name), Html.text(value));
    }
}
