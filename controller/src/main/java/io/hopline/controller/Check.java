package io.hopline.controller;

/**
 * How a backend's health is found out.
 *
 * @param path of the HTTP request, "" for the other kinds
 * @param intervalMs between two checks, 100 to 600,000
 * @param timeoutMs of one check, 10 to {@code intervalMs}
 * @param rise successes in a row that bring a backend back, 1 to 100
 * @param fall failures in a row that take it out, 1 to 100
 */
public record Check(Kind kind, String path, int intervalMs, int timeoutMs, int rise, int fall) {
    /** What a check does. */
    public enum Kind {
        NONE,
        TCP,
        HTTP
    }

    static final int INTERVAL_MS = 1_000;
    static final int TIMEOUT_MS = 500;
    static final int RISE = 2;
    static final int FALL = 3;
    private static final int MAX_PATH_CHARS = 1_024;

    public Check {
        Fields.range("check.intervalMs", intervalMs, 100, 600_000);
        Fields.range("check.timeoutMs", timeoutMs, 10, intervalMs);
        Fields.range("check.rise", rise, 1, 100);
        Fields.range("check.fall", fall, 1, 100);
        if (kind == Kind.HTTP) {
            requirePath(path);
        }
    }

    /** Reads {@code none}, {@code tcp} or {@code http:/path}, with the default intervals. */
    static Check parse(String text) {
        if (text.equals("none")) {
            return new Check(Kind.NONE, "", INTERVAL_MS, TIMEOUT_MS, RISE, FALL);
        }
        if (text.equals("tcp")) {
            return new Check(Kind.TCP, "", INTERVAL_MS, TIMEOUT_MS, RISE, FALL);
        }
        if (text.startsWith("http:")) {
            return new Check(Kind.HTTP, text.substring("http:".length()), INTERVAL_MS, TIMEOUT_MS, RISE, FALL);
        }
        throw StateException.invalid("check", "must be none, tcp or http:/PATH, not '" + Fields.shown(text) + "'");
    }

    Check timed(int newIntervalMs, int newTimeoutMs, int newRise, int newFall) {
        return new Check(kind, path, newIntervalMs, newTimeoutMs, newRise, newFall);
    }

    /** The path goes into a request line as it is, so it must not be able to start a second line. */
    private static void requirePath(String path) {
        if (!path.startsWith("/") || path.length() > MAX_PATH_CHARS || !path.matches("[!-~]+")) {
            throw StateException.invalid(
                    "check", "HTTP path must begin with '/' and be printable ASCII: '" + Fields.shown(path) + "'");
        }
    }

    @Override
    public String toString() {
        return switch (kind) {
            case NONE -> "none";
            case TCP -> "tcp";
            case HTTP -> "http:" + path;
        };
    }
}
