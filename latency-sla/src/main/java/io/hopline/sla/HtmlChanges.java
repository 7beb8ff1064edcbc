package io.hopline.sla;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Shows what changed against an earlier period, and says of what did not that it did not. */
final class HtmlChanges {
    private final Html html;
    private final Report report;
    private final Changes changes;

    HtmlChanges(Html html, Report report, Changes changes) {
        this.html = html;
        this.report = report;
        this.changes = changes;
    }

    void draw() {
        html.line(
                "<p class=\"lead\">Against %s requests from %s to %s UTC. %s A figure counts as changed when the two periods'"
                        + " 95 %% intervals do not meet, which happens by chance to fewer than one figure in a hundred when"
                        + " the periods are alike in size.</p>",
                Html.count(changes.count()),
                ReportHtml.WHEN.format(Instant.ofEpochMilli(changes.fromMs())),
                ReportHtml.WHEN.format(Instant.ofEpochMilli(changes.toMs())),
                Html.text(sentence(changes)));
        html.raw("<div class=\"scroll\"><table><tr><th class=\"l\">hop</th><th class=\"l\">direction</th>"
                + "<th class=\"l\">host</th>");
        Certainty.PERCENTILES.forEach(percentile -> html.raw("<th>p%s</th>", Html.number(percentile)));
        html.line("</tr>");
        for (List<Changes.Row> rows : bySeries().values()) {
            Certainty first = rows.getFirst().now();
            String name = first.hop().replace('_', ' ');
            html.raw(
                    "<tr%s><td class=\"l\"><span class=\"dot %s\"></span>%s</td><td class=\"l\">%s</td><td class=\"l\">%s</td>",
                    first.host().isEmpty() ? " class=\"sum\"" : "",
                    Html.cssClass(first.hop()),
                    Html.text(name),
                    Html.text(first.direction()),
                    Html.text(first.host()));
            rows.forEach(this::cell);
            html.line("</tr>");
        }
        html.line("</table></div>");
    }

    private Map<String, List<Changes.Row>> bySeries() {
        Map<String, List<Changes.Row>> series = new LinkedHashMap<>();
        for (Changes.Row row : changes.rows()) {
            String key = row.now().hop() + " " + row.now().direction() + " "
                    + row.now().host();
            series.computeIfAbsent(key, missing -> new ArrayList<>()).add(row);
        }
        return series;
    }

    private void cell(Changes.Row row) {
        String css = switch (row.verdict()) {
            case SLOWER -> "slower";
            case FASTER -> "faster";
            case WITHIN_NOISE, TOO_FEW -> "same";
        };
        html.raw(
                "<td title=\"%s\">%s<br/><small class=\"%s\">%s</small></td>",
                Html.text(intervals(row)),
                Html.time(row.now().ns()) + report.oneWayErrorTime(row.now().hop()),
                css,
                css.equals("same")
                        ? Html.text(words(row))
                        : Html.text(words(row)).replace(", was", ",<br/>was"));
    }

    private static String intervals(Changes.Row row) {
        return "now " + Html.interval(row.now()) + ", before " + Html.interval(row.before());
    }

    /** What became of one percentile, in few words. */
    static String words(Changes.Row row) {
        String before = Html.time(row.before().ns());
        return switch (row.verdict()) {
            case SLOWER, FASTER ->
                (row.differenceNs() > 0 ? "+" : "−") + Html.time(Math.abs(row.differenceNs()))
                        + (row.before().ns() == 0 ? "" : " (" + signed(row.relative()) + ")") + ", was " + before;
            case WITHIN_NOISE -> "noise, was " + before;
            case TOO_FEW -> "too few, was " + before;
        };
    }

    private static String signed(double relative) {
        return (relative > 0 ? "+" : "−") + Html.share(Math.abs(relative));
    }

    /** What became of the whole, in words. */
    static String sentence(Changes changes) {
        List<Changes.Row> rows = changes.rows().stream()
                .filter(row -> row.now().hop().equals(Series.END_TO_END.name()))
                .toList();
        if (rows.stream().allMatch(row -> row.verdict() == Changes.Verdict.TOO_FEW)) {
            return "End to end there are too few requests to compare.";
        }
        if (rows.stream().allMatch(row -> row.verdict() == Changes.Verdict.WITHIN_NOISE)) {
            return "End to end nothing changed beyond noise.";
        }
        return "End to end: " + rows.stream().map(HtmlChanges::verdict).collect(Collectors.joining(", ")) + ".";
    }

    private static String verdict(Changes.Row row) {
        String words = switch (row.verdict()) {
            case SLOWER, FASTER ->
                row.verdict().name().toLowerCase(Locale.ROOT) + " by " + Html.time(Math.abs(row.differenceNs()));
            case WITHIN_NOISE -> "within noise";
            case TOO_FEW -> "too few requests";
        };
        return "p" + Html.number(row.now().percentile()) + " " + words;
    }
}
