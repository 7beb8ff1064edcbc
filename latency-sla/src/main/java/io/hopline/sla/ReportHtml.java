package io.hopline.sla;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * A {@link Report} as one HTML page that needs nothing else: style and drawings are in it, there are no scripts, and it
 * follows the reader's preference for light or dark.
 */
public final class ReportHtml {
    private static final DateTimeFormatter WHEN =
            DateTimeFormatter.ofPattern("d MMM yyyy HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Html html = new Html();
    private final Report report;

    private ReportHtml(Report report) {
        this.report = report;
    }

    /** The page, UTF-8 when written to a file. */
    public static String render(Report report) {
        return new ReportHtml(report).page();
    }

    private String page() {
        html.line("<!DOCTYPE html>")
                .line("<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .line("<title>%s: latency, hop by hop</title>", Html.text(report.title()))
                .line("<style>")
                .line("%s", style())
                .line("</style></head><body><main>");
        head();
        verdict();
        tiles();
        if (report.endToEnd().count() > 0) {
            drawings();
        }
        tables();
        html.line("<section><h2>Method and error</h2><ul>");
        report.method().forEach(line -> html.line("<li>%s</li>", Html.text(line)));
        html.line("</ul></section>");
        html.line("<footer>Made by Hopline. All times by CLOCK_REALTIME of the hosts, shown in UTC.</footer>");
        html.line("</main></body></html>");
        return html.toString();
    }

    private void head() {
        html.line(
                "<header><span class=\"mark\">hopline</span><h1>%s</h1><span class=\"when\">%s to %s UTC</span></header>",
                Html.text(report.title()),
                WHEN.format(Instant.ofEpochMilli(report.fromMs())),
                WHEN.format(Instant.ofEpochMilli(report.toMs())));
    }

    private void verdict() {
        List<Objective.Verdict> verdicts = report.objectives();
        long missed = verdicts.stream().filter(verdict -> !verdict.met()).count();
        String css = verdicts.isEmpty() ? " none" : missed > 0 ? " missed" : "";
        html.line("<section class=\"verdict%s\">", css);
        if (verdicts.isEmpty()) {
            html.line("<h2>No objective was set</h2>")
                    .line("<p class=\"lead\">The figures below are not held against a promise.</p></section>");
            return;
        }
        html.line(
                "<h2><span class=\"state\">%s</span></h2>",
                missed == 0
                        ? verdicts.size() == 1 ? "Objective met" : "All " + verdicts.size() + " objectives met"
                        : verdicts.size() == 1
                                ? "Objective missed"
                                : missed + " of " + verdicts.size() + " objectives missed");
        verdicts.forEach(this::objective);
        html.line("</section>");
    }

    private void objective(Objective.Verdict verdict) {
        boolean none = verdict.total() == 0;
        String css = none ? " none" : verdict.met() ? "" : " missed";
        html.line(
                "<div class=\"objective\"><div class=\"what\"><span class=\"pill%s\">%s</span><span class=\"name\">%s</span>"
                        + "<br/>%s within %s for %s of %s requests; promised for %s</div>",
                css,
                none ? "no data" : verdict.met() ? "met" : "missed",
                Html.text(verdict.name()),
                Html.text(verdict.metric().replace('_', ' ').replace(",", ", ")),
                threshold(verdict),
                ReportText.percent(verdict.actual()),
                Html.count(verdict.total()),
                ReportText.percent(verdict.target()));
        double left = Math.clamp(verdict.budgetLeft(), 0, 1);
        html.line(
                "<div class=\"budget%s\">error budget left: %s<div class=\"track\"><div class=\"left\" style=\"width:%.1f%%\">"
                        + "</div></div></div></div>",
                verdict.budgetLeft() <= 0 ? " spent" : "", ReportText.percent(verdict.budgetLeft()), left * 100);
    }

    private static String threshold(Objective.Verdict verdict) {
        boolean share = verdict.metric().equals(Series.VIRTUAL_NETWORK_SHARE.name());
        return share ? ReportText.threshold(verdict) : Html.time(verdict.threshold());
    }

    private void tiles() {
        html.line("<div class=\"tiles\">");
        tile(
                "End to end, p50",
                Html.time(report.endToEnd().p50Ns()),
                "p90 " + Html.time(report.endToEnd().p90Ns()));
        tile(
                "End to end, p99",
                Html.time(report.endToEnd().p99Ns()),
                "max " + Html.time(report.endToEnd().maxNs()));
        tile(
                "Virtual network, p50",
                Html.time(report.virtualNetwork().p50Ns()),
                "p99 " + Html.time(report.virtualNetwork().p99Ns()));
        double unattributed = (double) report.unattributed().p50Ns()
                / Math.max(1, report.endToEnd().p50Ns());
        tile(
                "Unattributed, p50",
                Html.time(report.unattributed().p50Ns()),
                ReportText.percent(unattributed) + " of the median");
        tile(
                "Requests timed",
                Html.count(report.endToEnd().count()),
                report.sampledOneIn() == 1 ? "every connection" : "one in " + report.sampledOneIn() + " connections");
        report.client()
                .ifPresent(client -> tile(
                        "Errors, by the client",
                        Html.count(client.errors()),
                        "of " + Html.count(client.requests()) + " requests"));
        html.line("</div>");
    }

    private void tile(String label, String value, String note) {
        html.line(
                "<div class=\"tile\"><div class=\"label\">%s</div><div class=\"value\">%s</div><div class=\"note\">%s</div></div>",
                label, value.replaceFirst(" (\\S+)$", " <small>$1</small>"), note);
    }

    private void drawings() {
        waterfalls();
        html.line(
                "<section><h2>Single requests</h2><p class=\"lead\">Real requests, chosen by their end-to-end time, each to"
                        + " its own scale. Their hops add up to the whole; grey is unattributed.</p>");
        new HtmlTypical(html, report.typical()).draw();
        html.line("</section>");
        html.line(
                "<section><h2>Percentiles</h2><p class=\"lead\">How slow the slow ones are. Hops are summed per request over"
                        + " both directions and all hosts.</p>");
        new HtmlPercentiles(html, report).draw();
        html.line("</section>");
    }

    private void waterfalls() {
        html.line(
                "<section><h2>Where the time went</h2><p class=\"lead\">Every hop in the order in which a request meets it."
                        + " Solid to the median, pale to p99; each bar starts where the medians before it end.</p>");
        long domainNs = 1;
        for (Report.Path path : report.paths()) {
            domainNs = Math.max(domainNs, HtmlWaterfall.domainNs(path.hops()));
        }
        for (Report.Path path : report.paths()) {
            html.line(
                    "<h3>%s<span>%s requests, end to end p50 %s, p99 %s</span></h3>",
                    Html.text(pathName(path.hosts())),
                    Html.count(path.endToEnd().count()),
                    Html.time(path.endToEnd().p50Ns()),
                    Html.time(path.endToEnd().p99Ns()));
            new HtmlWaterfall(html, path.hops(), domainNs).draw();
        }
        legend();
        html.line("</section>");
    }

    private static String pathName(List<String> hosts) {
        return hosts.size() == 1
                ? "Server on host " + hosts.getFirst() + " itself"
                : "From host " + String.join(" over the tunnel to host ", hosts);
    }

    private void legend() {
        Set<String> hops = new LinkedHashSet<>();
        report.hops().forEach(row -> hops.add(row.hop()));
        html.line("<div class=\"legend\">");
        hops.forEach(hop -> html.line("<span><i class=\"%s\"></i>%s</span>", Html.cssClass(hop), Html.text(hop)));
        html.line("</div>");
    }

    private void tables() {
        HtmlTables tables = new HtmlTables(html, report);
        html.line("<section><h2>All hops</h2><p class=\"lead\">Microseconds.</p>");
        tables.hops();
        html.line("</section><section><h2>By backend</h2>"
                + "<p class=\"lead\">Microseconds, seen from the entry host's NIC; guest is its kernel and server"
                + " together.</p>");
        tables.backends();
        html.line("</section><div class=\"pair\">");
        report.client().ifPresent(client -> {
            html.line(
                    "<section><h2>What the client measured</h2><p class=\"lead\">%s. From each request's planned send time to"
                            + " its last response byte, so that a stall counts for all requests it delayed.</p>",
                    Html.text(client.load()));
            tables.client(client);
            html.line("</section>");
        });
        html.line("<section><h2>What was counted</h2><p class=\"lead\">Requests that could not be timed are left out by"
                + " name.</p>");
        tables.leftOut();
        html.line("</section></div>");
    }

    private static String style() {
        try (InputStream in =
                Objects.requireNonNull(ReportHtml.class.getResourceAsStream("report.css"), "report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
