package io.hopline.lb;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request must be before it is passed on. The decoder has refused bad framing; this refuses what two servers could
 * still read differently (RFC 9112, sections 3.2 and 6.1).
 */
final class RequestRules {
    private static final Refusal VERSION =
            new Refusal(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    private static final Refusal CODING =
            new Refusal(HttpResponseStatus.NOT_IMPLEMENTED, "no transfer coding but chunked is understood");
    private static final Refusal TUNNEL = new Refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "CONNECT is not allowed");
    private static final Refusal TARGET = bad("the request target has bytes that a target cannot have");
    private static final Refusal HOST_MISSING = bad("a Host header is required, once");
    private static final Refusal HOST_MALFORMED = bad("the Host header is malformed");
    private static final Refusal OLD_WEBSOCKET = bad("a body without a length is not allowed");

    private RequestRules() {}

    /** Why the request is refused, or null when it may pass. */
    static @Nullable Refusal check(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return decoderRefusal(request.decoderResult().cause());
        }
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return VERSION;
        }
        if (request.method().equals(HttpMethod.CONNECT)) {
            return TUNNEL;
        }
        if (!validTarget(request)) {
            return TARGET;
        }
        HttpHeaders headers = request.headers();
        // Netty reads eight bytes of body after these two, which no other server does.
        if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)
                || headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY2)) {
            return OLD_WEBSOCKET;
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!codings.isEmpty()
                && (codings.size() > 1 || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst()))) {
            return CODING;
        }
        return checkHost(request);
    }

    /** The host that routing goes by: the authority of an absolute target, else the Host header, without port, lower case. */
    static String host(HttpRequest request) {
        String authority = authority(request.uri());
        if (authority == null) {
            authority = request.headers().get(HttpHeaderNames.HOST, "");
        }
        int bracket = authority.indexOf(']');
        int colon = authority.indexOf(':', Math.max(0, bracket));
        return (colon < 0 ? authority : authority.substring(0, colon)).toLowerCase(Locale.ROOT);
    }

    /** The target in origin form, RFC 9112 section 3.2.1; an absolute target loses its scheme and authority. */
    static String originForm(String target) {
        String authority = authority(target);
        if (authority == null) {
            return target;
        }
        String rest = target.substring(target.indexOf("://") + 3 + authority.length());
        return rest.isEmpty() ? "/" : rest.startsWith("/") ? rest : "/" + rest;
    }

    /** The path of an origin-form target. */
    static String path(String originForm) {
        int query = originForm.indexOf('?');
        return query < 0 ? originForm : originForm.substring(0, query);
    }

    /** The authority of an absolute http target, or null for any other form. */
    static @Nullable String authority(String target) {
        if (!target.regionMatches(true, 0, "http://", 0, 7)) {
            return null;
        }
        int end = 7;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        return target.substring(7, end);
    }

    private static @Nullable Refusal checkHost(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1 || (hosts.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
            return HOST_MISSING;
        }
        for (String host : hosts) {
            if (!validHost(host)) {
                return HOST_MALFORMED;
            }
        }
        String authority = authority(request.uri());
        return authority != null && (authority.isEmpty() || !validHost(authority)) ? HOST_MALFORMED : null;
    }

    private static boolean validTarget(HttpRequest request) {
        String target = request.uri();
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                return false;
            }
        }
        return target.startsWith("/")
                || authority(target) != null
                || (target.equals("*") && request.method().equals(HttpMethod.OPTIONS));
    }

    private static boolean validHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean valid = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "-._~:[]%".indexOf(c) >= 0;
            if (!valid) {
                return false;
            }
        }
        return true;
    }

    private static Refusal decoderRefusal(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new Refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is too long");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new Refusal(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long");
        }
        return bad("the request is not well-formed HTTP/1.1");
    }

    private static Refusal bad(String reason) {
        return new Refusal(HttpResponseStatus.BAD_REQUEST, reason);
    }
}
