package io.hopline.controller;

/**
 * How a backend's health is found out.
 *
 * @param port TCP port to ask, 0 for the backend's own
 * @param path of the HTTP request, "" for the other kinds
 * @param intervalMs between two checks, 100 to 600,000
 * @param timeoutMs of one check, 10 to {@code intervalMs}
 * @param rise successes in a row that bring a backend back, 1 to 100
 * @param fall failures in a row that take it out, 1 to 100
 */
public record Check(Kind kind, int port, String path, int intervalMs, int timeoutMs, int rise, int fall) {
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
        Fields.range("check.port", port, 0, 65_535);
        Fields.range("check.intervalMs", intervalMs, 100, 600_000);
        Fields.range("check.timeoutMs", timeoutMs, 10, intervalMs);
        Fields.range("check.rise", rise, 1, 100);
        Fields.range("check.fall", fall, 1, 100);
        if (kind == Kind.HTTP) {
            requirePath(path);
        }
    }

    /** Reads {@code none}, {@code tcp}, {@code tcp:8080}, {@code http:/path} or {@code http:8080/path}, with the default intervals. */
    static Check parse(String text) {
        if (text.equals("none")) {
            return of(Kind.NONE, 0, "");
        }
        int colon = text.indexOf(':');
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        int slash = rest.indexOf('/');
        String port = slash < 0 ? rest : rest.substring(0, slash);
        String kind = colon < 0 ? text : text.substring(0, colon);
        if (kind.equals("tcp") && slash < 0 && colon < 0 == port.isEmpty()) {
            return of(Kind.TCP, port(port), "");
        }
        if (kind.equals("http") && slash >= 0) {
            return of(Kind.HTTP, port(port), rest.substring(slash));
        }
        throw StateException.invalid(
                "check", "must be none, tcp, tcp:PORT, http:/PATH or http:PORT/PATH, not '" + Fields.shown(text) + "'");
    }

    private static int port(String text) {
        return text.isEmpty() ? 0 : Fields.port("check", text);
    }

    private static Check of(Kind kind, int port, String path) {
        return new Check(kind, port, path, INTERVAL_MS, TIMEOUT_MS, RISE, FALL);
    }

    Check withPort(int newPort) {
        return new Check(kind, newPort, path, intervalMs, timeoutMs, rise, fall);
    }

    Check timed(int newIntervalMs, int newTimeoutMs, int newRise, int newFall) {
        return new Check(kind, port, path, newIntervalMs, newTimeoutMs, newRise, newFall);
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
            case TCP -> port == 0 ? "tcp" : "tcp:" + port;
            case HTTP -> "http:" + (port == 0 ? "" : port) + path;
        };
    }
}
