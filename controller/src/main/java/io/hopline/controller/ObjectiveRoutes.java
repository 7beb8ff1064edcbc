package io.hopline.controller;

import io.hopline.sla.InvalidObjectiveException;
import io.hopline.sla.OpenSlo;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/** The part of the REST interface about objectives and their error budgets. */
final class ObjectiveRoutes {
    private static final String PATH = "/api/v1/objectives";

    private final LiveState live;
    private final ObjectiveService objectives;

    ObjectiveRoutes(LiveState live, ObjectiveService objectives) {
        this.live = live;
        this.objectives = objectives;
    }

    List<Route> routes() {
        return List.of(
                Route.get(PATH, "Objectives, their budgets and alerts", "ObjectiveList", this::list),
                new Route(
                        HandlerType.POST,
                        PATH,
                        "Apply the OpenSLO YAML in the body: documents of a known name are replaced",
                        "",
                        200,
                        "ObjectiveList",
                        this::apply),
                Route.get(PATH + "/{name}", "One document's objectives", "Objective", this::show),
                Route.delete(PATH + "/{name}", "Forget a document's objectives", this::delete));
    }

    private void list(Context ctx) {
        Http.reply(ctx, 200, json(List.copyOf(live.current().objectives().values())));
    }

    private ArrayNode json(List<OpenSlo.Document> documents) {
        ArrayNode list = JsonBody.MAPPER.createArrayNode();
        documents.forEach(document -> list.add(ObjectiveReplies.json(document, objectives.look(document.name()))));
        return list;
    }

    private void apply(Context ctx) {
        String yaml = new String(Http.bytes(ctx, Http.MAX_BODY_BYTES), StandardCharsets.UTF_8);
        List<OpenSlo.Document> documents;
        try {
            documents = OpenSlo.documents(yaml);
        } catch (InvalidObjectiveException e) {
            throw StateException.invalid(e.field(), e.reason());
        }
        live.update(state -> Changes.applyObjectives(state, documents));
        Http.reply(ctx, 200, json(documents));
    }

    private void show(Context ctx) {
        OpenSlo.Document document = live.current().objective("name", ctx.pathParam("name"));
        Http.reply(ctx, 200, ObjectiveReplies.json(document, objectives.look(document.name())));
    }

    private void delete(Context ctx) {
        live.update(state -> Changes.deleteObjective(state, ctx.pathParam("name")));
        ctx.status(204);
    }
}
