package io.hopline.controller;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/** Bodies in and out of HTTP requests, bounded. */
final class Http {
    static final int MAX_BODY_BYTES = 256 << 10;

    private Http() {}

    static JsonBody json(Context ctx) {
        return JsonBody.parse(new String(bytes(ctx, MAX_BODY_BYTES), StandardCharsets.UTF_8));
    }

    /** Like {@link #json}, but no body at all means an empty object. */
    static JsonBody optionalJson(Context ctx) {
        String text = new String(bytes(ctx, MAX_BODY_BYTES), StandardCharsets.UTF_8);
        return JsonBody.parse(text.isBlank() ? "{}" : text);
    }

    /** The whole body, whether or not its length was announced. */
    static byte[] bytes(Context ctx, int maxBytes) {
        try {
            byte[] bytes = ctx.req().getInputStream().readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw StateException.invalid("body", "is longer than " + maxBytes + " bytes");
            }
            return bytes;
        } catch (IOException e) {
            throw StateException.invalid("body", "ended early: " + e.getMessage());
        }
    }

    static void reply(Context ctx, int status, JsonNode json) {
        ctx.status(status).contentType("application/json").result(json.toString());
    }

    /** True or false in the query, false when it is not there. */
    static boolean queryFlag(Context ctx, String name) {
        String text = ctx.queryParam(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (!text.equals("true")) {
            throw StateException.invalid(name, "must be true or false, not '" + Fields.shown(text) + "'");
        }
        return true;
    }

    /** A whole number in the query, {@code otherwise} when it is not there. */
    static long queryNumber(Context ctx, String name, long min, long max, long otherwise) {
        String text = ctx.queryParam(name);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("-?[0-9]{1,18}") || Long.parseLong(text) < min || Long.parseLong(text) > max) {
            throw StateException.invalid(
                    name, "must be a whole number from " + min + " to " + max + ", not '" + Fields.shown(text) + "'");
        }
        return Long.parseLong(text);
    }
}
