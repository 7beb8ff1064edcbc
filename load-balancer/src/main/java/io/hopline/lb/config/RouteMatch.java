package io.hopline.lb.config;

import io.hopline.lb.http.HttpToken;
import java.util.List;
import java.util.Locale;

/**
 * Which requests a route is for: all of the conditions hold.
 *
 * @param host {@code *} for any, {@code *.example.com} for its subdomains, or one name; compared without case or port
 * @param pathKind how {@code path} is compared
 * @param path a prefix and an exact path begin with {@code /}
 * @param methods such as GET; empty for any
 * @param headers conditions on header fields
 * @param query conditions on parameters of the query, which are compared as they were sent, without decoding
 */
public record RouteMatch(
        String host,
        PathKind pathKind,
        String path,
        List<String> methods,
        List<FieldMatch> headers,
        List<FieldMatch> query) {
    /** How a path is compared; the query is no part of it. */
    public enum PathKind {
        /** Whole segments: {@code /api} matches {@code /api} and {@code /api/v1} but not {@code /apix}. */
        PREFIX,
        /** The path is this one. */
        EXACT,
        /** The whole path matches this regular expression, in RE2's syntax. */
        REGEX;

        @Override
        public String toString() {
            return Spelling.of(this);
        }
    }

    public RouteMatch {
        host = host.toLowerCase(Locale.ROOT);
        methods = List.copyOf(methods);
        headers = List.copyOf(headers);
        query = List.copyOf(query);
        if (!host.matches("\\*|(\\*\\.)?[a-z0-9_.:\\[\\]-]+")) {
            throw new IllegalArgumentException("host must be *, *.name or a name, not '" + host + "'");
        }
        if (pathKind != PathKind.REGEX && !path.startsWith("/")) {
            throw new IllegalArgumentException("path must begin with /, not '" + path + "'");
        }
        if (pathKind == PathKind.REGEX) {
            Expressions.compile("path", path);
        }
        for (String method : methods) {
            if (!HttpToken.valid(method)) {
                throw new IllegalArgumentException("methods must be tokens like GET, not '" + method + "'");
            }
        }
    }

    /**
     * What the route is called where it is counted: host and path as in {@code shop.example.com/api*}, without the star for an
     * exact path, with {@code ~} before a regular expression; then what else must hold, as in {@code POST x-canary ?user}.
     * Routes that differ in values alone are called the same.
     */
    public String label() {
        StringBuilder label = new StringBuilder(host);
        label.append(pathKind == PathKind.REGEX ? "~" : "").append(path).append(pathKind == PathKind.PREFIX ? "*" : "");
        methods.forEach(method -> label.append(' ').append(method));
        headers.forEach(header -> label.append(' ').append(header.name()));
        query.forEach(parameter -> label.append(" ?").append(parameter.name()));
        return label.toString();
    }

    /** Everything under a prefix of a host. */
    public static RouteMatch prefix(String host, String prefix) {
        return new RouteMatch(host, PathKind.PREFIX, prefix, List.of(), List.of(), List.of());
    }
}
