package io.hopline.lb.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Heads of HTTP/2 as heads of any HTTP, and back (RFC 9113, section 8). Strict, since what passes is written to servers of
 * HTTP/1.1: a name that is no lower-case token, a value with a control character, a field about connections, a length
 * that contradicts another, or a Host that contradicts the authority makes the whole head malformed. A CONNECT that asks for a
 * WebSocket (RFC 8441) becomes the GET that asks for one in HTTP/1.1, and the other way round.
 */
public final class Http2Heads {
    private static final int USUAL_BYTES = 512;
    private static final long NO_LENGTH = -1;
    private static final AsciiString PROTOCOL = Http2Headers.PseudoHeaderName.PROTOCOL.value();

    private Http2Heads() {}

    /**
     * The request, or null when it is malformed.
     *
     * @param ends whether no body follows
     */
    public static @Nullable RequestHead request(Http2Headers headers, boolean ends) {
        CharSequence method = headers.method();
        CharSequence path = headers.path();
        if (method == null || !HeadParser.isToken(method)) {
            return null;
        }
        boolean connects = AsciiString.contentEquals(method, "CONNECT");
        CharSequence protocol = headers.get(PROTOCOL);
        if (protocol != null
                && (!connects
                        || !HeadParser.isToken(protocol)
                        || headers.getAll(PROTOCOL).size() > 1)) {
            return null;
        }
        boolean located = headers.scheme() != null && path != null && isPath(path);
        boolean nowhere = headers.scheme() == null && path == null && headers.authority() != null;
        if (connects && protocol == null ? !nowhere : !located) {
            return null;
        }
        HeaderFields fields = new HeaderFields(USUAL_BYTES);
        CharSequence authority = headers.authority();
        if (authority != null) {
            if (!HeadParser.isValue(authority)) {
                return null;
            }
            fields.add("host", authority);
        }
        if (!copy(headers, fields)) {
            return null;
        }
        long length = contentLength(fields);
        if (length < NO_LENGTH || (ends && length > 0)) {
            return null;
        }
        if (protocol != null && AsciiString.contentEqualsIgnoreCase(protocol, "websocket")) {
            return ends || length != NO_LENGTH ? null : websocket(String.valueOf(path), fields);
        }
        long bodyBytes = ends ? 0 : length == NO_LENGTH ? RequestHead.UNKNOWN_LENGTH : length;
        RequestHead request = new RequestHead(
                method.toString(),
                String.valueOf(path == null ? headers.authority() : path),
                fields,
                RequestHead.HTTP2,
                bodyBytes);
        request.extendedConnect(protocol != null);
        return request;
    }

    private static RequestHead websocket(String path, HeaderFields fields) {
        fields.set(WebSocketKey.FIELD, WebSocketKey.fresh());
        RequestHead request = new RequestHead("GET", path, fields, RequestHead.HTTP2, 0);
        request.websocket(true);
        return request;
    }

    /** The answer of an HTTP/2 backend, or null when it is malformed. */
    public static @Nullable ResponseHead response(Http2Headers headers, boolean ends, boolean toHead) {
        CharSequence status = headers.status();
        long code = status == null || status.length() != 3 ? 0 : HeadParser.decimal(status.toString());
        HeaderFields fields = new HeaderFields(USUAL_BYTES);
        if (code < 100 || code > 599 || code == 101 || !copy(headers, fields)) {
            return null;
        }
        long length = contentLength(fields);
        if (length < NO_LENGTH || (ends && length > 0 && !toHead && code != 304)) {
            return null;
        }
        ResponseHead.Framing framing = ends
                ? ResponseHead.Framing.NONE
                : length == NO_LENGTH ? ResponseHead.Framing.STREAMED : ResponseHead.Framing.SIZED;
        // HTTP/2 has no reason phrases, but there are clients of HTTP/1.1 that know no answer without one.
        String reason = HttpResponseStatus.valueOf((int) code).reasonPhrase();
        return new ResponseHead((int) code, reason, fields, framing, Math.max(0, length), true);
    }

    /**
     * The answer by which a server of HTTP/1.1 agrees to a WebSocket, in place of the success that HTTP/2 has for it.
     *
     * @param accept what the client waits for
     */
    public static ResponseHead agreed(ResponseHead success, String accept) {
        // It means nothing here (RFC 9110, section 9.3.6).
        success.fields().remove("content-length");
        success.fields().set(WebSocketKey.ACCEPT_FIELD, accept);
        return success.withStatus(HttpResponseStatus.SWITCHING_PROTOCOLS);
    }

    /** The fields after a body, or null when they are malformed. */
    public static @Nullable HeaderFields trailers(Http2Headers headers) {
        HeaderFields fields = new HeaderFields(USUAL_BYTES);
        for (Map.Entry<CharSequence, CharSequence> header : headers) {
            if (header.getKey().length() > 0 && header.getKey().charAt(0) == ':') {
                return null;
            }
        }
        return copy(headers, fields) ? fields : null;
    }

