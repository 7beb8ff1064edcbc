package io.hopline.controller;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;

/**
 * One operation of the REST interface: what the server serves and what the OpenAPI document says are both made from it.
 *
 * @param path as Javalin and OpenAPI write it, {@code /api/v1/networks/{name}}
 * @param requestSchema name of a schema in {@code openapi-schemas.json}, "" when there is no JSON body
 * @param status of success
 * @param responseSchema likewise for the reply, "" when it has no JSON body
 */
record Route(
        HandlerType method,
        String path,
        String summary,
        String requestSchema,
        int status,
        String responseSchema,
        Handler handler) {
    static Route get(String path, String summary, String responseSchema, Handler handler) {
        return new Route(HandlerType.GET, path, summary, "", 200, responseSchema, handler);
    }

    static Route create(String path, String summary, String requestSchema, String responseSchema, Handler handler) {
        return new Route(HandlerType.POST, path, summary, requestSchema, 201, responseSchema, handler);
    }

    static Route delete(String path, String summary, Handler handler) {
        return new Route(HandlerType.DELETE, path, summary, "", 204, "", handler);
    }

    static Route post(String path, String summary, String requestSchema, String responseSchema, Handler handler) {
        return new Route(
                HandlerType.POST,
                path,
                summary,
                requestSchema,
                responseSchema.isEmpty() ? 204 : 200,
                responseSchema,
                handler);
    }

    static Route patch(String path, String summary, String requestSchema, String responseSchema, Handler handler) {
        return new Route(HandlerType.PATCH, path, summary, requestSchema, 200, responseSchema, handler);
    }

    static Route put(String path, String summary, String requestSchema, String responseSchema, Handler handler) {
        return new Route(HandlerType.PUT, path, summary, requestSchema, 200, responseSchema, handler);
    }
}
