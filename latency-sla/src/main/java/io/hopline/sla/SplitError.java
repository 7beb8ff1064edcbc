package io.hopline.sla;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How far the inferred split of the guests' time was from exact sources, over the requests for which there was one.
 *
 * @param exact the kernel's share by its own word
 * @param inferred the same requests' share as inferred
 * @param error the difference, either way, request by request
 * @param serverExact the rest of those requests' turn-around
 * @param serverInferred likewise
 * @param wakeUp of that rest, TCP had the request until the server's read returned
 * @param server of that rest, the server's read returned until it wrote
 * @param beyondLog what the server's inferred time is off its log beyond the log's resolution
 */
public record SplitError(
        Percentiles exact,
        Percentiles inferred,
        Percentiles error,
        Percentiles serverExact,
        Percentiles serverInferred,
        Percentiles wakeUp,
        Percentiles server,
        Percentiles beyondLog) {
    private static final Series EXACT = new Series("split_kernel_exact", null, null);
    private static final Series INFERRED = new Series("split_kernel_inferred", null, null);
    private static final Series ERROR = new Series("split_error", null, null);
    private static final Series SERVER_EXACT = new Series("split_server_exact", null, null);
    private static final Series SERVER_INFERRED = new Series("split_server_inferred", null, null);
    private static final Series WAKE_UP = new Series("split_wake_up", null, null);
    private static final Series SERVER = new Series("split_read_to_write", null, null);
    private static final Series BEYOND_LOG = new Series("split_beyond_log", null, null);

    /** One request's values. */
    static Map<Series, Long> series(SplitCheck check) {
        Map<Series, Long> values = new LinkedHashMap<>();
        check.exactNs().ifPresent(exact -> {
            values.put(EXACT, exact);
            values.put(INFERRED, check.inferredNs());
            values.put(ERROR, check.errorNs().orElse(0));
            values.put(SERVER_EXACT, Math.max(0, check.turnAroundNs() - exact));
            values.put(SERVER_INFERRED, Math.max(0, check.turnAroundNs() - check.inferredNs()));
            values.put(WAKE_UP, Math.max(0, check.wakeUpNs()));
            values.put(SERVER, Math.max(0, check.serverNs()));
        });
        check.beyondLogNs().ifPresent(ns -> values.put(BEYOND_LOG, ns));
        return values;
    }

    /** Empty when no request had an exact source. */
    static Optional<SplitError> of(HopHistograms histograms) {
        SplitError found = new SplitError(
                of(histograms, EXACT),
                of(histograms, INFERRED),
                of(histograms, ERROR),
                of(histograms, SERVER_EXACT),
                of(histograms, SERVER_INFERRED),
                of(histograms, WAKE_UP),
                of(histograms, SERVER),
                of(histograms, BEYOND_LOG));
        return found.exact.count() + found.beyondLog.count() == 0 ? Optional.empty() : Optional.of(found);
    }

    private static Percentiles of(HopHistograms histograms, Series series) {
        return Percentiles.of(histograms.get(series));
    }

    /** What stands against what, for tables: {@code {what, requests, inferred, exact, off}}. */
    List<String[]> rows() {
        List<String[]> rows = new ArrayList<>();
        if (exact.count() > 0) {
            rows.add(row("guest-tcpip, p50", inferred.p50Ns(), exact.p50Ns()));
            rows.add(row("guest-tcpip, p99", inferred.p99Ns(), exact.p99Ns()));
            rows.add(row("nginx, p50", serverInferred.p50Ns(), serverExact.p50Ns()));
            rows.add(row("nginx, p99", serverInferred.p99Ns(), serverExact.p99Ns()));
        }
        return rows;
    }

    /** Median error as a share of the median turn-around: how much of the guest's time is said to be the wrong one's. */
    public double misplaced() {
        return (double) error.p50Ns() / Math.max(1, exact.p50Ns() + serverExact.p50Ns());
    }

    private static String[] row(String what, long inferredNs, long exactNs) {
        return new String[] {what, Html.time(inferredNs), Html.time(exactNs), off(inferredNs, exactNs)};
    }

    private static String off(long inferredNs, long exactNs) {
        return exactNs == 0 ? "–" : String.format(Locale.ROOT, "%+.1f %%", 100.0 * (inferredNs - exactNs) / exactNs);
    }

    /** What the table does not say, in whole sentences. */
    List<String> sentences() {
        List<String> lines = new ArrayList<>();
        if (exact.count() > 0) {
            lines.add("Of " + Html.requests(exact.count())
                    + " the guest's kernel told itself when TCP had taken the request, when the server's read returned and when"
                    + " it wrote; for these the hops are exact, and what the inference would have said stands beside it. Of a"
                    + " single request it is off by " + Html.time(error.p50Ns()) + " at p50, "
                    + Html.time(error.p99Ns())
                    + " at p99: " + ReportText.percent(misplaced())
                    + " of the time that kernel and server share at p50.");
            lines.add("nginx holds the server's wake-up, " + Html.time(wakeUp.p50Ns()) + " at p50 and "
                    + Html.time(wakeUp.p99Ns()) + " at p99; from its read to its write it took "
                    + Html.time(server.p50Ns())
                    + " and " + Html.time(server.p99Ns()) + ".");
        }
        if (beyondLog.count() > 0) {
            lines.add("Of " + Html.requests(beyondLog.count())
                    + " the server's log told its time to 1 ms. Beyond that resolution the inferred time was off by "
                    + Html.time(beyondLog.p50Ns()) + " at p50, " + Html.time(beyondLog.p99Ns()) + " at p99.");
        }
        return lines;
    }
}