    /** A request for an HTTP/2 backend. */
    public static Http2Headers write(RequestHead request, String scheme) {
        HeaderFields fields = request.fields();
        int host = fields.find(KnownField.HOST, 0);
        AsciiString authority = host < 0 ? AsciiString.EMPTY_STRING : fields.asciiValue(host);
        if (request.websocket()) {
            return connect(request, scheme, authority);
        }
        return ReadOnlyHttp2Headers.clientHeaders(
                false,
                AsciiString.of(request.method()),
                AsciiString.of(request.target()),
                AsciiString.of(scheme),
                authority,
                list(fields, host, request.acceptsTrailers() ? 2 : 0));
    }

    private static Http2Headers connect(RequestHead request, String scheme, AsciiString authority) {
        HeaderFields fields = request.fields();
        Http2Headers headers = new DefaultHttp2Headers(false)
                .method("CONNECT")
                .scheme(scheme)
                .authority(authority)
                .path(request.target())
                .add(PROTOCOL, "websocket");
        for (int i = 0; i < fields.count(); i++) {
            AsciiString name = fields.asciiName(i);
            boolean about = fields.kind(i) == null
                    || fields.kind(i) == KnownField.HOST
                    || AsciiString.contentEquals(name, WebSocketKey.FIELD);
            if (!about) {
                headers.add(name, fields.asciiValue(i));
            }
        }
        return headers;
    }

    public static Http2Headers write(ResponseHead response) {
        return ReadOnlyHttp2Headers.serverHeaders(
                false, AsciiString.of(Integer.toString(response.status())), list(response.fields(), -1, 0));
    }

    public static Http2Headers write(HeaderFields trailers) {
        return ReadOnlyHttp2Headers.trailers(false, list(trailers, -1, 0));
    }

    /** Names and values by turns, but for one; with room for {@code TE: trailers}, which is the one TE that HTTP/2 has. */
    private static AsciiString[] list(HeaderFields fields, int without, int room) {
        int size = room;
        for (int i = 0; i < fields.count(); i++) {
            size += fields.kind(i) == null || i == without ? 0 : 2;
        }
        AsciiString[] list = new AsciiString[size];
        int at = 0;
        for (int i = 0; i < fields.count(); i++) {
            if (fields.kind(i) != null && i != without) {
                list[at++] = fields.asciiName(i);
                list[at++] = fields.asciiValue(i);
            }
        }
        if (room > 0) {
            list[at++] = AsciiString.cached("te");
            list[at] = AsciiString.cached("trailers");
        }
        return list;
    }

    /** What Content-Length says, {@link #NO_LENGTH}, or less when it says it twice or badly. */
    private static long contentLength(HeaderFields fields) {
        int index = fields.find(KnownField.CONTENT_LENGTH, 0);
        if (index < 0) {
            return NO_LENGTH;
        }
        return fields.find(KnownField.CONTENT_LENGTH, index + 1) >= 0
                ? HeadParser.BROKEN
                : HeadParser.decimal(fields.value(index));
    }

    private static boolean isPath(CharSequence path) {
        return path.length() > 0 && (path.charAt(0) == '/' || (path.length() == 1 && path.charAt(0) == '*'));
    }

    /** Copies the fields that are no pseudo-headers; false when one is malformed. */
    private static boolean copy(Http2Headers headers, HeaderFields fields) {
        StringBuilder cookies = null;
        for (Map.Entry<CharSequence, CharSequence> header : headers) {
            CharSequence name = header.getKey();
            CharSequence value = header.getValue();
            if (name.length() > 0 && name.charAt(0) == ':') {
                continue;
            }
            if (fields.count() >= HeadParser.MAX_FIELDS || !isName(name) || !isValue(value)) {
                return false;
            }
            if (AsciiString.contentEquals(name, "cookie")) {
                // RFC 9113, section 8.2.3: HTTP/1.1 has them in one field.
                cookies = cookies == null ? new StringBuilder() : cookies.append("; ");
                cookies.append(value);
            } else if (!add(fields, name, value)) {
                return false;
            }
        }
        if (cookies != null) {
            fields.add("cookie", cookies);
        }
        return true;
    }

    private static boolean add(HeaderFields fields, CharSequence name, CharSequence value) {
        int host = AsciiString.contentEquals(name, "host") ? fields.find(KnownField.HOST, 0) : -1;
        if (host >= 0) {
            return AsciiString.contentEqualsIgnoreCase(fields.value(host), value);
        }
        fields.add(name, value);
        KnownField kind = fields.kind(fields.count() - 1);
        return kind == null
                || !kind.hopByHop()
                || kind == KnownField.TRAILER
                || (kind == KnownField.TE && AsciiString.contentEquals(value, "trailers"));
    }

    private static boolean isName(CharSequence name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) >= 'A' && name.charAt(i) <= 'Z') {
                return false;
            }
        }
        return HeadParser.isToken(name);
    }

    private static boolean isValue(CharSequence value) {
        int last = value.length() - 1;
        return HeadParser.isValue(value) && (last < 0 || (!isBlank(value.charAt(0)) && !isBlank(value.charAt(last))));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
