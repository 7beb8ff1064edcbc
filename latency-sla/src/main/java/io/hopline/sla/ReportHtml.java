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
    static final DateTimeFormatter WHEN =
            DateTimeFormatter.ofPattern("d MMM yyyy HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    static final DateTimeFormatter WHEN_EXACTLY =
            DateTimeFormatter.ofPattern("d MMM HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

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
        new HtmlStatement(html, report).draw();
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

    /** A verdict's threshold with the unit that fits. */
    static String threshold(Objective.Verdict verdict) {
        boolean share = verdict.metric().equals(Series.VIRTUAL_NETWORK_SHARE.name());
        return share ? ReportText.threshold(verdict) : Html.time(verdict.threshold());
    }

    private void tiles() {
        html.line("<div class=\"tiles\">");
        if (report.endToEnd().count() == 0) {
            tile("Requests timed", "none", "in this period");
            html.line("</div>");
            return;
        }
        tile("End to end, p50", Html.time(report.endToEnd().p50Ns()), sure(50));
        tile("End to end, p99", Html.time(report.endToEnd().p99Ns()), sure(99));
        tile("End to end, p99.9", Html.time(report.endToEnd().p999Ns()), sure(99.9));
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
                Html.count(report.statement().timed()),
                report.weight() == 1
                        ? "every connection"
                        : "counted as " + Html.count(report.endToEnd().count()));
        report.client()
                .ifPresent(client -> tile(
                        "Errors, by the client",
                        Html.count(client.errors()),
                        "of " + Html.count(client.requests()) + " requests"));
        html.line("</div>");
    }

    /** The interval of a percentile of the whole. */
    private String sure(double percentile) {
        return report.analysis().confidence().stream()
                .filter(row -> row.hop().equals(Series.END_TO_END.name()) && row.percentile() == percentile)
                .findFirst()
                .map(row -> row.highNs().isPresent() ? "95 %: " + Html.interval(row) : "too few requests to be sure")
                .orElse("no requests");
    }

    private void tile(String label, String value, String note) {
        html.line(
                "<div class=\"tile\"><div class=\"label\">%s</div><div class=\"value\">%s</div><div class=\"note\">%s</div></div>",
                label, value.replaceFirst(" (\\S+)$", " <small>$1</small>"), note);
    }

    private void drawings() {
        shares();
        html.line(
                "<section><h2>Single requests</h2><p class=\"lead\">Real requests, the ones kept whose end-to-end time"
                        + " is nearest each percentile. Their hops add up to the whole.</p><div class=\"requests\">");
        for (Report.Typical request : report.typical()) {
            html.line(
                    "<div><h3>%s<span>%s, %s</span></h3>",
                    Html.text(request.label()), Html.time(request.endToEndNs()), Html.text(parties(request)));
            new HtmlRequest(html, report, request).waterfall();
            html.line("</div>");
        }
        html.line("</div>");
        legend();
        html.line("</section>");
        overTime();
        html.line(
                "<section><h2>Percentiles</h2><p class=\"lead\">How slow the slow ones are. Hops are summed per request over"
                        + " both directions and all hosts.</p>");
        new HtmlPercentiles(html, report).draw();
        html.line("</section>");
        ranges();
        html.line("<section><h2>Changes</h2>");
        report.analysis()
                .changes()
                .ifPresentOrElse(
                        changes -> new HtmlChanges(html, report, changes).draw(),
                        () -> html.line(
                                "<p class=\"lead\">There are no requests of an earlier period to compare with.</p>"));
        html.line("</section>");
    }

    private void shares() {
        List<Share> shares = report.analysis().shares();
        HtmlShares drawing = new HtmlShares(html, report, shares);
        html.line("<section><h2>Whose time it is</h2>");
        shares.stream()
                .filter(share -> share.band().equals(Share.SLOWEST_PERCENT))
                .forEach(share -> html.line("<p class=\"lead\">%s</p>", Html.text(HtmlShares.sentence(share))));
        drawing.draw();
        legend();
        drawing.table();
        html.line("</section>");
    }

    private void overTime() {
        if (report.analysis().timeline().slots().isEmpty()) {
            return;
        }
        HtmlTimeline drawing = new HtmlTimeline(html, report);
        html.line(
                "<section><h2>Over time</h2><p class=\"lead\">End to end, in slots of %s; below, requests a second. Times are"
                        + " UTC. Where nothing was timed there is a gap.</p>",
                Html.tick(report.analysis().timeline().slotMs() * 1_000_000));
        drawing.draw();
        html.line(
                "<h3>Heat map<span>how many requests took how long; darker is more, on a logarithmic scale</span></h3>");
        drawing.heat();
        drawing.table();
        html.line("</section>");
    }

    private static String parties(Report.Typical request) {
        return "from " + request.client() + (request.backend().isEmpty() ? "" : " to " + request.backend());
    }

    private void worst() {
        if (report.analysis().worst().isEmpty()) {
            return;
        }
        html.line(
                "<section><h2>Slowest requests</h2><p class=\"lead\">Each to its own scale; open one for its hops.</p>");
        for (Report.Typical request : report.analysis().worst()) {
            html.line(
                    "<details class=\"request\"><summary><b>%s</b><span>%s UTC</span><span>%s</span>",
                    Html.time(request.endToEndNs()),
                    WHEN_EXACTLY.format(Instant.ofEpochSecond(0, request.startNs())),
                    Html.text(parties(request)));
            new HtmlRequest(html, report, request).strip();
            html.line("</summary><div class=\"requests\"><div>");
            new HtmlRequest(html, report, request).waterfall();
            html.line("</div><div class=\"soft\">");
            html.line(
                    request.remarks().isEmpty() ? "Every boundary was seen." : "<p>Remarks: %s.</p>",
                    Html.text(String.join(", ", request.remarks())));
            html.line("</div></div></details>");
        }
        html.line("</section>");
    }

    private void ranges() {
        html.line(
                "<section><h2>Every hop by itself</h2><p class=\"lead\">In the order in which a request meets them: the dot is"
                        + " the median, thick to p99, thin to p99.9, on a logarithmic scale. Percentiles of hops do not add up to"
                        + " a request.</p>");
        long fromNs = Long.MAX_VALUE;
        long toNs = 1;
        for (Report.Path path : report.paths()) {
            for (Report.HopRow hop : path.hops()) {
                fromNs = Math.min(fromNs, hop.p50Ns());
                toNs = Math.max(toNs, hop.p999Ns());
            }
        }
        for (Report.Path path : report.paths()) {
            html.line(
                    "<h3>%s<span>%s, end to end p50 %s, p99 %s</span></h3>",
                    Html.text(pathName(path.hosts())),
                    Html.requests(path.endToEnd().count()),
                    Html.time(path.endToEnd().p50Ns()),
                    Html.time(path.endToEnd().p99Ns()));
            new HtmlRanges(html, report, path.hops(), fromNs, toNs).draw();
        }
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
        if (report.endToEnd().count() > 0) {
            html.line(
                    "<section><h2>All hops</h2><p class=\"lead\">Microseconds. † too few requests to bound the figure.</p>");
            tables.hops();
            html.line(
                    "</section><section><h2>By guest</h2><p class=\"lead\">Microseconds, seen from the entry host's NIC;"
                            + " guest is its kernel and server together.</p>");
            tables.backends();
            html.line(
                    "</section><section><h2>By host</h2><p class=\"lead\">Microseconds per request over both directions, p50 / p99;"
                            + " a guest's kernel and server count to their host.</p>");
            tables.hosts();
            html.line("</section>");
            worst();
        }
        new HtmlCosts(html, report.analysis().costs()).draw();
        new HtmlCauses(html, report.analysis().causes()).draw();
        report.client().ifPresent(client -> {
            html.line(
                    "<section><h2>What the client measured</h2><p class=\"lead\">%s. From each request's planned send time to"
                            + " its last response byte, so that a stall counts for all requests it delayed.</p>",
                    Html.text(client.load()));
            tables.client(client);
            html.line("</section>");
        });
        if (report.availability().requests() > 0) {
            html.line(
                    "<section><h2>What became of requests</h2><p class=\"lead\">Of all that were seen, timed or not, %s count"
                            + " as good.</p>",
                    ReportText.percent(report.availability().share()));
            tables.outcomes();
            html.line("</section>");
        }
        html.line("<section><h2>What was counted</h2><p class=\"lead\">Requests that could not be timed are left out by"
                + " name.</p>");
        tables.leftOut();
        html.line("</section>");
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
