package io.hopline.sla;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The last page: how everything was measured, what can be wrong with it and by how much, and where to sign. */
final class HtmlStatement {
    private static final String[][] STAMPS = {
        {"T0", "a request arrives at the host's NIC, or a tunnel packet at the second host", "kernel, on receive"},
        {"T1", "the switch's worker took the frame from its port", "worker"},
        {"T2", "all actions are done, the frame goes to its output port", "worker"},
        {"T3", "the frame is at the guest's network device; for the tunnel, its sending begins", "kernel; worker"},
        {"T6", "the guest's answer leaves its network device", "kernel"},
        {"T8", "the response leaves by the host's NIC", "kernel, on transmit"},
    };

    private final Html html;
    private final Report report;

    HtmlStatement(Html html, Report report) {
        this.html = html;
        this.report = report;
    }

    void draw() {
        html.line("<section class=\"statement\" id=\"method\"><h2>Method and error</h2>");
        html.line("<p class=\"lead\">What one has to know to put a name under the figures above.</p>");
        subject();
        stamps();
        html.line("<h3>How hops are made of stamps</h3><ul>");
        report.method().forEach(line -> html.line("<li>%s</li>", Html.text(line)));
        html.line("</ul>");
        errors();
        samples();
        report.statement().split().ifPresent(this::split);
        sampling();
        html.line("<div class=\"sign\"><span>Name</span><span>Date</span><span>Signature</span></div></section>");
    }

    private void subject() {
        html.line("<div class=\"scroll\"><table class=\"wrap\">");
        Duration length = Duration.ofMillis(report.toMs() - report.fromMs());
        pair("about", report.title());
        pair(
                "period, UTC",
                ReportHtml.WHEN.format(Instant.ofEpochMilli(report.fromMs())) + " to "
                        + ReportHtml.WHEN.format(Instant.ofEpochMilli(report.toMs())) + " ("
                        + length.toString().substring(2).toLowerCase(Locale.ROOT) + ")");
        pair(
                "requests timed",
                Html.count(report.statement().timed()) + ", counted as "
                        + Html.count(report.endToEnd().count()));
        pair(
                "sampled",
                report.sampledOneIn() == 1
                        ? "every connection"
                        : "one in " + report.sampledOneIn()
                                + " connections, by a hash of the client's address and port");
        pair("hosts", report.analysis().hosts().stream().map(HostRow::host).collect(Collectors.joining(", ")));
        pair(
                "objectives",
                report.statement()
                        .objectivesSha256()
                        .map(digest -> report.objectives().size() + " from the document with SHA-256 " + digest)
                        .orElse(
                                report.objectives().isEmpty()
                                        ? "none"
                                        : report.objectives().size() + ""));
        pair("made by", "Hopline " + report.statement().version());
        html.line("</table></div>");
    }

    private void stamps() {
        html.line("<h3>Stamps</h3><div class=\"scroll\"><table class=\"wrap\"><tr><th class=\"l\">stamp</th>"
                + "<th class=\"l\">taken when</th><th class=\"l\">by</th><th class=\"l\">clock</th></tr>");
        for (String[] stamp : STAMPS) {
            html.line(
                    "<tr><td class=\"l\">%s</td><td class=\"l\">%s</td><td class=\"l\">%s</td><td class=\"l\">CLOCK_REALTIME of"
                            + " that host</td></tr>",
                    stamp[0], Html.text(stamp[1]), Html.text(stamp[2]));
        }
        html.line("</table></div>");
    }

    private void errors() {
        html.line("<h3>Error bounds</h3><div class=\"scroll\"><table class=\"wrap\"><tr><th class=\"l\">what</th>"
                + "<th class=\"l\">bound</th></tr>");
        pair("a time within one host", ClockModel.READ_ERROR_NS + " ns, from reading its clock twice");
        for (Statement.ClockPair pair : report.statement().clocks()) {
            pair("a time between hosts " + pair.a() + " and " + pair.b(), clock(pair));
        }
        pair(
                "kernel stamps",
                "made by software when the kernel handles a packet; what the NIC and the wire take before or after is in no"
                        + " figure");
        pair("a percentile's rounding", "0.1 % of its value (histograms with three significant digits)");
        pair("a percentile's sampling", "the 95 % intervals below");
        pair(
                "guest-tcpip and nginx together",
                "as exact as the stamps at the guest's network device; how they divide is inferred, see above, and has no bound"
                        + " of its own: where an exact source was there, the error is below");
        Percentiles unattributed = report.unattributed();
        pair(
                "unattributed",
                "measured: p50 " + Html.time(unattributed.p50Ns()) + ", p99 " + Html.time(unattributed.p99Ns())
                        + ", max " + Html.time(unattributed.maxNs()));
        pair(
                "lost samples",
                lostShare(report.statement().allSamples())
                        + ", by host below. A lost sample makes a request excluded or a part of it unattributed, never"
                        + " shorter");
        html.line("</table></div>");
    }

