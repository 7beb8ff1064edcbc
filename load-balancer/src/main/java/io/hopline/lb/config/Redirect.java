package io.hopline.lb.config;

/**
 * Sends the client elsewhere (RFC 9110, section 15.4).
 *
 * @param status 301, 302, 303, 307 or 308
 * @param scheme {@code http} or {@code https}; empty for the request's own
 * @param host empty for the request's own; may have a port, {@code :8443}
 * @param path instead of what the route matched of the path (a prefix) or of all of it; empty for the request's own
 */
public record Redirect(int status, String scheme, String host, String path) {
    public Redirect {
        if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
            throw new IllegalArgumentException("a redirect's status is 301, 302, 303, 307 or 308, not " + status);
        }
        if (!scheme.isEmpty() && !scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("a redirect's scheme is http or https, not '" + scheme + "'");
        }
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new IllegalArgumentException("a redirect's path begins with /, not '" + path + "'");
        }
        if (scheme.isEmpty() && host.isEmpty() && path.isEmpty()) {
            throw new IllegalArgumentException("a redirect changes the scheme, the host or the path");
        }
    }
}
