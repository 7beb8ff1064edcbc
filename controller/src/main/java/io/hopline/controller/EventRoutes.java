package io.hopline.controller;

import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The part of the REST interface about what happened. */
final class EventRoutes {
    private static final int MAX_WAIT_S = 60;

    private final EventLog log;

    EventRoutes(EventLog log) {
        this.log = log;
    }

    List<Route> routes() {
        return List.of(Route.get(
                "/api/v1/events",
                "What happened behind event number ?after, oldest first, at most ?limit; waits up to ?wait seconds for one",
                "EventList",
                this::events));
    }

    private void events(Context ctx) throws InterruptedException {
        long after = Http.queryNumber(ctx, "after", 0, Long.MAX_VALUE >> 4, 0);
        long waitS = Http.queryNumber(ctx, "wait", 0, MAX_WAIT_S, 0);
        long limit = Http.queryNumber(ctx, "limit", 1, EventLog.CAPACITY, EventLog.CAPACITY);
        log.await(after, TimeUnit.SECONDS.toNanos(waitS));
        ObjectNode json = Replies.object().put("startedMs", log.startedMs()).put("last", log.last());
        ArrayNode list = json.putArray("events");
        for (Event event : log.after(after, (int) limit)) {
            list.addObject()
                    .put("seq", event.seq())
                    .put("atMs", event.atMs())
                    .put("level", event.level().name().toLowerCase(Locale.ROOT))
                    .put("kind", event.kind())
                    .put("subject", event.subject())
                    .put("text", event.text());
        }
        Http.reply(ctx, 200, json);
    }
}
