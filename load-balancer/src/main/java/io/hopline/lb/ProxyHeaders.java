package io.hopline.lb;

import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Header fields as they change on their way through the proxy (RFC 9110, section 7.6; RFC 9112, section 9). */
final class ProxyHeaders {
    private static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");

    /** A Connection header may not take away what frames or routes the message. */
    private static final Set<String> NEVER_BY_CONNECTION =
            Set.of("host", "content-length", "transfer-encoding", "connection", "x-forwarded-for", "x-forwarded-proto");

    private ProxyHeaders() {}

    /** True when the sender keeps the connection after this message. */
    static boolean keepsAlive(HttpVersion version, HttpHeaders headers) {
        return version.equals(HttpVersion.HTTP_1_1)
                ? !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true)
                : headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE, true);
    }

    /** True when a body follows the request's head. */
    static boolean hasBody(HttpRequest request) {
        HttpHeaders headers = request.headers();
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || (headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                        && !headers.contains(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO, false));
    }

    /** Makes a client's request one of ours to the backend. */
    static void toBackend(HttpRequest request, InetSocketAddress client, InetSocketAddress listen) {
        HttpHeaders headers = request.headers();
        String authority = RequestRules.authority(request.uri());
        if (authority != null) {
            headers.set(HttpHeaderNames.HOST, authority);
            request.setUri(RequestRules.originForm(request.uri()));
        } else if (!headers.contains(HttpHeaderNames.HOST)) {
            headers.set(HttpHeaderNames.HOST, listen.getAddress().getHostAddress() + ":" + listen.getPort());
        }
        boolean chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
        removeHopByHop(headers);
        if (chunked) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        request.setProtocolVersion(HttpVersion.HTTP_1_1);
        List<String> before = headers.getAll(X_FORWARDED_FOR);
        String address = client.getAddress().getHostAddress();
        headers.set(X_FORWARDED_FOR, before.isEmpty() ? address : String.join(", ", before) + ", " + address);
        headers.set(X_FORWARDED_PROTO, "http");
    }

    /**
     * Makes a backend's answer one of ours to the client.
     *
     * @param keepAlive whether the client's connection is to stay
     * @return whether it can: an answer of unknown length to an HTTP/1.0 client ends with the connection
     */
    static boolean toClient(HttpResponse response, HttpMethod method, HttpVersion clientVersion, boolean keepAlive) {
        HttpHeaders headers = response.headers();
        boolean sized = headers.contains(HttpHeaderNames.CONTENT_LENGTH);
        removeHopByHop(headers);
        response.setProtocolVersion(HttpVersion.HTTP_1_1);
        int status = response.status().code();
        boolean bodiless = method.equals(HttpMethod.HEAD) || status == 204 || status == 304 || status < 200;
        boolean stays = keepAlive;
        if (!sized && !bodiless) {
            if (clientVersion.equals(HttpVersion.HTTP_1_1)) {
                headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            } else {
                stays = false;
            }
        }
        if (status >= 200) {
            announce(headers, clientVersion, stays);
        }
        return stays;
    }

    /** Says what becomes of the connection where the version's default does not. */
    static void announce(HttpHeaders headers, HttpVersion clientVersion, boolean keepAlive) {
        if (!keepAlive) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (clientVersion.equals(HttpVersion.HTTP_1_0)) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    /** The end of a body without its trailer fields, which few servers expect (RFC 9110, 6.5.1 lets us discard them). */
    static LastHttpContent withoutTrailers(LastHttpContent last) {
        return last.trailingHeaders().isEmpty() ? last : new DefaultLastHttpContent(last.content());
    }

    private static void removeHopByHop(HttpHeaders headers) {
        for (String list : headers.getAll(HttpHeaderNames.CONNECTION)) {
            for (String name : list.split(",")) {
                String token = name.strip().toLowerCase(Locale.ROOT);
                if (!token.isEmpty() && !NEVER_BY_CONNECTION.contains(token)) {
                    headers.remove(token);
                }
            }
        }
        headers.remove(HttpHeaderNames.CONNECTION)
                .remove(KEEP_ALIVE)
                .remove(PROXY_CONNECTION)
                .remove(HttpHeaderNames.TE)
                .remove(HttpHeaderNames.TRAILER)
                .remove(HttpHeaderNames.TRANSFER_ENCODING)
                .remove(HttpHeaderNames.UPGRADE);
    }
}
