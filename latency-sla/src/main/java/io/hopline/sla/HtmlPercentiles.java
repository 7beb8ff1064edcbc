package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Plots distributions: the share of requests that are slower to the right, each gridline a tenth of the one before, and
 * time upwards on a logarithmic scale. A promise on the end-to-end time is drawn as a line with a dot at its share.
 */
final class HtmlPercentiles {
    private static final int WIDTH = 1080;
    private static final int HEIGHT = 400;
    private static final int LEFT = 62;
    private static final int RIGHT = 925;
    private static final int TOP = 12;
    private static final int BOTTOM = 360;
    private static final int MAX_CURVES = 7;
    /** The time scale starts where the lowest curve is here; what is faster is of no interest. */
    private static final double LOW_PERCENTILE = 10;

    private static final int LABEL_GAP = 17;

    private final Html html;
    private final List<Report.Curve> curves;
    private final List<Objective.Verdict> promises;
    private final double decades;
    private final LogScale scale;

    HtmlPercentiles(Html html, Report report) {
        this.html = html;
        this.curves = chosen(report.curves());
        this.promises = report.objectives().stream()
                .filter(verdict -> verdict.metric().equals(Series.END_TO_END.name()))
                .toList();
        double far = 1;
        long min = Long.MAX_VALUE;
        long max = 1;
        for (Report.Curve curve : curves) {
            for (Report.Point point : curve.points()) {
                far = Math.max(far, decades(point.percentile()));
                max = Math.max(max, point.ns());
                min = point.percentile() >= LOW_PERCENTILE ? Math.min(min, point.ns()) : min;
            }
        }
        for (Objective.Verdict promise : promises) {
            max = Math.max(max, promise.threshold());
        }
        decades = far;
        double lowest = Math.floor(Math.log10(Math.max(1_000, Math.min(min, max))) * 5) / 5;
        double highest = Math.max(lowest + 1, Math.ceil(Math.log10(max) * 5) / 5);
        scale = new LogScale(lowest, highest, BOTTOM, TOP);
    }

    /** End to end, the virtual network, and the slowest hops. */
    private static List<Report.Curve> chosen(List<Report.Curve> all) {
        List<Report.Curve> sums = new ArrayList<>();
        List<Report.Curve> hops = new ArrayList<>();
        for (Report.Curve curve : all) {
            if (curve.group().equals(Series.END_TO_END.name()) || curve.group().equals(Series.VIRTUAL_NETWORK.name())) {
                sums.add(curve);
            } else if (!curve.group().equals(Series.UNATTRIBUTED.name())) {
                hops.add(curve);
            }
        }
        hops.sort(Comparator.comparingLong(HtmlPercentiles::middle).reversed());
        sums.addAll(hops.subList(0, Math.min(hops.size(), MAX_CURVES - sums.size())));
        return sums;
    }

    private static long middle(Report.Curve curve) {
        return curve.points().isEmpty()
                ? 0
                : curve.points().get(curve.points().size() / 2).ns();
    }

    void draw() {
        html.line("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Percentiles\">", WIDTH, HEIGHT);
        grid();
        promises.forEach(this::promise);
        List<double[]> ends = new ArrayList<>();
        for (Report.Curve curve : curves) {
            ends.add(new double[] {curve(curve), ends.size()});
        }
        labels(ends);
        html.line("</svg>");
    }

    private void grid() {
        for (long ns : scale.ticks()) {
            double y = scale.at(ns);
            html.line("<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, RIGHT, y, y);
            html.line(
                    "<text class=\"small soft\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>",
                    LEFT - 8, y + 4, Html.tick(ns));
        }
        double[] percentiles = {0, 50, 75, 90, 99, 99.9, 99.99, 99.999};
        for (double percentile : percentiles) {
            double x = x(percentile);
            if (x <= RIGHT + 0.5) {
                html.line("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, TOP, BOTTOM);
                html.line(
                        "<text class=\"small soft\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s %%</text>",
                        x, BOTTOM + 18, percentile == Math.rint(percentile) ? "" + (int) percentile : "" + percentile);
            }
        }
        html.line("<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", LEFT, RIGHT, BOTTOM, BOTTOM);
        html.line(
                "<text class=\"small soft\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">this share of requests took at most …"
                        + "</text>",
                (LEFT + RIGHT) / 2, BOTTOM + 36);
    }

    private void promise(Objective.Verdict promise) {
        double y = scale.at(promise.threshold());
        double x = Math.min(RIGHT, x(promise.target() * 100));
        html.line("<line class=\"promise\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, RIGHT, y, y);
        html.line("<circle class=\"promise-dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", x, y);
        html.line(
                "<text class=\"small promise-text\" x=\"%d\" y=\"%.1f\">objective: %s within %s</text>",
                LEFT + 8, y - 6, ReportText.percent(promise.target()), Html.time(promise.threshold()));
    }

    /** Draws one curve as stairs' corners joined; returns where it ends, for its label. */
    private double curve(Report.Curve curve) {
        StringBuilder points = new StringBuilder();
        double y = BOTTOM;
        for (Report.Point point : curve.points()) {
            y = scale.at(point.ns());
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point.percentile()), y));
        }
        String kind = curve.group().equals(Series.END_TO_END.name())
                ? " main"
                : curve.group().equals(Series.VIRTUAL_NETWORK.name()) ? " main virtual" : "";
        html.line(
                "<polyline class=\"%s curve%s\" style=\"fill:none\" points=\"%s\"/>",
                Html.cssClass(curve.group()), kind, points.toString().trim());
        return y;
    }

    private void labels(List<double[]> ends) {
        ends.sort(Comparator.comparingDouble(end -> end[0]));
        double above = Double.NEGATIVE_INFINITY;
        double[] at = new double[ends.size()];
        for (int i = 0; i < at.length; i++) {
            at[i] = Math.max(ends.get(i)[0], above + LABEL_GAP);
            above = at[i];
        }
        double overflow = at.length == 0 ? 0 : Math.max(0, at[at.length - 1] - BOTTOM);
        for (int i = at.length - 1; i >= 0 && overflow > 0; i--) {
            at[i] = Math.min(at[i], BOTTOM - (at.length - 1 - i) * (double) LABEL_GAP);
        }
        for (int i = 0; i < at.length; i++) {
            String group = curves.get((int) ends.get(i)[1]).group();
            html.line(
                    "<circle class=\"%s\" cx=\"%d\" cy=\"%.1f\" r=\"4\"/><text x=\"%d\" y=\"%.1f\"%s>%s</text>",
                    Html.cssClass(group),
                    RIGHT + 14,
                    at[i],
                    RIGHT + 24,
                    at[i] + 4,
                    group.indexOf('_') >= 0 ? " class=\"strong\"" : "",
                    Html.text(group.replace('_', ' ')));
        }
    }

    private double x(double percentile) {
        return LEFT + decades(percentile) / decades * (RIGHT - LEFT);
    }

    private static double decades(double percentile) {
        return -Math.log10(Math.max(1e-7, 1 - percentile / 100));
    }
}
