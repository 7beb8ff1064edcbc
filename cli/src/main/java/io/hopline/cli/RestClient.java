package io.hopline.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The controller's REST interface as the command line needs it: JSON in, JSON out, errors as {@link CliException}. */
public final class RestClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int BAD_REQUEST = 400;
    private static final int UNPROCESSABLE = 422;

    private final URI base;
    private final HttpClient http;
    private final JsonMapper json = JsonMapper.shared();

    /** A client of the controller at {@code base}, e.g. {@code http://127.0.0.1:8080}. */
    public RestClient(URI base) {
        if (!"http".equals(base.getScheme()) && !"https".equals(base.getScheme()) || base.getHost() == null) {
            throw CliException.badInput("--controller: http://HOST:PORT is wanted, not '" + base + "'");
        }
        this.base = base;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }

    /** A name as one segment of a path, whatever it contains. */
    static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Asks for a resource. */
    public JsonNode get(String path) {
        return tree(bytes("GET", path, null));
    }

    byte[] getBytes(String path) {
        return bytes("GET", path, null);
    }

    /** Posts an object made of text, numbers, booleans and lists of them. */
    public JsonNode post(String path, Map<String, ?> body) {
        return tree(bytes("POST", path, json.writeValueAsBytes(body)));
    }

    /** Changes what the body names. */
    JsonNode patch(String path, Map<String, ?> body) {
        return tree(bytes("PATCH", path, json.writeValueAsBytes(body)));
    }

    /** Posts bytes and returns bytes, whatever they are. */
    byte[] postBytes(String path, byte[] body) {
        return bytes("POST", path, body);
    }

    void delete(String path) {
        bytes("DELETE", path, null);
    }

    private JsonNode tree(byte[] body) {
        try {
            return body.length == 0 ? json.missingNode() : json.readTree(body);
        } catch (JacksonException failure) {
            throw CliException.failed(base + " answered with something that is not JSON: " + failure.getMessage());
        }
    }

    private byte[] bytes(String method, String path, byte @Nullable [] body) {
        var request = HttpRequest.newBuilder(base.resolve(path)).timeout(TIMEOUT);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json").method(method, BodyPublishers.ofByteArray(body));
        }
        HttpResponse<byte[]> response = send(request.build());
        if (response.statusCode() >= BAD_REQUEST) {
            throw failure(response);
        }
        return response.body();
    }

    private HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofByteArray());
        } catch (IOException failure) {
            String why = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
            throw CliException.failed("no controller at " + base + " (" + why
                    + "); start one with `hopline controller`, or name it with --controller or HOPLINE_CONTROLLER");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted while waiting for " + base);
        }
    }

    /** 400 and 422 mean that the input cannot be used; everything else that it could not be done. */
    private CliException failure(HttpResponse<byte[]> response) {
        String message = message(response);
        return response.statusCode() == BAD_REQUEST || response.statusCode() == UNPROCESSABLE
                ? CliException.badInput(message)
                : CliException.failed(message);
    }

    private String message(HttpResponse<byte[]> response) {
        try {
            JsonNode error = json.readTree(response.body()).path("error");
            String field = error.path("field").asString("");
            String reason = error.path("reason").asString("");
            if (!reason.isEmpty()) {
                return field.isEmpty() ? reason : field + ": " + reason;
            }
        } catch (JacksonException notJson) {
            // Not our controller's error, perhaps a proxy's: shown as it is.
        }
        String text = new String(response.body(), StandardCharsets.UTF_8).strip();
        return base + " answered HTTP " + response.statusCode() + (text.isEmpty() ? "" : ": " + text);
    }
}
