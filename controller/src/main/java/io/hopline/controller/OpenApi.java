package io.hopline.controller;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI 3.1 document of the routes; schemas come from {@code openapi-schemas.json} beside this class. */
final class OpenApi {
    private static final Pattern PARAMETER = Pattern.compile("\\{([a-z]+)}");

    private OpenApi() {}

    static ObjectNode document(List<Route> routes) {
        ObjectNode json = Replies.object().put("openapi", "3.1.0");
        json.putObject("info")
                .put("title", "Hopline controller")
                .put("version", "1")
                .put("description", "Networks, vNICs and services; nodes; latency of every hop.");
        ObjectNode paths = json.putObject("paths");
        for (Route route : routes) {
            JsonNode path = paths.get(route.path());
            ObjectNode operations = path instanceof ObjectNode found ? found : paths.putObject(route.path());
            operation(operations.putObject(route.method().name().toLowerCase(Locale.ROOT)), route);
        }
        json.putObject("components").set("schemas", schemas());
        return json;
    }

    private static void operation(ObjectNode json, Route route) {
        json.put("summary", route.summary());
        Matcher parameters = PARAMETER.matcher(route.path());
        ArrayNode list = JsonBody.MAPPER.createArrayNode();
        while (parameters.find()) {
            ObjectNode parameter = list.addObject();
            parameter.put("name", parameters.group(1)).put("in", "path").put("required", true);
            parameter.putObject("schema").put("type", "string");
        }
        if (!list.isEmpty()) {
            json.set("parameters", list);
        }
        if (!route.requestSchema().isEmpty()) {
            content(json.putObject("requestBody"), route.requestSchema());
        }
        ObjectNode responses = json.putObject("responses");
        ObjectNode success = responses.putObject(Integer.toString(route.status()));
        success.put("description", "Success");
        if (!route.responseSchema().isEmpty()) {
            content(success, route.responseSchema());
        }
        ObjectNode failure = responses.putObject("default");
        failure.put("description", "Refused; 400, 404, 409 or 503");
        content(failure, "Error");
    }

    private static void content(ObjectNode json, String schema) {
        json.putObject("content")
                .putObject("application/json")
                .putObject("schema")
                .put("$ref", "#/components/schemas/" + schema);
    }

    private static JsonNode schemas() {
        try (InputStream in = OpenApi.class.getResourceAsStream("openapi-schemas.json")) {
            return JsonBody.MAPPER.readTree(Objects.requireNonNull(in, "openapi-schemas.json"));
        } catch (IOException e) {
            throw new ControllerException("openapi-schemas.json cannot be read", e);
        }
    }
}
