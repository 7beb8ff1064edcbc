package io.hopline.sla;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * Draws a period from left to right: percentiles with the objectives' thresholds as lines, the rate, and a heat map of how
 * many requests took how long. Where nothing was counted there is a gap. Times upwards on a logarithmic scale.
 */
final class HtmlTimeline {
    private static final int LATENCY_HEIGHT = 270;
    private static final int RATE_TOP = 300;
    private static final int RATE_BOTTOM = 372;
    private static final int HEIGHT = 396;
    private static final double HEAT_ROW = 12;
    private static final double MAX_HEAT_HEIGHT = 320;
    private static final int TOP = 8;
    /** A percentile of a slot is drawn as a line when the slot has a request beyond it, on average. */
    private static final long ENOUGH_FOR_P99 = 100;

    private static final long ENOUGH_FOR_P999 = 1_000;
    private static final DateTimeFormatter WHEN =
            DateTimeFormatter.ofPattern("d MMM HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Html html;
    private final Timeline timeline;
    private final Report report;
    private final List<Objective.Verdict> promises;
    private final TimeAxis axis;
    private final LogScale scale;
    private final double heatRow;

    HtmlTimeline(Html html, Report report) {
        this.html = html;
        this.timeline = report.analysis().timeline();
        this.report = report;
        this.promises = report.objectives().stream()
                .filter(verdict -> verdict.metric().equals(Series.END_TO_END.name()))
                .toList();
        this.axis = new TimeAxis(timeline);
        long min = Long.MAX_VALUE;
        long max = 1;
        for (Timeline.Slot slot : timeline.slots()) {
            if (slot.count() > 0) {
                min = Math.min(min, slot.p50Ns());
                max = Math.max(max, slot.p999Ns());
            }
        }
        for (Objective.Verdict promise : promises) {
            min = Math.min(min, promise.threshold());
            max = Math.max(max, promise.threshold());
        }
        double lowest = Math.floor(Math.log10(Math.max(100, min)) * 3) / 3;
        double highest = Math.max(lowest + 0.7, Math.ceil(Math.log10(max) * 3) / 3);
        scale = new LogScale(lowest, highest, LATENCY_HEIGHT, TOP);
        heatRow = Math.min(HEAT_ROW, MAX_HEAT_HEIGHT / timeline.heatFromNs().size());
    }

    void draw() {
        html.line(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Percentiles and rate over time, as in the table below\">",
                TimeAxis.WIDTH, HEIGHT);
        grid();
        promises.forEach(this::promise);
        line("p999", ENOUGH_FOR_P999, Timeline.Slot::p999Ns);
        line("p99", ENOUGH_FOR_P99, Timeline.Slot::p99Ns);
        line("p50", 1, Timeline.Slot::p50Ns);
        rate();
        marks(RATE_BOTTOM + 18);
        html.line("</svg>");
        html.line("<div class=\"legend\"><span><i class=\"p50\"></i>p50</span><span><i class=\"p99\"></i>p99</span>"
                + "<span><i class=\"p999\"></i>p99.9</span><span>dots: a slot with too few requests for the percentile,"
                + " which is then its slowest request or nearly so</span></div>");
    }

    private void grid() {
        for (long ns : scale.ticks()) {
            double y = scale.at(ns);
            html.line(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                            + "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>",
                    TimeAxis.LEFT, TimeAxis.RIGHT, y, y, TimeAxis.LEFT - 8, y + 4, Html.tick(ns));
        }
    }

    private void marks(double y) {
        for (TimeAxis.Tick tick : axis.ticks()) {
            html.line(
                    "<text class=\"small soft\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                    tick.x(), y, tick.text());
        }
    }

    private void promise(Objective.Verdict promise) {
        double y = scale.at(promise.threshold());
        html.line(
                "<line class=\"promise\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
                TimeAxis.LEFT, TimeAxis.RIGHT, y, y);
        html.line(
                "<text class=\"small promise-text\" x=\"%d\" y=\"%.1f\">objective: %s within %s</text>",
                TimeAxis.LEFT + 8, y - 5, ReportText.percent(promise.target()), Html.time(promise.threshold()));
    }

    /** Joins neighbours that have enough requests; what stands alone or has too few is a dot. */
    private void line(String css, long enough, ToLongFunction<Timeline.Slot> value) {
        StringBuilder points = new StringBuilder();
        int joined = 0;
        for (Timeline.Slot slot : timeline.slots()) {
            if (slot.count() / report.weight() >= enough) {
                points.append(
                        String.format(Locale.ROOT, "%.1f,%.1f ", axis.middle(slot), scale.at(value.applyAsLong(slot))));
                joined++;
                continue;
            }
            polyline(css, points, joined);
            points.setLength(0);
            joined = 0;
            if (slot.count() > 0) {
                dot(css + " few", axis.middle(slot), scale.at(value.applyAsLong(slot)));
            }
        }
        polyline(css, points, joined);
    }

    private void polyline(String css, StringBuilder points, int joined) {
        if (joined == 1) {
            String[] xy = points.toString().trim().split(",");
            dot(css, Double.parseDouble(xy[0]), Double.parseDouble(xy[1]));
        } else if (joined > 1) {
            html.line(
                    "<polyline class=\"%s curve\" style=\"fill:none\" points=\"%s\"/>",
                    css, points.toString().trim());
        }
    }

    private void dot(String css, double x, double y) {
        html.line("<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\"/>", css, x, y);
    }

    private void rate() {
        double most =
                timeline.slots().stream().mapToDouble(this::perSecond).max().orElse(1);
        for (Timeline.Slot slot : timeline.slots()) {
            if (slot.count() > 0) {
                double height = Math.max(1, perSecond(slot) / most * (RATE_BOTTOM - RATE_TOP));
                html.line(
                        "<rect class=\"rate\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s UTC: %s</title></rect>",
                        axis.x(slot.fromMs()),
                        RATE_BOTTOM - height,
                        Math.max(0.8, axis.slotWidth() - 1),
                        height,
                        WHEN.format(Instant.ofEpochMilli(slot.fromMs())),
                        Html.rate(perSecond(slot)));
            }
        }
        html.line(
                "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
                TimeAxis.LEFT, TimeAxis.RIGHT, RATE_BOTTOM, RATE_BOTTOM);
        html.line(
                "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>",
                TimeAxis.LEFT - 8, RATE_TOP + 4, Html.rate(most));
    }

    /** Requests a second, those that were not timed included. */
    private double perSecond(Timeline.Slot slot) {
        return slot.count() * 1_000.0 / axis.slotMs();
    }

    /** How many requests took how long, when. */
    void heat() {
        double bottom = TOP + timeline.heatFromNs().size() * heatRow;
        html.line(
                "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"Heat map of end-to-end times over time\">",
                TimeAxis.WIDTH, bottom + 26);
        long most = 1;
        for (Timeline.Slot slot : timeline.slots()) {
            for (long count : slot.heat()) {
                most = Math.max(most, count);
            }
        }
        for (Timeline.Slot slot : timeline.slots()) {
            column(slot, bottom, most);
        }
        long fromNs = timeline.heatFromNs().getFirst();
        double powers = Math.log10(timeline.heatToNs()) - Math.log10(Math.max(1, fromNs));
        for (long ns :
                new LogScale(Math.log10(Math.max(1, fromNs)), Math.log10(timeline.heatToNs()), 0, powers).ticks()) {
            double row = (double) (LatencyStep.of(ns) - LatencyStep.of(fromNs)) / Timeline.STEPS_PER_ROW;
            html.line(
                    "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>",
                    TimeAxis.LEFT - 8, bottom - row * heatRow + 4, Html.tick(ns));
        }
        marks(bottom + 18);
        html.line("</svg>");
    }

    private void column(Timeline.Slot slot, double bottom, long most) {
        for (int row = 0; row < slot.heat().size(); row++) {
            long count = slot.heat().get(row);
            if (count > 0) {
                double heat = 0.1 + 0.9 * Math.log1p(count) / Math.log1p(most);
                long from = timeline.heatFromNs().get(row);
                html.line(
                        "<rect class=\"heat\" fill-opacity=\"%.2f\" x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\">"
                                + "<title>%s UTC, %s and longer: %s</title></rect>",
                        heat,
                        axis.x(slot.fromMs()),
                        bottom - (row + 1) * heatRow,
                        axis.slotWidth() + 0.05,
                        heatRow,
                        WHEN.format(Instant.ofEpochMilli(slot.fromMs())),
                        Html.time(from),
                        Html.count(count));
            }
        }
    }

    /** The same as numbers. */
    void table() {
        html.line(
                "<details><summary>As a table</summary><div class=\"scroll\"><table><tr><th class=\"l\">from, UTC</th>"
                        + "<th>requests</th><th>per second</th><th>p50</th><th>p99</th><th>p99.9</th><th>max</th></tr>");
        for (Timeline.Slot slot : timeline.slots()) {
            html.raw(
                    "<tr><td class=\"l\">%s</td><td>%s</td>",
                    WHEN.format(Instant.ofEpochMilli(slot.fromMs())), Html.count(slot.count()));
            if (slot.count() == 0) {
                html.line("<td>–</td><td>–</td><td>–</td><td>–</td><td>–</td></tr>");
                continue;
            }
            html.line(
                    "<td>%s</td><td>%s</td><td>%s%s</td><td>%s%s</td><td>%s</td></tr>",
                    Html.rate(perSecond(slot)),
                    Html.time(slot.p50Ns()),
                    Html.time(slot.p99Ns()),
                    Html.mark(report.bounds(slot.count(), 99)),
                    Html.time(slot.p999Ns()),
                    Html.mark(report.bounds(slot.count(), 99.9)),
                    Html.time(slot.maxNs()));
        }
        html.line("</table></div></details>");
    }
}
