package io.hopline.controller;

/**
 * Which vNICs of a service's network become its backends by themselves: those that have a label.
 *
 * @param port that their servers listen on
 */
public record BackendSelector(String key, String value, int port) {
    static final String FIELD = "backendLabel";

    public BackendSelector {
        Fields.label(FIELD, key, value);
        Fields.range(FIELD, port, 1, 65535);
    }

    /** Reads {@code app=web:80}. */
    static BackendSelector parse(String text) {
        int equals = text.indexOf('=');
        int colon = text.lastIndexOf(':');
        if (equals < 0 || colon < equals) {
            throw StateException.invalid(FIELD, "not a label and port like app=web:80: '" + Fields.shown(text) + "'");
        }
        return new BackendSelector(
                text.substring(0, equals),
                text.substring(equals + 1, colon),
                Fields.port(FIELD, text.substring(colon + 1)));
    }

    boolean matches(Vnic vnic) {
        return value.equals(vnic.labels().get(key));
    }

    @Override
    public String toString() {
        return key + "=" + value + ":" + port;
    }
}
