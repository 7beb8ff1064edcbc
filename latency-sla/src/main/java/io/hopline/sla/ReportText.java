package io.hopline.sla;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A {@link Report} for a terminal: one line per hop in path order, microseconds, columns aligned. */
public final class ReportText {
    private static final String ROW = "  %-9s %-14s %-10s %9s %10s %10s %10s %10s %10s%n";
    /** Guests whose cost is told, the costliest. */
    private static final int MAX_COSTS = 10;

    private ReportText() {}

    /** The hop table, the sums, the backends, the verdicts and what was left out; ends with a line break. */
    public static String render(Report report) {
        StringBuilder text = new StringBuilder();
        table(text, report);
        backends(text, report);
        outcomes(text, report.availability());
        costs(text, report.analysis().costs());
        report.client().ifPresent(client -> client(text, client));
        verdicts(text, report.objectives());
        footer(text, report);
        return text.toString();
    }

    private static void table(StringBuilder text, Report report) {
        append(text, ROW, "direction", "hop", "host", "count", "p50 us", "p90 us", "p99 us", "p99.9 us", "max us");
        append(text, "  %s%n", "-".repeat(99));
        String direction = "";
        for (Report.HopRow row : report.hops()) {
            append(
                    text,
                    ROW,
                    row.direction().equals(direction) ? "" : row.direction(),
                    row.hop(),
                    row.host(),
                    row.count(),
                    us(row.p50Ns()),
                    us(row.p90Ns()),
                    us(row.p99Ns()),
                    us(row.p999Ns()),
                    us(row.maxNs()));
            direction = row.direction();
        }
        append(text, "  %s%n", "-".repeat(99));
        sum(text, "end to end", report.endToEnd());
        sum(text, "virtual network", report.virtualNetwork());
        sum(text, "unattributed", report.unattributed());
    }

    private static void sum(StringBuilder text, String name, Percentiles p) {
        append(
                text,
                "  %-35s %9s %10s %10s %10s %10s %10s%n",
                name,
                p.count(),
                us(p.p50Ns()),
                us(p.p90Ns()),
                us(p.p99Ns()),
                us(p.p999Ns()),
                us(p.maxNs()));
    }

    private static void backends(StringBuilder text, Report report) {
        if (!report.backends().isEmpty()) {
            append(text, "%n  backend                             requests     p50 us     p99 us   guest p50%n");
        }
        for (Report.BackendRow row : report.backends()) {
            append(
                    text,
                    "  %-35s %9s %10s %10s %11s%n",
                    row.service() + "/" + (row.backend().isEmpty() ? "(unknown)" : row.backend()),
                    row.endToEnd().count(),
                    us(row.endToEnd().p50Ns()),
                    us(row.endToEnd().p99Ns()),
                    us(row.guest().p50Ns()));
        }
    }

    private static void outcomes(StringBuilder text, Availability availability) {
        if (availability.requests() == 0) {
            return;
        }
        append(
                text,
                "%n  of %d requests seen %s count as good:",
                availability.requests(),
                percent(availability.share()));
        String separator = " ";
        for (Outcome outcome : Outcome.values()) {
            if (availability.count(outcome) > 0) {
                append(text, "%s%d %s", separator, availability.count(outcome), outcome.id());
                separator = ", ";
            }
        }
        append(text, "%n");
    }

    private static void costs(StringBuilder text, GuestCosts costs) {
        if (!costs.guests().isEmpty()) {
            append(text, "%n  switch CPU of guest                 host        us/second  us/request%n");
        }
        costs.guests().stream()
                .limit(MAX_COSTS)
                .forEach(guest -> append(
                        text,
                        "  %-35s %-9s %11.0f %11s%n",
                        guest.guest(),
                        guest.host(),
                        guest.cpuUsPerS(),
                        guest.cpuUsPerRequest()
                                .map(us -> String.format(Locale.ROOT, "%.1f", us))
                                .orElse("-")));
    }

    private static void client(StringBuilder text, Report.ClientFigures client) {
        append(
                text,
                "%n  client: %d requests, %d errors, %.0f/s planned, %.0f/s achieved, %s%n",
                client.requests(),
                client.errors(),
                client.plannedPerSecond(),
                client.achievedPerSecond(),
                client.load());
        Percentiles p = client.latency();
        append(
                text,
                "  from planned send to last byte: p50 %s us, p99 %s us, p99.9 %s us, max %s us%n",
                us(p.p50Ns()),
                us(p.p99Ns()),
                us(p.p999Ns()),
                us(p.maxNs()));
    }

    private static void verdicts(StringBuilder text, List<Objective.Verdict> verdicts) {
        for (Objective.Verdict verdict : verdicts) {
            append(
                    text,
                    "%n  %s  %s: %s of requests %s within %s, target %s, budget left %s%n",
                    verdict.total() == 0 ? "NO DATA" : verdict.met() ? "MET" : "MISSED",
                    verdict.name(),
                    percent(verdict.actual()),
                    verdict.metric(),
                    threshold(verdict),
                    percent(verdict.target()),
                    percent(verdict.budgetLeft()));
        }
    }

    private static void footer(StringBuilder text, Report report) {
        report.statement()
                .split()
                .ifPresent(split -> split.rows()
                        .forEach(row ->
                                append(text, "%n  %s: %s inferred, %s exact: %s", row[0], row[1], row[2], row[3])));
        append(text, "%n  one in %d connections timed", report.sampledOneIn());
        report.joiner().excluded().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> append(text, ", %d left out: %s", entry.getValue(), entry.getKey()));
        append(
                text,
                "; clock error between hosts %s%n",
                report.clockErrorNs().isPresent() ? report.clockErrorNs().getAsLong() + " ns" : "unknown");
    }

    /** A verdict's threshold with its unit. */
    static String threshold(Objective.Verdict verdict) {
        if (verdict.metric().equals(Series.VIRTUAL_NETWORK_SHARE.name())) {
            return String.format(Locale.ROOT, "%.4g %%", verdict.threshold() / 1e4);
        }
        return us(verdict.threshold()) + " us";
    }

    /** Nanoseconds as microseconds, one decimal below a hundred. */
    static String us(long ns) {
        return String.format(Locale.ROOT, ns < 100_000 ? "%.1f" : "%.0f", ns / 1e3);
    }

    static String percent(double share) {
        String digits = String.format(Locale.ROOT, "%.3f", share * 100);
        return digits.replaceAll("\\.?0+$", "") + " %";
    }

    private static void append(StringBuilder text, String format, Object... args) {
        text.append(String.format(Locale.ROOT, format, args));
    }
}
