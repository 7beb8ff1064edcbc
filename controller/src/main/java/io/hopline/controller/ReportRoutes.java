package io.hopline.controller;

import io.hopline.sla.HistogramArchive;
import io.hopline.sla.HopHistograms;
import io.hopline.sla.InvalidObjectiveException;
import io.hopline.sla.Objective;
import io.hopline.sla.OpenSlo;
import io.hopline.sla.Report;
import io.hopline.sla.ReportHtml;
import io.hopline.sla.ReportJson;
import io.hopline.sla.ReportText;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
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

    private final LiveState live;
    private final LatencyService latency;

    ReportRoutes(LiveState live, LatencyService latency) {
        this.live = live;
        this.latency = latency;
    }

    List<Route> routes() {
        String path = "/api/v1/sla/report";
        String what = "Time in every hop since ?since ago (such as 30s, 10m, 1h, 7d), of ?service or all";
        Handler json = reply("application/json", ReportJson::write);
        Handler text = reply("text/plain; charset=utf-8", ReportText::render);
        Handler html = reply("text/html; charset=utf-8", ReportHtml::render);
        return List.of(
                Route.get(path + ".html", what + ", as a page", "", html),
                judging(path + ".html", "The same, with a verdict on the OpenSLO YAML in the body", "", html),
                Route.get(path, what, "Report", json),
                judging(path, "The same, with a verdict on the OpenSLO YAML in the body", "Report", json),
                Route.get(path + ".txt", what + ", as text", "", text),
                judging(path + ".txt", "The same, with a verdict on the OpenSLO YAML in the body", "", text));
    }

    private static Route judging(String path, String summary, String schema, Handler handler) {
        return new Route(HandlerType.POST, path, summary, "", 200, schema, handler);
    }

    private Handler reply(String contentType, Function<Report, String> format) {
        return ctx -> {
            String yaml = new String(Http.bytes(ctx, Http.MAX_BODY_BYTES), StandardCharsets.UTF_8);
            Report report = report(ctx, yaml.isBlank() ? List.of() : objectives(yaml));
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

    private Report report(Context ctx, List<Objective> objectives) {
        String service = ctx.queryParam("service");
        if (service != null) {
            live.current().service("service", service);
        }
        long nowMs = System.currentTimeMillis();
        Duration since = since(ctx.queryParam("since"));
        HopHistograms histograms = latency.history().since(service, sinceNs(nowMs, since));
        List<Objective.Verdict> verdicts = objectives.stream()
                .map(o -> o.judge(latency.history().since(o.service(), sinceNs(nowMs, o.window()))))
                .toList();
        return Report.of(
                service == null ? "all services" : service,
                nowMs - since.toMillis(),
                nowMs,
                histograms,
                latency.clocks(),
                verdicts,
                latency.sampling().oneIn(),
                latency.counters());
    }

    private static long sinceNs(long nowMs, Duration ago) {
        return TimeUnit.MILLISECONDS.toNanos(nowMs - ago.toMillis());
    }

    /** Reads a {@code ?since}; two hours when there is none. */
    static Duration since(@Nullable String text) {
        if (text == null) {
            return DEFAULT_SINCE;
        }
        Matcher matcher = SINCE.matcher(text);
        if (!matcher.matches()) {
            throw StateException.invalid("since", "must be like 30s, 10m, 1h or 7d, not '" + Fields.shown(text) + "'");
        }
        long count = Long.parseLong(matcher.group(1));
        Duration since = switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
        if (since.compareTo(KEPT) > 0) {
            throw StateException.invalid("since", "only the last " + KEPT.toDays() + "d are kept");
        }
        return since;
    }
}
