package io.hopline.lb.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * What a request must be before it is passed on. {@link HeadParser} has refused bad framing; this refuses what two servers could
 * still read differently (RFC 9112, section 3.2).
 */
public final class RequestRules {
    private static final Refusal TUNNEL = new Refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "CONNECT is not allowed");
    private static final Refusal PROTOCOL = new Refusal(
            HttpResponseStatus.NOT_IMPLEMENTED, "no protocol but websocket is understood (RFC 8441, section 4)");
    private static final Refusal KEY = bad("a WebSocket needs a Sec-WebSocket-Key, once (RFC 6455, section 4.2.1)");
    private static final Refusal TARGET = bad("the request target has bytes that a target cannot have");
    private static final Refusal HOST_MISSING = bad("a Host header is required, once");
    private static final Refusal HOST_MALFORMED = bad("the Host header is malformed");

    private RequestRules() {}

    /** Why the request is refused, or null when it may pass. */
    public static @Nullable Refusal check(RequestHead request) {
        if (request.method().equals("CONNECT")) {
            return request.extendedConnect() ? PROTOCOL : TUNNEL;
        }
        if (request.websocket() && request.fields().all(WebSocketKey.FIELD).size() != 1) {
            return KEY;
        }
        return validTarget(request) ? checkHost(request) : TARGET;
    }

    /** The target in origin form, RFC 9112 section 3.2.1; an absolute target loses its scheme and authority. */
    public static String originForm(String target) {
        String authority = authority(target);
        if (authority == null) {
            return target;
        }
        String rest = target.substring(target.indexOf("://") + 3 + authority.length());
        return rest.isEmpty() ? "/" : rest.startsWith("/") ? rest : "/" + rest;
    }

    /** The path of an origin-form target. */
    public static String path(String originForm) {
        int query = originForm.indexOf('?');
        return query < 0 ? originForm : originForm.substring(0, query);
    }

    /** The authority of an absolute http target, or null for any other form. */
    public static @Nullable String authority(String target) {
        if (!target.regionMatches(true, 0, "http://", 0, 7)) {
            return null;
        }
        int end = 7;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        return target.substring(7, end);
    }

    private static @Nullable Refusal checkHost(RequestHead request) {
        HeaderFields fields = request.fields();
        int host = fields.find(KnownField.HOST, 0);
        if (host < 0 ? !request.isHttp10() : fields.find(KnownField.HOST, host + 1) >= 0) {
            return HOST_MISSING;
        }
        if (host >= 0 && !validHost(fields.value(host))) {
            return HOST_MALFORMED;
        }
        String authority = authority(request.target());
        return authority != null && (authority.isEmpty() || !validHost(authority)) ? HOST_MALFORMED : null;
    }

    private static boolean validTarget(RequestHead request) {
        String target = request.target();
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                return false;
            }
        }
        return target.startsWith("/")
                || authority(target) != null
                || (target.equals("*") && request.method().equals("OPTIONS"));
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

    private static Refusal bad(String reason) {
        return new Refusal(HttpResponseStatus.BAD_REQUEST, reason);
    }
}
