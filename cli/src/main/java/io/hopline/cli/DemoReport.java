package io.hopline.cli;

import io.hopline.sla.Percentiles;
import io.hopline.sla.Report;
import io.hopline.sla.ReportText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The controller's report with the client's own figures, and what of the main job it does not show.
 *
 * @param report what the hosts saw
 * @param load what the client saw
 */
record DemoReport(Report report, LoadResult load) {
    private static final long SETTLE_MS = 1_500;
    private static final long POLL_MS = 250;
    private static final long TIMEOUT_MS = 20_000;
    private static final List<String> HOSTS = List.of("a", "b");
    private static final double MAX_UNATTRIBUTED_SHARE = 0.05;

    /** Fetches the report once the last sightings have arrived and were joined: when no more have been for a while. */
    static DemoReport fetch(RestClient rest, String service, String objectives, LoadPlan plan, LoadResult load)
            throws InterruptedException {
        awaitJoined(rest);
        long sinceS =
                TimeUnit.NANOSECONDS.toSeconds(load.elapsedNs()) + TimeUnit.MILLISECONDS.toSeconds(TIMEOUT_MS) + 1;
        Report report = SlaCommand.fetch(rest, service, sinceS + "s", null, objectives);
        return new DemoReport(report.withClient(figures(plan, load)), load);
    }

    /** Waits until what the hosts saw was joined: until no more requests were for a while. */
    static void awaitJoined(RestClient rest) throws InterruptedException {
        long deadlineMs = System.currentTimeMillis() + TIMEOUT_MS;
        long grownMs = System.currentTimeMillis();
        long count = -1;
        do {
            Thread.sleep(POLL_MS);
            long joined = rest.get("/api/v1/sla/joiner").path("traces").asLong();
            if (joined != count) {
                count = joined;
                grownMs = System.currentTimeMillis();
            }
        } while (System.currentTimeMillis() < deadlineMs
                && (count <= 0 || System.currentTimeMillis() - grownMs < SETTLE_MS));
    }

    private static Report.ClientFigures figures(LoadPlan plan, LoadResult load) {
        Map<String, Long> responses = new TreeMap<>(load.errors());
        responses.put("HTTP 200", load.ok());
        String how = plan.connections() + " connections made anew every " + plan.requestsPerConnection()
                + " requests, Poisson arrivals, " + load.connections() + " connections in all";
        return new Report.ClientFigures(
                how,
                load.ok() + load.errorCount(),
                load.errorCount(),
                plan.ratePerSecond(),
                (load.ok() + load.errorCount()) / (load.elapsedNs() / 1e9),
                responses,
                Percentiles.of(load.latencyNs()));
    }

    /** The hop table and what belongs to it, for a terminal. */
    String text() {
        return ReportText.render(report);
    }

    /** What a run of the main job must show and this one does not, in words. */
    List<String> missing(String mode) {
        var missing = new ArrayList<String>();
        for (String host : HOSTS) {
            for (String hop : List.of("host-nic", "vswitch", "vnic")) {
                require(missing, hop, "request", host);
                require(missing, hop, "response", host);
            }
            require(missing, "guest-tcpip", "request", host);
            require(missing, "nginx", "request", host);
        }
        requireOnAnyHost(missing, "overlay", "request");
        requireOnAnyHost(missing, "overlay", "response");
        if (mode.equals("l7")
                && report.hops().stream().noneMatch(row -> row.hop().startsWith("proxy"))) {
            missing.add("no time was seen in the proxy");
        }
        for (String backend : List.of("web1", "web2")) {
            if (load.servedBy().getOrDefault(backend, 0L) == 0) {
                missing.add("backend " + backend + " served no request");
            }
        }
        load.errors().forEach((what, count) -> missing.add(count + " requests failed: " + what));
        long unattributedNs = report.unattributed().p50Ns();
        if (unattributedNs > MAX_UNATTRIBUTED_SHARE * report.endToEnd().p50Ns()) {
            missing.add("unattributed time is " + unattributedNs + " ns at the median, more than "
                    + Math.round(MAX_UNATTRIBUTED_SHARE * 100) + " % of the "
                    + report.endToEnd().p50Ns()
                    + " ns end to end");
        }
        return missing;
    }

    private void require(List<String> missing, String hop, String direction, String host) {
        if (count(hop, direction, host) == 0) {
            missing.add("hop " + hop + ", " + direction + ", host " + host + " was not seen");
        }
    }

    private void requireOnAnyHost(List<String> missing, String hop, String direction) {
        if (HOSTS.stream().allMatch(host -> count(hop, direction, host) == 0)) {
            missing.add("hop " + hop + ", " + direction + " was not seen");
        }
    }

    private long count(String hop, String direction, String host) {
        return report.hops().stream()
                .filter(row -> row.hop().equals(hop)
                        && row.direction().equals(direction)
                        && row.host().equals(host))
                .mapToLong(Report.HopRow::count)
                .sum();
    }
}
