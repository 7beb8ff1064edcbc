package io.hopline.lb.config;

/**
 * Where a line for each request goes.
 *
 * @param format what a line looks like
 * @param file name of a file in the node's log directory, a plain name; empty for none
 * @param syslog {@code IP:PORT} of a syslog server that takes RFC 5424 by UDP; empty for none
 */
public record AccessLogPolicy(Format format, String file, String syslog) {
    /** No lines. */
    public static final AccessLogPolicy NONE = new AccessLogPolicy(Format.NONE, "", "");

    /** What a line looks like. */
    public enum Format {
        /** There is none. */
        NONE,
        /** An object, with timers named as HAProxy names them. */
        JSON,
        /** Values in a row, in the order of HAProxy's HTTP log. */
        TEXT;

        @Override
        public String toString() {
            return Spelling.of(this);
        }
    }

    public AccessLogPolicy {
        if (!file.isEmpty() && !file.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")) {
            throw new IllegalArgumentException("file must be a plain name, not '" + file + "'");
        }
        if (!syslog.isEmpty() && !syslog.matches("\\[?[0-9a-fA-F.:]+]?:[0-9]{1,5}")) {
            throw new IllegalArgumentException("syslog must be IP:PORT, not '" + syslog + "'");
        }
        if (format != Format.NONE && file.isEmpty() == syslog.isEmpty()) {
            throw new IllegalArgumentException("file must be given, or else syslog");
        }
    }
}