    /** How many of all samples were lost, and what share that is. */
    static String lostShare(SampleCounts samples) {
        return Html.count(samples.lost()) + " of "
                + Html.count(samples.lost() + samples.arrived() - Math.min(samples.arrived(), samples.gaveUp())) + " ("
                + (samples.lost() == 0 ? "0" : String.format(Locale.ROOT, "%.3g", samples.lostShare() * 100)) + " %)";
    }

    private void samples() {
        if (report.statement().samples().isEmpty()) {
            return;
        }
        html.line(
                "<h3>Samples lost<span>sightings of timed requests, in the minutes of the period that the controller still"
                        + " knows</span></h3>");
        html.line("<div class=\"scroll\"><table class=\"wrap\"><tr><th class=\"l\">host</th><th>lost</th>"
                + "<th class=\"l\">why</th></tr>");
        for (SampleCounts.OfHost host : report.statement().samples()) {
            html.line(
                    "<tr><td class=\"l\">%s</td><td>%s</td><td class=\"l\">%s</td></tr>",
                    Html.text(host.host()), lostShare(host.samples()), why(host.samples()));
        }
        html.line("</table></div>");
    }

    /** Reasons with their counts, for a reader. */
    static String why(SampleCounts samples) {
        return samples.lost() == 0
                ? "none"
                : samples.reasons().entrySet().stream()
                        .map(entry -> entry.getKey() + " " + Html.count(entry.getValue()))
                        .collect(Collectors.joining(", "));
    }

    private void split(SplitError split) {
        html.line("<h3>The guest's split against exact sources</h3>");
        if (!split.rows().isEmpty()) {
            html.line("<div class=\"scroll\"><table class=\"wrap\"><tr><th class=\"l\">what</th><th>inferred</th>"
                    + "<th>exact</th><th>off by</th></tr>");
            for (String[] row : split.rows()) {
                html.line("<tr><td class=\"l\">%s</td><td>%s</td><td>%s</td><td>%s</td></tr>", (Object[]) row);
            }
            html.line("</table></div>");
        }
        split.sentences().forEach(line -> html.line("<p class=\"lead\">%s</p>", Html.text(line)));
    }

    private static String clock(Statement.ClockPair pair) {
        OptionalLong error = pair.errorNs();
        if (error.isEmpty()) {
            return "unknown: one-way times between them are a guess, their sum over both directions is not";
        }
        return Html.time(error.getAsLong())
                + (pair.shared()
                        ? ", they read one clock"
                        : ", by STAMP (RFC 8762); times are corrected by the offset");
    }

    private void sampling() {
        html.line(
                "<h3>Sampling</h3><p class=\"lead\">A connection is timed or not by a hash that its requests' times have no"
                        + " part in. While one in N is timed each of its requests counts as N (%d at the end), so percentiles are those of"
                        + " all requests; n below is the number timed. The 95 %% interval of a percentile q of n requests lies between two of their own"
                        + " times: the k-th slowest from above, k the largest with P(X ≤ k − 1) ≤ 2.5 %%, and the j-th slowest from below, j"
                        + " the smallest with P(X ≤ j − 1) ≥ 97.5 %%, X being Binomial(n, 1 − q). Requests that come together are alike:"
                        + " n is divided by the design effect, the variance of the share of slower requests from slot to slot over"
                        + " that of independent ones, where there are at least %d slots with requests, else by 1. † marks a percentile"
                        + " that its requests are too few to bound from above (p90 needs 36, p99 368, p99.9 3,688): not a figure to"
                        + " sign.</p>",
                Math.max(1, report.sampledOneIn()), DesignEffect.MIN_SLOTS);
        if (!report.analysis().confidence().isEmpty()) {
            new HtmlTables(html, report).confidence();
        }
    }

    private void pair(String name, String value) {
        html.line(
                "<tr><td class=\"l soft\">%s</td><td class=\"l\">%s</td></tr>",
                Html.text(name), Html.text(value.isEmpty() ? "none" : value));
    }
}
