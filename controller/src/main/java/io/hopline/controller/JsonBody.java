package io.hopline.controller;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object that a stranger sent, read field by field: what is missing, of the wrong type or unknown becomes a
 * {@link StateException} with the field's dotted name.
 */
final class JsonBody {
    private static final int MAX_DEPTH = 32;

    /** Duplicate keys are refused: which of two values was meant is anybody's guess. */
    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .build();

    private final JsonNode object;
    private final String prefix;
    private final Set<String> read = new HashSet<>();

    private JsonBody(JsonNode object, String prefix) {
        this.object = object;
        this.prefix = prefix;
    }

    static JsonBody parse(String text) {
        if (text.isBlank()) {
            throw StateException.invalid("body", "is empty; a JSON object is needed");
        }
        try {
            return of("body", MAPPER.readTree(text), "");
        } catch (JacksonException e) {
            throw StateException.invalid("body", "is not JSON: " + Fields.shown(e.getOriginalMessage()) + where(e));
        }
    }

    private static String where(JacksonException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    /** An object that is made already. */
    static JsonBody of(ObjectNode object) {
        return new JsonBody(object, "");
    }

    /** A document that was read elsewhere; {@code prefix} goes in front of the names of its fields. */
    static JsonBody document(JsonNode node, String prefix) {
        return of("body", node, prefix);
    }

    private static JsonBody of(String field, JsonNode node, String prefix) {
        if (!(node instanceof ObjectNode)) {
            throw StateException.invalid(field, "must be a JSON object, not " + type(node));
        }
        return new JsonBody(node, prefix);
    }

    String text(String field) {
        return optionalText(field).orElseThrow(() -> StateException.invalid(prefix + field, "is missing"));
    }

    Optional<String> optionalText(String field) {
        return value(field).map(node -> {
            if (!node.isString()) {
                throw wrongType(field, "text", node);
            }
            return node.stringValue();
        });
    }

    int integer(String field, int min, int max, int otherwise) {
        return optionalInteger(field, min, max).orElse(otherwise);
    }

    Optional<Integer> optionalInteger(String field, int min, int max) {
        return value(field).map(node -> {
            if (!node.isIntegralNumber()) {
                throw wrongType(field, "a whole number", node);
            }
            if (!node.canConvertToLong()) {
                throw StateException.invalid(prefix + field, "must be " + min + " to " + max + ", not " + node);
            }
            return Fields.range(prefix + field, node.longValue(), min, max);
        });
    }

    /** A whole number too large for an int. */
    long number(String field, long min, long max) {
        JsonNode node = value(field).orElseThrow(() -> StateException.invalid(prefix + field, "is missing"));
        if (!node.isIntegralNumber()) {
            throw wrongType(field, "a whole number", node);
        }
        if (!node.canConvertToLong() || node.longValue() < min || node.longValue() > max) {
            throw StateException.invalid(prefix + field, "must be " + min + " to " + max + ", not " + node);
        }
        return node.longValue();
    }

    /** A field that is an object of its own. */
    JsonBody object(String field) {
        return element(field, value(field).orElseThrow(() -> StateException.invalid(prefix + field, "is missing")));
    }

    Optional<JsonBody> optionalObject(String field) {
        return value(field).map(node -> element(field, node));
    }

    boolean flag(String field) {
        return optionalFlag(field).orElseThrow(() -> StateException.invalid(prefix + field, "is missing"));
    }

    Optional<Boolean> optionalFlag(String field) {
        return value(field).map(node -> {
            if (!node.isBoolean()) {
                throw wrongType(field, "true or false", node);
            }
            return node.booleanValue();
        });
    }

    /** Elements of an array; empty when the field is missing. */
    List<JsonNode> list(String field) {
        return value(field)
                .map(node -> {
                    if (!node.isArray()) {
                        throw wrongType(field, "a list", node);
                    }
                    return List.copyOf(node.values());
                })
                .orElse(List.of());
    }

    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        for (JsonNode node : list(field)) {
            if (!node.isString()) {
                throw wrongType(field, "a list of texts", node);
            }
            texts.add(node.stringValue());
        }
        return texts;
    }

    /** An element of {@link #list} as an object of its own. */
    JsonBody element(String field, JsonNode element) {
        return of(prefix + field, element, prefix + field + ".");
    }

    /** The raw value, for fields that come in more than one form. */
    Optional<JsonNode> value(String field) {
        read.add(field);
        JsonNode node = object.get(field);
        return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
    }

    /** What stands in front of its fields' names, a dot included; "" for the whole body. */
    String place() {
        return prefix;
    }

    /** All fields as they came. */
    Set<Map.Entry<String, JsonNode>> fields() {
        return object.properties();
    }

    /** Names of all fields, in the order they came. */
    List<String> names() {
        return List.copyOf(object.propertyNames());
    }

    /** Refuses fields that nobody asked for: mostly typing mistakes that would be silent otherwise. */
    void nothingElse() {
        for (String name : object.propertyNames()) {
            if (!read.contains(name)) {
                throw StateException.invalid(prefix + Fields.shown(name), "is not a known field");
            }
        }
    }

    private StateException wrongType(String field, String wanted, JsonNode node) {
        return StateException.invalid(prefix + field, "must be " + wanted + ", not " + type(node));
    }

    private static String type(JsonNode node) {
        if (node.isString()) {
            return "text";
        }
        if (node.isNumber()) {
            return "a number";
        }
        if (node.isBoolean()) {
            return "true or false";
        }
        return node.isArray() ? "a list" : node.isObject() ? "an object" : "nothing";
    }
}
