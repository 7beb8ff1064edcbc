package io.hopline.sla;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** A {@link Report} for a ticket: the verdict, the percentiles with their intervals, whose time it is, what changed. */
public final class ReportMarkdown {
    private static final int MAX_CHANGES = 12;
    private static final int MAX_WORST = 5;

    private final StringBuilder text = new StringBuilder();
    private final Report report;

    private ReportMarkdown(Report report) {
        this.report = report;
    }

    /** GitHub-flavoured Markdown (CommonMark with tables); ends with a line break. */
    public static String render(Report report) {
        return new ReportMarkdown(report).write();
    }

    private String write() {
        line("## Latency of %s", escaped(report.title()));
        line("");
        line(
                "%s to %s UTC, %s timed, %s.",
                ReportHtml.WHEN.format(Instant.ofEpochMilli(report.fromMs())),
                ReportHtml.WHEN.format(Instant.ofEpochMilli(report.toMs())),
                Html.requests(report.statement().timed()),
                report.weight() == 1
                        ? "every connection"
                        : "counted as " + Html.count(report.endToEnd().count()));
        verdicts();
        if (report.endToEnd().count() > 0) {
            percentiles();
            shares();
            guests();
            report.analysis().changes().ifPresentOrElse(this::changes, () -> {
                line("");
                line("There are no requests of an earlier period to compare with.");
            });
            worst();
        }
        outcomes();
        costs();
        causes();
        report.statement().split().ifPresent(this::split);
        samples();
        error();
        return text.toString();
    }

    private void verdicts() {
        if (report.objectives().isEmpty()) {
            return;
        }
        header("Objective", "Verdict", "Promised", "Kept", "Error budget left");
        for (Objective.Verdict verdict : report.objectives()) {
            row(
                    escaped(verdict.name()) + ": " + escaped(verdict.metric().replace('_', ' ')) + " within "
                            + ReportHtml.threshold(verdict),
                    verdict.total() == 0 ? "no data" : verdict.met() ? "met" : "**missed**",
                    ReportText.percent(verdict.target()),
                    ReportText.percent(verdict.actual()),
                    ReportText.percent(verdict.budgetLeft()));
        }
    }

    private void percentiles() {
        header("", "p50", "p90", "p99", "p99.9");
        for (Series series : List.of(Series.END_TO_END, Series.VIRTUAL_NETWORK)) {
            List<String> cells = new ArrayList<>();
            cells.add(series.name().replace('_', ' '));
            for (Certainty row : report.analysis().confidence()) {
                if (row.hop().equals(series.name())) {
                    cells.add(Html.time(row.ns()) + " (" + Html.interval(row) + ")");
                }
            }
            if (cells.size() == Certainty.PERCENTILES.size() + 1) {
                row(cells.toArray(String[]::new));
            }
        }
        line("");
        line(
                "In brackets the 95 %% interval of each percentile; \"or more\" where the requests are too few to bound it.");
    }

    private void shares() {
        List<Share> shares = report.analysis().shares();
        shares.stream()
                .filter(share -> share.band().equals(Share.SLOWEST_PERCENT))
                .forEach(share -> {
                    line("");
                    line("%s", escaped(HtmlShares.sentence(share)));
                });
        List<String> heads = new ArrayList<>(List.of("Hop", "Host"));
        shares.forEach(share -> heads.add(share.band()));
        header(heads.toArray(String[]::new));
        for (Share.Part part : shares.getFirst().parts()) {
            List<String> cells = new ArrayList<>();
            cells.add(part.hop() + (part.direction().isEmpty() ? "" : ", " + part.direction()));
            cells.add(escaped(part.host()));
            for (Share share : shares) {
                Share.Part here = share.like(part);
                cells.add(
                        here == null
                                ? ""
                                : Html.share(here.share()) + ", " + Html.time(here.meanNs())
                                        + report.oneWayErrorTime(part.hop()));
            }
            row(cells.toArray(String[]::new));
        }
    }

    private void guests() {
        header("Guest", "Requests", "p50", "p99", "Guest's own p50", "p99");
        for (Report.BackendRow row : report.backends()) {
            row(
                    escaped(row.service() + "/" + (row.backend().isEmpty() ? "(unknown)" : row.backend())),
                    Html.count(row.endToEnd().count()),
                    Html.time(row.endToEnd().p50Ns()),
                    marked(row.endToEnd().count(), row.endToEnd().p99Ns()),
                    Html.time(row.guest().p50Ns()),
                    marked(row.guest().count(), row.guest().p99Ns()));
        }
    }

    private String marked(long count, long p99Ns) {
        return Html.time(p99Ns) + (report.bounds(count, 99) ? "" : "†");
    }

