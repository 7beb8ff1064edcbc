package io.hopline.sla;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What lies behind a report's percentiles.
 *
 * @param shares whose time it is, for all requests, the median's and the slow ones
 * @param hosts one row per host, the entry host first
 * @param worst the slowest requests, the slowest first
 * @param confidence how sure the percentiles of the whole and of the virtual network are
 * @param timeline the period slot by slot
 * @param changes against an earlier period; empty when there was nothing to compare with
 * @param causes what may explain slow requests, minute by minute
 * @param costs what guests cost; nothing in a report that was drawn up without
 */
public record Analysis(
        List<Share> shares,
        List<HostRow> hosts,
        List<Report.Typical> worst,
        List<Certainty> confidence,
        Timeline timeline,
        Optional<Changes> changes,
        List<Causes.Minute> causes,
        GuestCosts costs) {
    static final int WORST = 10;

    public Analysis {
        shares = List.copyOf(shares);
        hosts = List.copyOf(hosts);
        worst = List.copyOf(worst);
        confidence = List.copyOf(confidence);
        causes = List.copyOf(causes);
        // A report.json of an earlier version has none.
        costs = Objects.requireNonNullElse(costs, GuestCosts.NONE);
    }

    static Analysis of(ReportSource source) {
        HopHistograms histograms = source.histograms();
        List<Share> shares = Share.of(histograms);
        return new Analysis(
                shares,
                HostRow.of(histograms, shares),
                ReportFigures.worst(histograms, WORST),
                Certainty.of(histograms, source.slots()),
                Timeline.of(source.slots()),
                source.baseline()
                        .filter(baseline -> baseline.histograms().count() > 0 && histograms.count() > 0)
                        .map(baseline -> Changes.of(histograms, source.slots(), baseline, source.baselineSlots())),
                source.causes(),
                GuestCosts.NONE);
    }

    /** The same with what guests cost. */
    Analysis with(GuestCosts known) {
        return new Analysis(shares, hosts, worst, confidence, timeline, changes, causes, known);
    }
}
