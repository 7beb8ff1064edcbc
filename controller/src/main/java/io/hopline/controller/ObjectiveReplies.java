package io.hopline.controller;

import io.hopline.sla.Objective;
import io.hopline.sla.ObjectiveWatch;
import io.hopline.sla.OpenSlo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Objectives and how they stand, as JSON. */
final class ObjectiveReplies {
    private ObjectiveReplies() {}

    static ObjectNode json(OpenSlo.Document document, List<ObjectiveWatch.Status> statuses) {
        ObjectNode json = Replies.object().put("name", document.name()).put("service", document.service());
        json.put("window", window(document.objectives().getFirst().window()));
        json.put("met", statuses.stream().allMatch(status -> status.verdict().met()));
        json.put(
                "firing",
                statuses.stream()
                        .flatMap(status -> status.alerts().stream())
                        .filter(ObjectiveWatch.Alert::firing)
                        .count());
        ArrayNode objectives = json.putArray("objectives");
        statuses.forEach(status -> objectives.add(json(status)));
        json.set("document", JsonBody.MAPPER.readTree(document.json()));
        return json;
    }

    private static ObjectNode json(ObjectiveWatch.Status status) {
        Objective.Verdict verdict = status.verdict();
        ObjectNode json = Replies.object()
                .put("name", verdict.name())
                .put("metric", verdict.metric())
                .put("target", verdict.target())
                .put("actual", verdict.actual())
                .put("met", verdict.met())
                .put("budgetLeft", verdict.budgetLeft())
                .put("total", verdict.total())
                .put("good", verdict.good())
                .put("note", note(status));
        if (status.objective().availability()) {
            json.put("statusKnown", statusKnown(status.tally()));
        } else {
            json.put("threshold", verdict.threshold());
        }
        ArrayNode burns = json.putArray("burn");
        status.burns()
                .forEach(burn ->
                        burns.addObject().put("window", window(burn.window())).put("rate", burn.rate()));
        ArrayNode alerts = json.putArray("alerts");
        status.alerts().forEach(alert -> alerts.add(json(alert)));
        return json;
    }

    private static ObjectNode json(ObjectiveWatch.Alert alert) {
        return Replies.object()
                .put("severity", alert.rule().severity().id())
                .put("factor", alert.rule().factor())
                .put("longWindow", window(alert.rule().longWindow()))
                .put("shortWindow", window(alert.rule().shortWindow()))
                .put("state", alert.firing() ? "firing" : "ok")
                .put(
                        "since",
                        alert.changedMs() == 0
                                ? ""
                                : Instant.ofEpochMilli(alert.changedMs()).toString());
    }

    private static double statusKnown(Objective.Tally tally) {
        return tally.total() == 0 ? 0 : (double) tally.statusKnown() / tally.total();
    }

    /** What one has to know before trusting the figure. */
    private static String note(ObjectiveWatch.Status status) {
        if (status.tally().total() == 0) {
            return "no request was seen in the window";
        }
        double known = statusKnown(status.tally());
        if (status.objective().availability() && known < 1) {
            return String.format(
                    Locale.ROOT,
                    "nothing told the HTTP status of %.1f %% of the requests: of those, one answered with 5xx counts as good",
                    (1 - known) * 100);
        }
        return "";
    }

    /** 5m, 6h or 30d. */
    static String window(Duration window) {
        if (window.toSeconds() % 86_400 == 0) {
            return window.toDays() + "d";
        }
        return window.toMinutes() % 60 == 0 ? window.toHours() + "h" : window.toMinutes() + "m";
    }
}
