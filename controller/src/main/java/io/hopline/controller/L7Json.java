package io.hopline.controller;

import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.FieldEdits;
import io.hopline.lb.config.FieldMatch;
import io.hopline.lb.config.L7Options;
import io.hopline.lb.config.RateLimit;
import io.hopline.lb.config.Redirect;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.config.RouteRewrite;
import io.hopline.lb.config.RouteSplit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The options of an L7 service as JSON, both directions. Their records are the proxy's own, and judge their values
 * themselves; what is not said has its default, and what is wrong is named by its dotted field.
 */
final class L7Json {
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    /** How the proxy's records name what is wrong: {@code maxTries must be 1 to 16, not 99}. */
    private static final Pattern NAMED = Pattern.compile("([a-z][A-Za-z]*) (must .*)", Pattern.DOTALL);

    private static final ObjectNode REDIRECT = Replies.object()
            .put("status", 308)
            .put("scheme", "")
            .put("host", "")
            .put("path", "");
    private static final ObjectNode FIELD_MATCH =
            Replies.object().put("kind", "exact").put("value", "");
    private static final ObjectNode SPLIT = Replies.object().put("weight", 1);

    private L7Json() {}

    static L7Options options(JsonBody body) {
        return body.value("l7")
                .map(given -> over(tree(L7Options.DEFAULT), given, "l7", L7Options.class))
                .orElse(L7Options.DEFAULT);
    }

    static JsonNode options(L7Options options) {
        return tree(options);
    }

    /** A record of the proxy's as JSON. */
    static ObjectNode tree(Object value) {
        return STRICT.valueToTree(value);
    }

    static L7Route route(JsonBody fields) {
        RouteMatch match = match(fields);
        List<RouteSplit> splits = new ArrayList<>();
        for (JsonNode split : fields.list("splits")) {
            splits.add(over(SPLIT, split, "routes.splits", RouteSplit.class));
        }
        List<String> backends = fields.texts("backends");
        if (!backends.isEmpty()) {
            if (!splits.isEmpty()) {
                throw StateException.invalid("routes.backends", "a route has either backends or splits");
            }
            splits.add(new RouteSplit(1, backends));
        }
        L7Route route = new L7Route(
                match,
                splits,
                fields.value("balancing")
                        .map(given -> over(tree(Balancing.ROUND_ROBIN), given, "routes.balancing", Balancing.class)),
                fields.value("redirect").map(given -> over(REDIRECT, given, "routes.redirect", Redirect.class)),
                fields.value("rewrite")
                        .map(given -> over(tree(RouteRewrite.NONE), given, "routes.rewrite", RouteRewrite.class))
                        .orElse(RouteRewrite.NONE),
                fields.value("rateLimit").map(L7Json::rateLimit).orElse(RateLimit.NONE));
        fields.nothingElse();
        return route;
    }

    /** A burst that is not named is a second's worth. */
    private static RateLimit rateLimit(JsonNode given) {
        ObjectNode defaults = tree(RateLimit.NONE);
        int rate = given.path("requestsPerSecond").asInt(0);
        defaults.put("burst", Math.clamp(rate, 1, 1_000_000));
        return over(defaults, given, "routes.rateLimit", RateLimit.class);
    }

    private static RouteMatch match(JsonBody fields) {
        RouteMatch.PathKind kind = RouteMatch.PathKind.PREFIX;
        String path = "/";
        int given = 0;
        for (RouteMatch.PathKind each : RouteMatch.PathKind.values()) {
            Optional<String> value = fields.optionalText(pathField(each));
            if (value.isPresent()) {
                kind = each;
                path = value.get();
                given++;
            }
        }
        if (given > 1) {
            throw StateException.invalid("routes.path", "only one of path, pathPrefix and pathRegex");
        }
        String host = fields.optionalText("host").orElse("*");
        try {
            return new RouteMatch(
                    host,
                    kind,
                    path,
                    fields.texts("methods"),
                    fieldMatches(fields, "headers"),
                    fieldMatches(fields, "query"));
        } catch (IllegalArgumentException e) {
            StateException named = named("routes", e);
            throw named.field().equals("routes.path")
                    ? StateException.invalid("routes." + pathField(kind), named.reason())
                    : named;
        }
    }

