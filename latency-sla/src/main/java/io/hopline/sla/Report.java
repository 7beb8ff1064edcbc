package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Everything a report says, in plain figures: what {@link ReportJson} writes and reads, and what {@link ReportText} and
 * {@link ReportHtml} show. All times nanoseconds.
 *
 * @param title what the report is about, such as the service's name
 * @param fromMs earliest and latest moment covered, Unix milliseconds
 * @param hops one row per hop, direction and host, in path order
 * @param paths the same for the requests of each path alone, the shortest path first
 * @param clockErrorNs bound on the error of times between two hosts' stamps; empty when unknown
 * @param typical whole requests nearest p50, p90, p99 and p99.9
 * @param availability what became of requests, of those that were not timed, too
 * @param curves distributions in full, for plots
 * @param flags requests per remark of {@link RequestTrace.Flag}, in lower case with hyphens
 * @param client what the load generator itself measured, when one took part
 * @param method how it was measured and what limits it, one statement per line
 * @param analysis what lies behind the percentiles
 * @param statement what somebody who signs has to know beside the figures
 */
public record Report(
        String title,
        long fromMs,
        long toMs,
        List<HopRow> hops,
        List<Path> paths,
        Percentiles endToEnd,
        Percentiles unattributed,
        Percentiles virtualNetwork,
        OptionalLong clockErrorNs,
        List<Objective.Verdict> objectives,
        List<BackendRow> backends,
        Optional<ClientFigures> client,
        int sampledOneIn,
        JoinerCounters joiner,
        Availability availability,
        Map<String, Long> flags,
        List<Typical> typical,
        List<Curve> curves,
        List<String> method,
        Analysis analysis,
        Statement statement) {

    /** One line of the hop table. */
    public record HopRow(
            String hop,
            String direction,
            String host,
            long count,
            long p50Ns,
            long p90Ns,
            long p99Ns,
            long p999Ns,
            long maxNs) {
        static HopRow of(Series series, Percentiles p) {
            Direction direction = series.direction();
            String host = series.host();
            return new HopRow(
                    series.name(),
                    direction == null ? "" : direction.id(),
                    host == null ? "" : host,
                    p.count(),
                    p.p50Ns(),
                    p.p90Ns(),
                    p.p99Ns(),
                    p.p999Ns(),
                    p.maxNs());
        }
    }

    /** The hops of the requests whose way led over these hosts, the entry host first. */
    public record Path(List<String> hosts, Percentiles endToEnd, List<HopRow> hops) {
        public Path {
            hosts = List.copyOf(hosts);
            hops = List.copyOf(hops);
        }
    }

    /** One backend's share; the name is empty when no sighting told which backend answered. */
    public record BackendRow(
            String service, String backend, Percentiles endToEnd, Percentiles virtualNetwork, Percentiles guest) {}

    /**
     * A load generator's own figures.
     *
     * @param load how the load was made, in words
     * @param requests sent
     * @param errors answered with anything but success, or not at all
     * @param responses count per status or kind of error
     * @param latency from each request's planned send time to its last response byte, so that a stall counts for all
     *     requests it delayed (coordinated omission)
     */
    public record ClientFigures(
            String load,
            long requests,
            long errors,
            double plannedPerSecond,
            double achievedPerSecond,
            Map<String, Long> responses,
            Percentiles latency) {}

    /**
     * One real request, step by step.
     *
     * @param label why it is shown, such as {@code at p99}
     * @param remarks its {@link RequestTrace.Flag}s, in lower case with hyphens
     */
    public record Typical(
            String label,
            String client,
            String service,
            String backend,
            long startNs,
            long endToEndNs,
            long unattributedNs,
            List<String> remarks,
            List<Step> steps) {}

    /** One stretch of a {@link Typical} request. */
    public record Step(String hop, String direction, String host, long offsetNs, long ns) {}

    /** A distribution as points; {@code group} is {@code end_to_end} or a hop's id. */
    public record Curve(String group, List<Point> points) {}

    /** Share of values, in percent, that are at most {@code ns}. */
    public record Point(double percentile, long ns) {}

    public Report {
        hops = List.copyOf(hops);
        paths = List.copyOf(paths);
        objectives = List.copyOf(objectives);
        backends = List.copyOf(backends);
        // A report of before this was told has none.
        availability = availability == null ? Availability.NONE : availability;
        flags = Map.copyOf(flags);
        typical = List.copyOf(typical);
        curves = List.copyOf(curves);
        method = List.copyOf(method);
    }

    /** Draws up a report of a period that is not divided and compared with nothing, see {@link #of(ReportSource)}. */
    public static Report of(
            String title,
            long fromMs,
            long toMs,
            HopHistograms histograms,
            ClockModel clocks,
            List<Objective.Verdict> verdicts,
            int sampledOneIn,
            JoinerCounters joiner) {
        return of(ReportSource.of(title, fromMs, toMs, histograms, clocks, verdicts, sampledOneIn, joiner));
    }

    /** Draws up a report. */
    public static Report of(ReportSource source) {
        HopHistograms histograms = source.histograms();
        ClockModel clocks = source.clocks();
        List<HopRow> hops = new ArrayList<>();
        for (Series series : histograms.hops()) {
            hops.add(HopRow.of(series, Percentiles.of(histograms.get(series))));
        }
        List<BackendRow> backends = new ArrayList<>();
        histograms
                .backends()
                .forEach((backend, split) -> backends.add(new BackendRow(
                        backend.service(),
                        backend.name(),
                        Percentiles.of(split.endToEnd()),
                        Percentiles.of(split.virtualNetwork()),
                        Percentiles.of(split.guest()))));
        Map<String, Long> flags = new TreeMap<>();
        histograms.flags().forEach((flag, count) -> flags.put(ReportMethod.id(flag), count));
        OptionalLong clockErrorNs = clocks.errorNs(histograms.hosts());
        return new Report(
                source.title(),
                source.fromMs(),
                source.toMs(),
                hops,
                ReportFigures.paths(histograms),
                Percentiles.of(histograms.get(Series.END_TO_END)),
                Percentiles.of(histograms.get(Series.UNATTRIBUTED)),
                Percentiles.of(histograms.get(Series.VIRTUAL_NETWORK)),
                clockErrorNs,
                source.verdicts(),
                backends,
                Optional.empty(),
                source.sampledOneIn(),
                source.joiner(),
                Availability.of(histograms),
                flags,
                ReportFigures.typical(histograms),
                ReportFigures.curves(histograms),
                ReportMethod.statements(source, clockErrorNs),
                Analysis.of(source),
                Statement.of(source));
    }

    /** The same report with what the load generator measured. */
    public Report withClient(ClientFigures figures) {
        return with(Optional.of(figures), analysis);
    }

    /** The same report with what guests cost. */
    public Report withCosts(GuestCosts costs) {
        return with(client, analysis.with(costs));
    }

    private Report with(Optional<ClientFigures> figures, Analysis behind) {
        return new Report(
                title,
                fromMs,
                toMs,
                hops,
                paths,
                endToEnd,
                unattributed,
                virtualNetwork,
                clockErrorNs,
                objectives,
                backends,
                figures,
                sampledOneIn,
                joiner,
                availability,
                flags,
                typical,
                curves,
                method,
                behind,
                statement);
    }

    /** What stands behind a figure of a hop that lies between two clocks, microseconds; nothing behind any other. */
    String oneWayError(String hop) {
        if (!hop.equals(Hop.OVERLAY.id())) {
            return "";
        }
        return " ± " + (clockErrorNs.isPresent() ? Html.us(clockErrorNs.getAsLong()) : "unknown");
    }

    /** As {@link #oneWayError}, with its unit. */
    String oneWayErrorTime(String hop) {
        String microseconds = oneWayError(hop);
        return microseconds.isEmpty() ? "" : microseconds + " µs";
    }

    /** How many of the requests counted a timed one stands for, on average. */
    double weight() {
        return statement.timed() == 0 ? 1 : Math.max(1, (double) endToEnd.count() / statement.timed());
    }

    /** True when so many counted requests can bound a percentile from above. */
    boolean bounds(long count, double percentile) {
        return Confidence.bounded((long) (count / weight()), percentile);
    }

    /** True when every objective is met; also when there is none. */
    public boolean met() {
        return objectives.stream().allMatch(Objective.Verdict::met);
    }
}
