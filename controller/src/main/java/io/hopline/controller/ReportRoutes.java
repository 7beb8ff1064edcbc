package io.hopline.controller;

import io.hopline.sla.HistogramArchive;
import io.hopline.sla.HopHistograms;
import io.hopline.sla.InvalidObjectiveException;
import io.hopline.sla.LatencyHistory;
import io.hopline.sla.MeasuredService;
import io.hopline.sla.Objective;
import io.hopline.sla.OpenSlo;
import io.hopline.sla.Report;
import io.hopline.sla.ReportHtml;
import io.hopline.sla.ReportJson;
import io.hopline.sla.ReportMarkdown;
import io.hopline.sla.ReportSource;
import io.hopline.sla.ReportText;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reports on latency: what the hosts saw since some time ago, as JSON, text or a page. With POST, the body is OpenSLO YAML
 * whose objectives are judged, each over its own window as far as it is kept.
 */
final class ReportRoutes {
    private static final Pattern SINCE = Pattern.compile("([1-9][0-9]{0,5})([smhd])");
    private static final Duration DEFAULT_SINCE = Duration.ofHours(2);
    private static final Duration KEPT = Duration.ofMillis(HistogramArchive.Tier.HOUR.keepMs());

    /** Of a report's time axis: fine enough to see a minute in an hour. */
    private static final int MAX_SLOTS = 96;

    private final LiveState live;
    private final LatencyService latency;

    ReportRoutes(LiveState live, LatencyService latency) {
        this.live = live;
        this.latency = latency;
    }

    List<Route> routes() {
        String path = "/api/v1/sla/report";
        String what = "Time in every hop since ?since ago (such as 30s, 10m, 1h, 7d), of ?service or all, against"
                + " the period ?baseline before or the one just before";
        Handler json = reply("application/json", ReportJson::write);
        Handler markdown = reply("text/markdown; charset=utf-8", ReportMarkdown::render);
        Handler text = reply("text/plain; charset=utf-8", ReportText::render);
        Handler html = reply("text/html; charset=utf-8", ReportHtml::render);
        return List.of(
                Route.get(path + ".html", what + ", as a page", "", html),
                judging(path + ".html", "The same, with a verdict on the OpenSLO YAML in the body", "", html),
                Route.get(path, what, "Report", json),
                judging(path, "The same, with a verdict on the OpenSLO YAML in the body", "Report", json),
                Route.get(path + ".md", what + ", as Markdown for a ticket", "", markdown),
                judging(path + ".md", "The same, with a verdict on the OpenSLO YAML in the body", "", markdown),
                Route.get(path + ".txt", what + ", as text", "", text),
                judging(path + ".txt", "The same, with a verdict on the OpenSLO YAML in the body", "", text));
    }

    private static Route judging(String path, String summary, String schema, Handler handler) {
        return new Route(HandlerType.POST, path, summary, "", 200, schema, handler);
    }

    private Handler reply(String contentType, Function<Report, String> format) {
        return ctx -> {
            Report report = report(ctx, Http.bytes(ctx, Http.MAX_BODY_BYTES));
            ctx.status(200).contentType(contentType).result(format.apply(report));
        };
    }

    private static List<Objective> objectives(String yaml) {
        try {
            return OpenSlo.parse(yaml);
        } catch (InvalidObjectiveException e) {
            throw StateException.invalid(e.field(), e.reason());
        }
    }

    /** A report as the query asks for it; {@code document} holds the objectives, or nothing. */
    private Report report(Context ctx, byte[] document) {
        String yaml = new String(document, StandardCharsets.UTF_8);
        List<Objective> objectives = yaml.isBlank() ? List.of() : objectives(yaml);
        String service = ctx.queryParam("service");
        if (service != null && !service.equals(MeasuredService.ECHO)) {
            live.current().service("service", service);
        }
        LatencyHistory history = latency.history();
        long nowMs = System.currentTimeMillis();
        Duration since = since(ctx.queryParam("since"));
        List<LatencyHistory.Slot> slots = history.slots(service, nowMs - since.toMillis(), nowMs, MAX_SLOTS);
        HopHistograms histograms = history.between(
                service, slots.getFirst().fromMs(), slots.getLast().toMs());
        LatencyHistory.Slot baseline = baseline(ctx.queryParam("baseline"), slots, nowMs);
        List<Objective.Verdict> verdicts = objectives.stream()
                .map(o -> o.judge(history.since(o.service(), sinceNs(nowMs, o.window()))))
                .toList();
        Report report = Report.of(new ReportSource(
                service == null ? "all services" : service,
                slots.getFirst().fromMs(),
                nowMs,
                histograms,
                slots,
                Optional.of(new LatencyHistory.Slot(
                        baseline.fromMs(),
                        baseline.toMs(),
                        history.between(service, baseline.fromMs(), baseline.toMs()))),
                history.slots(service, baseline.fromMs(), baseline.toMs(), MAX_SLOTS),
                latency.clocks(),
                verdicts,
                yaml.isBlank() ? Optional.empty() : Optional.of(sha256(document)),
                latency.sampling().oneIn(),
                latency.counters(),
                latency.causes().between(slots.getFirst().fromMs(), nowMs)));
        return report.withCosts(
                CostRoutes.between(latency.costs(), history, slots.getFirst().fromMs(), nowMs));
    }

    /** The earlier period to compare with, as long as the one asked for and in whole slots; its histograms are empty. */
    private static LatencyHistory.Slot baseline(@Nullable String ago, List<LatencyHistory.Slot> slots, long nowMs) {
        long fromMs = slots.getFirst().fromMs();
        long slotMs = slots.getFirst().toMs() - fromMs;
        long lengthMs = Math.ceilDiv(nowMs - fromMs, slotMs) * slotMs;
        if (ago == null) {
            return new LatencyHistory.Slot(fromMs - lengthMs, fromMs, new HopHistograms());
        }
        long shiftMs = Math.floorDiv(duration("baseline", ago).toMillis(), slotMs) * slotMs;
        if (shiftMs < lengthMs - slotMs) {
            throw StateException.invalid("baseline", "must be as long ago as the report looks back, or longer");
        }
        long toMs = Math.min(fromMs, fromMs - shiftMs + lengthMs);
        return new LatencyHistory.Slot(toMs - lengthMs, toMs, new HopHistograms());
    }

    /** The digest that {@code sha256sum} prints for the document. */
    private static String sha256(byte[] document) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(document));
        } catch (NoSuchAlgorithmException e) {
            // Every Java platform has it.
            throw new IllegalStateException(e);
        }
    }

    private static long sinceNs(long nowMs, Duration ago) {
        return TimeUnit.MILLISECONDS.toNanos(nowMs - ago.toMillis());
    }

    /** Reads a {@code ?since}; two hours when there is none. */
    static Duration since(@Nullable String text) {
        if (text == null) {
            return DEFAULT_SINCE;
        }
        Duration since = duration("since", text);
        if (since.compareTo(KEPT) > 0) {
            throw StateException.invalid("since", "only the last " + KEPT.toDays() + "d are kept");
        }
        return since;
    }

    private static Duration duration(String field, String text) {
        Matcher matcher = SINCE.matcher(text);
        if (!matcher.matches()) {
            throw StateException.invalid(field, "must be like 30s, 10m, 1h or 7d, not '" + Fields.shown(text) + "'");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }
}
