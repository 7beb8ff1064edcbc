package io.hopline.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * The density report as a picture: p99 by load for each kind of guest with the objective as a line, and below whose CPU a
 * request in the busiest step took.
 */
final class DensityPlot {
    private static final int WIDTH = 900;
    private static final int LEFT = 90;
    private static final int RIGHT = 24;
    private static final int TOP = 70;
    private static final int CURVES = 300;
    private static final int BAR = 22;
    private static final int BAR_ROW = 40;
    private static final List<String> COLOURS = List.of("#0969da", "#1a7f37", "#bf3989");
    private static final List<String> OWNERS = List.of("switch", "guest", "load");
    private static final List<String> OWNER_COLOURS = List.of("#0969da", "#e59a1c", "#afb8c1");

    private final DensityReport report;
    private final StringBuilder svg = new StringBuilder();

    private DensityPlot(DensityReport report) {
        this.report = report;
    }

    static String svg(DensityReport report) {
        return new DensityPlot(report).draw();
    }

    private String draw() {
        int barsTop = TOP + CURVES + 90;
        int height = barsTop + report.kinds().size() * BAR_ROW + 30;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" ",
                WIDTH, height, WIDTH, height);
        add("aria-label=\"p99 by load, and CPU of a request, by kind of guest\" ");
        add("font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#1f2328\">%n");
        add("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", WIDTH, height);
        text(LEFT, 26, "font-size=\"17\" font-weight=\"600\"", "p99 of a request by requests a second to all guests");
        for (int i = 0; i < report.kinds().size(); i++) {
            text(
                    LEFT + i * 130,
                    50,
                    "fill=\"" + COLOURS.get(i) + "\" font-weight=\"600\"",
                    report.kinds().get(i).kind().id());
        }
        curves();
        text(LEFT, barsTop - 22, "font-size=\"17\" font-weight=\"600\"", "CPU of a request in the busiest step, us");
        for (int i = 0; i < OWNERS.size(); i++) {
            text(
                    WIDTH - RIGHT - 210 + i * 75,
                    barsTop - 22,
                    "fill=\"" + OWNER_COLOURS.get(i) + "\" font-weight=\"600\"",
                    OWNERS.get(i));
        }
        bars(barsTop);
        return svg.append("</svg>\n").toString();
    }

    private static Stream<DensityStep> loaded(KindDensity kind) {
        return Stream.concat(kind.ramp().stream(), kind.push().stream()).filter(step -> step.p99Us() > 0);
    }

    private void curves() {
        LogScale x = LogScale.of(report.kinds().stream()
                .flatMap(DensityPlot::loaded)
                .mapToDouble(DensityStep::plannedPerS)
                .toArray());
        LogScale y = LogScale.of(DoubleStream.concat(
                        report.kinds().stream().flatMap(DensityPlot::loaded).mapToDouble(DensityStep::p99Us),
                        DoubleStream.of(report.plan().objectiveUs()))
                .toArray());
        for (double tick : x.decades()) {
            double at = x(x, tick);
            add("<path d=\"M%.1f %dv%d\" stroke=\"#eceef2\"/>%n", at, TOP, CURVES);
            text((int) at, TOP + CURVES + 18, "text-anchor=\"middle\" fill=\"#59636e\"", Figures.text(tick) + "/s");
        }
        for (double tick : y.decades()) {
            double at = y(y, tick);
            add("<path d=\"M%d %.1fH%d\" stroke=\"#eceef2\"/>%n", LEFT, at, WIDTH - RIGHT);
            text(LEFT - 8, (int) at + 4, "text-anchor=\"end\" fill=\"#59636e\"", Figures.text(tick / 1e3) + " ms");
        }
        double objective = y(y, report.plan().objectiveUs());
        add("<path d=\"M%d %.1fH%d\" stroke=\"#cf222e\" stroke-dasharray=\"5 4\"/>%n", LEFT, objective, WIDTH - RIGHT);
        text(
                WIDTH - RIGHT,
                (int) objective - 6,
                "text-anchor=\"end\" fill=\"#cf222e\"",
                "objective " + Figures.text(report.plan().objectiveUs() / 1e3) + " ms");
        for (int i = 0; i < report.kinds().size(); i++) {
            curve(report.kinds().get(i), COLOURS.get(i), x, y);
        }
    }

    private void curve(KindDensity kind, String colour, LogScale x, LogScale y) {
        var path = new StringBuilder();
        for (DensityStep step : loaded(kind).toList()) {
            double left = x(x, step.plannedPerS());
            double top = y(y, step.p99Us());
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", left, top));
            add(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"><title>%s</title></circle>%n",
                    left,
                    top,
                    colour,
                    kind.kind().id() + ", " + step.guests() + " guests, " + Figures.text(step.plannedPerS())
                            + " requests/s, p99 " + Figures.text(step.p99Us() / 1e3) + " ms");
        }
        add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n", path, colour);
    }

    private static double x(LogScale scale, double value) {
        return LEFT + scale.place(value) * (WIDTH - LEFT - RIGHT);
    }

    private static double y(LogScale scale, double value) {
        return TOP + CURVES - scale.place(value) * CURVES;
    }

    private void bars(int top) {
        double most = report.kinds().stream()
                .flatMap(kind -> kind.telling().stream())
                .mapToDouble(step ->
                        step.perRequestUs(step.cpu().hosting() + step.cpu().load()))
                .max()
                .orElse(1);
        double scale = (WIDTH - LEFT - RIGHT - 150) / most;
        for (int i = 0; i < report.kinds().size(); i++) {
            KindDensity kind = report.kinds().get(i);
            int y = top + i * BAR_ROW;
            text(LEFT - 8, y + 15, "text-anchor=\"end\"", kind.kind().id());
            kind.telling().ifPresent(step -> bar(step, y, scale));
        }
    }

    private void bar(DensityStep step, int y, double scale) {
        List<Double> parts = List.of(
                step.switchUs(), step.guestUs(), step.perRequestUs(step.cpu().load()));
        double left = LEFT;
        for (int i = 0; i < parts.size(); i++) {
            double width = parts.get(i) * scale;
            add(
                    "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                    left, y, width, BAR, OWNER_COLOURS.get(i));
            left += width;
        }
        text(
                (int) Math.ceil(left) + 8,
                y + 15,
                "",
                String.join(" + ", parts.stream().map(Figures::text).toList()));
    }

    private void text(int x, int y, String attributes, String text) {
        String safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        add("<text x=\"%d\" y=\"%d\" %s>%s</text>%n", x, y, attributes, safe);
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }

    /** A logarithmic axis over whole factors of ten. */
    private record LogScale(double from, double to) {
        static LogScale of(double... values) {
            double least =
                    Arrays.stream(values).filter(value -> value > 0).min().orElse(1);
            double most = Arrays.stream(values).max().orElse(10);
            double from = Math.pow(10, Math.floor(Math.log10(least)));
            return new LogScale(from, Math.max(from * 10, Math.pow(10, Math.ceil(Math.log10(Math.max(most, least))))));
        }

        /** 0 at the beginning to 1 at the end. */
        double place(double value) {
            return Math.log10(value / from) / Math.log10(to / from);
        }

        List<Double> decades() {
            var decades = new ArrayList<Double>();
            for (double tick = from; tick <= to * 1.001; tick *= 10) {
                decades.add(tick);
            }
            return decades;
        }
    }
}
