package io.hopline.controller;

/**
 * What a node last found out about a backend.
 *
 * @param detail one line for people: {@code HTTP 200}, {@code connection refused}
 */
public record Health(String service, String backend, boolean healthy, String detail) {
    static final int MAX_DETAIL_CHARS = 200;

    public Health {
        detail = detail.length() <= MAX_DETAIL_CHARS ? detail : detail.substring(0, MAX_DETAIL_CHARS);
    }

    static String key(String service, String backend) {
        return service + "/" + backend;
    }

    String key() {
        return key(service, backend);
    }
}
