package io.hopline.lb.config;

/**
 * What a request and its answer look like on the other side.
 *
 * @param path instead of what the route matched of the path (a prefix) or of all of it; empty to leave it
 * @param host value of the Host header; empty to leave it
 * @param request changes of the request's header fields
 * @param answer changes of the answer's header fields
 */
public record RouteRewrite(String path, String host, FieldEdits request, FieldEdits answer) {
    public static final RouteRewrite NONE = new RouteRewrite("", "", FieldEdits.NONE, FieldEdits.NONE);

    public RouteRewrite {
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new IllegalArgumentException("a rewritten path begins with /, not '" + path + "'");
        }
        if (!path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#') || path.indexOf('?') >= 0) {
            throw new IllegalArgumentException("not a path: '" + path + "'");
        }
        if (!host.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '/' && c != '@')) {
            throw new IllegalArgumentException("not a host: '" + host + "'");
        }
    }
}