    private void changes(Changes changes) {
        line("");
        line(
                "Against %s from %s UTC on: %s",
                Html.requests(changes.count()),
                ReportHtml.WHEN.format(Instant.ofEpochMilli(changes.fromMs())),
                HtmlChanges.sentence(changes));
        List<Changes.Row> changed = changes.rows().stream()
                .filter(row -> row.verdict() == Changes.Verdict.SLOWER || row.verdict() == Changes.Verdict.FASTER)
                .toList();
        if (changed.isEmpty()) {
            return;
        }
        header("Changed", "Percentile", "Now", "Change");
        for (Changes.Row row : changed.subList(0, Math.min(MAX_CHANGES, changed.size()))) {
            Certainty now = row.now();
            row(
                    escaped(now.hop().replace('_', ' ')
                            + (now.host().isEmpty() ? "" : ", " + now.direction() + ", host " + now.host())),
                    "p" + Html.number(now.percentile()),
                    Html.time(now.ns()) + report.oneWayErrorTime(now.hop()),
                    HtmlChanges.words(row));
        }
        if (changed.size() > MAX_CHANGES) {
            line("");
            line("And %d more, in report.html.", changed.size() - MAX_CHANGES);
        }
    }

    private void worst() {
        header("Slowest", "At, UTC", "Client", "Guest", "Most of it in");
        for (Report.Typical request :
                report.analysis().worst().stream().limit(MAX_WORST).toList()) {
            row(
                    Html.time(request.endToEndNs()),
                    ReportHtml.WHEN_EXACTLY.format(Instant.ofEpochSecond(0, request.startNs())),
                    request.client(),
                    escaped(request.backend()),
                    request.steps().stream()
                            .max((a, b) -> Long.compare(a.ns(), b.ns()))
                            .map(step -> escaped(step.hop() + ", " + step.direction() + ", host " + step.host() + ": "
                                    + Html.time(step.ns())))
                            .orElse("unattributed"));
        }
    }

    private void outcomes() {
        Availability availability = report.availability();
        if (availability.requests() == 0) {
            return;
        }
        header("What became of requests", "Requests", "Counts as");
        for (Outcome outcome : Outcome.values()) {
            if (availability.count(outcome) > 0) {
                row(outcome.id(), Html.count(availability.count(outcome)), outcome.good() ? "good" : "bad");
            }
        }
        row("all", Html.count(availability.requests()), ReportText.percent(availability.share()) + " good");
    }

    private void costs() {
        HtmlCosts costs = new HtmlCosts(new Html(), report.analysis().costs());
        if (!costs.guests().isEmpty()) {
            header(HtmlCosts.GUEST_HEADS);
            costs.guests().forEach(this::escapedRow);
        }
        if (!costs.hosts().isEmpty()) {
            header(HtmlCosts.HOST_HEADS);
            costs.hosts().forEach(this::escapedRow);
        }
    }

    private void escapedRow(String... cells) {
        row(Stream.of(cells).map(ReportMarkdown::escaped).toArray(String[]::new));
    }

    private void causes() {
        List<String[]> rows = new HtmlCauses(new Html(), report.analysis().causes()).rows();
        if (rows.isEmpty()) {
            return;
        }
        header("Held up, minute UTC", "Host", "Workers waited", "Stolen", "Collector pauses", "Frames lost");
        for (String[] row : rows) {
            row(row[0], escaped(row[1]), row[2], row[3], row[4], row[5]);
        }
    }

    private void split(SplitError split) {
        if (!split.rows().isEmpty()) {
            header("The guest's split", "Inferred", "Exact", "Off by");
            split.rows().forEach(this::row);
        }
        split.sentences().forEach(sentence -> {
            line("");
            line("%s", escaped(sentence));
        });
    }

    private void samples() {
        if (report.statement().samples().isEmpty()) {
            return;
        }
        header("Samples lost on host", "Lost", "Why");
        for (SampleCounts.OfHost host : report.statement().samples()) {
            row(escaped(host.host()), HtmlStatement.lostShare(host.samples()), HtmlStatement.why(host.samples()));
        }
    }

    private void error() {
        line("");
        line(
                "Clock error between hosts: %s. Unattributed: p50 %s, p99 %s. Left out: %s. Made by Hopline %s; method and"
                        + " error bounds are on the last page of report.html.",
                report.clockErrorNs().isPresent()
                        ? Html.time(report.clockErrorNs().getAsLong())
                        : "unknown",
                Html.time(report.unattributed().p50Ns()),
                Html.time(report.unattributed().p99Ns()),
                leftOut(),
                report.statement().version());
    }

    private String leftOut() {
        List<String> reasons = report.joiner().excluded().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> Html.count(entry.getValue()) + " " + entry.getKey())
                .toList();
        return reasons.isEmpty() ? "nothing" : String.join(", ", reasons);
    }

    private void header(String... cells) {
        line("");
        row(cells);
        text.append("|");
        for (int i = 0; i < cells.length; i++) {
            text.append(i == 0 ? " --- |" : " ---: |");
        }
        text.append('\n');
    }

    private void row(String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private void line(String format, Object... args) {
        text.append(String.format(Locale.ROOT, format, args)).append('\n');
    }

    /** Text of which nothing is taken for markup. */
    static String escaped(String raw) {
        return raw.replaceAll("([\\\\`*_{}\\[\\]<>|#~])", "\\\\$1").replaceAll("\\R", " ");
    }
}
