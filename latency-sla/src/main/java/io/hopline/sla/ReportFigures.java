package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.HdrHistogram.AbstractHistogram;
import org.jspecify.annotations.Nullable;

/** Takes from histograms what plots need: curves and single requests. */
final class ReportFigures {
    /** Points per factor of ten towards 100 %, fine enough for a smooth line. */
    private static final int POINTS_PER_DECADE = 12;

    /** Of the slowest requests so many outlive their step in memory. */
    private static final int STORED_SLOWEST = 4;

    private ReportFigures() {}

    /** End to end, virtual network, and each hop summed over directions and hosts, largest median first. */
    static List<Report.Curve> curves(HopHistograms histograms) {
        List<Report.Curve> curves = new ArrayList<>();
        if (histograms.count() == 0) {
            return curves;
        }
        curves.add(curve(Series.END_TO_END, histograms));
        curves.add(curve(Series.VIRTUAL_NETWORK, histograms));
        for (Hop hop : Hop.values()) {
            Series series = Series.of(hop, null, null);
            if (histograms.get(series).getTotalCount() > 0) {
                curves.add(curve(series, histograms));
            }
        }
        curves.add(curve(Series.UNATTRIBUTED, histograms));
        return curves;
    }

    /** One per way through the hosts, in path order within each. */
    static List<Report.Path> paths(HopHistograms histograms) {
        List<Report.Path> paths = new ArrayList<>();
        histograms.paths().forEach((hosts, split) -> {
            Map<Series, AbstractHistogram> byHop = split.hops();
            List<Series> order = new ArrayList<>(byHop.keySet());
            order.sort(new PathOrder(hosts));
            List<Report.HopRow> hops = new ArrayList<>();
            for (Series series : order) {
                AbstractHistogram histogram = byHop.get(series);
                if (histogram != null) {
                    hops.add(Report.HopRow.of(series, Percentiles.of(histogram)));
                }
            }
            paths.add(new Report.Path(hosts, Percentiles.of(split.endToEnd()), hops));
        });
        paths.sort(Comparator.comparingInt(path -> path.hosts().size()));
        return paths;
    }

    /** Requests whose end-to-end time is closest to a percentile's. */
    static List<Report.Typical> typical(HopHistograms histograms) {
        List<Report.Typical> typical = new ArrayList<>();
        AbstractHistogram endToEnd = histograms.get(Series.END_TO_END);
        if (endToEnd.getTotalCount() == 0) {
            return typical;
        }
        Exemplars exemplars = histograms.exemplars();
        add(typical, "at p50", exemplars.closest(endToEnd.getValueAtPercentile(50)));
        add(typical, "at p90", exemplars.closest(endToEnd.getValueAtPercentile(90)));
        add(typical, "at p99", exemplars.closest(endToEnd.getValueAtPercentile(99)));
        add(typical, "at p99.9", exemplars.closest(endToEnd.getValueAtPercentile(99.9)));
        return typical;
    }

    /** The requests behind {@link #typical} and a few of the slowest, each once: those that are stored. */
    static Set<RequestTrace> shown(HopHistograms histograms) {
        Set<RequestTrace> shown = new LinkedHashSet<>();
        AbstractHistogram endToEnd = histograms.get(Series.END_TO_END);
        Exemplars exemplars = histograms.exemplars();
        for (double percentile : new double[] {50, 90, 99, 99.9}) {
            RequestTrace trace = exemplars.closest(endToEnd.getValueAtPercentile(percentile));
            if (trace != null) {
                shown.add(trace);
            }
        }
        shown.addAll(exemplars.slowest().stream().limit(STORED_SLOWEST).toList());
        return shown;
    }

    /** The slowest requests, at most {@code count}, the slowest first. */
    static List<Report.Typical> worst(HopHistograms histograms, int count) {
        List<Report.Typical> worst = new ArrayList<>();
        for (RequestTrace trace : histograms.exemplars().slowest()) {
            if (worst.size() < count) {
                add(worst, "slowest, number " + (worst.size() + 1), trace);
            }
        }
        return worst;
    }

    private static Report.Curve curve(Series series, HopHistograms histograms) {
        AbstractHistogram histogram = histograms.get(series);
        TreeSet<Double> percentiles = new TreeSet<>();
        for (int percent = 0; percent < 90; percent += 5) {
            percentiles.add((double) percent);
        }
        long count = histogram.getTotalCount();
        double decades = Math.max(1, Math.log10(Math.max(1, count)));
        for (int i = POINTS_PER_DECADE; i <= decades * POINTS_PER_DECADE; i++) {
            percentiles.add(100 - 100 * Math.pow(10, -(double) i / POINTS_PER_DECADE));
        }
        List<Report.Point> points = new ArrayList<>();
        for (double percentile : percentiles) {
            points.add(
                    new Report.Point(Math.round(percentile * 1e6) / 1e6, histogram.getValueAtPercentile(percentile)));
        }
        return new Report.Curve(series.name(), points);
    }

    private static void add(List<Report.Typical> list, String label, @Nullable RequestTrace trace) {
        if (trace == null) {
            return;
        }
        List<Report.Step> steps = new ArrayList<>();
        for (RequestTrace.Step step : trace.steps()) {
            steps.add(new Report.Step(
                    step.hop().id(), step.direction().id(), step.host(), step.startOffsetNs(), step.ns()));
        }
        list.add(new Report.Typical(
                label,
                trace.client().toString(),
                trace.service(),
                trace.backend().orElse(""),
                trace.startNs(),
                trace.endToEndNs(),
                trace.unattributedNs(),
                trace.flags().stream().map(ReportMethod::id).sorted().toList(),
                steps));
    }
}