    private static String pathField(RouteMatch.PathKind kind) {
        return switch (kind) {
            case PREFIX -> "pathPrefix";
            case EXACT -> "path";
            case REGEX -> "pathRegex";
        };
    }

    private static List<FieldMatch> fieldMatches(JsonBody fields, String name) {
        List<FieldMatch> matches = new ArrayList<>();
        for (JsonNode given : fields.list(name)) {
            matches.add(over(FIELD_MATCH, given, "routes." + name, FieldMatch.class));
        }
        return matches;
    }

    /** What is said of a route and is not the default; {@link #route} reads it. */
    static void route(ObjectNode json, L7Route route) {
        RouteMatch match = route.match();
        json.put("host", match.host()).put(pathField(match.pathKind()), match.path());
        if (!match.methods().isEmpty()) {
            json.set("methods", STRICT.valueToTree(match.methods()));
        }
        if (!match.headers().isEmpty()) {
            json.set("headers", STRICT.valueToTree(match.headers()));
        }
        if (!match.query().isEmpty()) {
            json.set("query", STRICT.valueToTree(match.query()));
        }
        List<RouteSplit> splits = route.splits();
        if (splits.size() == 1 && splits.getFirst().weight() == 1) {
            ArrayNode backends = json.putArray("backends");
            splits.getFirst().backends().forEach(backends::add);
        } else if (!splits.isEmpty()) {
            json.set("splits", STRICT.valueToTree(splits));
        }
        route.balancing().ifPresent(balancing -> json.set("balancing", tree(balancing)));
        route.redirect().ifPresent(redirect -> json.set("redirect", tree(redirect)));
        if (!route.rewrite().equals(RouteRewrite.NONE)) {
            json.set("rewrite", tree(route.rewrite()));
        }
        if (!route.rateLimit().equals(RateLimit.NONE)) {
            json.set("rateLimit", tree(route.rateLimit()));
        }
    }

    /** The value that {@code given} makes of the defaults. */
    private static <T> T over(ObjectNode defaults, JsonNode given, String field, Class<T> type) {
        if (!given.isObject()) {
            throw StateException.invalid(field, "must be an object");
        }
        ObjectNode merged = defaults.deepCopy();
        merge(merged, given);
        try {
            return STRICT.treeToValue(merged, type);
        } catch (JacksonException e) {
            throw refused(field, e);
        }
    }

    private static void merge(ObjectNode into, JsonNode given) {
        for (String name : given.propertyNames()) {
            JsonNode value = given.get(name);
            if (value.isObject() && into.get(name) instanceof ObjectNode inner && !isMap(name)) {
                merge(inner, value);
            } else if (!value.isNull()) {
                into.set(name, value);
            }
        }
    }

    /** The fields of {@link FieldEdits} that are names and values, not options. */
    private static boolean isMap(String name) {
        return name.equals("set") || name.equals("add");
    }

    private static StateException refused(String field, JacksonException e) {
        StringBuilder path = new StringBuilder(field);
        e.getPath().forEach(step -> {
            if (step.getPropertyName() != null) {
                path.append('.').append(step.getPropertyName());
            }
        });
        Throwable root = e;
        while (root.getCause() != null && !(root instanceof IllegalArgumentException)) {
            root = root.getCause();
        }
        if (root instanceof IllegalArgumentException judged) {
            return named(path.toString(), judged);
        }
        if (e instanceof InvalidFormatException format) {
            return StateException.invalid(path.toString(), notA(format));
        }
        String reason = e.getOriginalMessage();
        int detail = reason.indexOf('\n');
        return StateException.invalid(
                path.toString(),
                reason.startsWith("Unrecognized property")
                        ? "is not a known field"
                        : Fields.shown(detail < 0 ? reason : reason.substring(0, detail)));
    }

    private static String notA(InvalidFormatException e) {
        Object[] choices = e.getTargetType().getEnumConstants();
        String wanted = choices == null ? "a value of another type" : "one of " + Arrays.toString(choices);
        return "must be " + wanted + ", not '" + Fields.shown(String.valueOf(e.getValue())) + "'";
    }

    private static StateException named(String path, IllegalArgumentException judged) {
        String reason = String.valueOf(judged.getMessage());
        Matcher names = NAMED.matcher(reason);
        return names.matches()
                ? StateException.invalid(path + "." + names.group(1), names.group(2))
                : StateException.invalid(path, reason);
    }
}
