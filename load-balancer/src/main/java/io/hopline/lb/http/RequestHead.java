package io.hopline.lb.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a request says before its body, whichever version of HTTP it came by. Event loop only. */
public final class RequestHead {
    /** A body whose length shows when it ends. */
    public static final long UNKNOWN_LENGTH = -1;

    /** The version of a request that came by HTTP/2. */
    static final int HTTP2 = 2;

    private final String method;
    private String target;
    private final HeaderFields fields;
    private final int version;
    private final long bodyBytes;
    private final boolean acceptsTrailers;
    private boolean websocket;
    private boolean extendedConnect;
    private @Nullable String host;

    /**
     * @param target as the client sent it; in origin form once the proxy has made it what the backend is sent
     * @param version 0 or 1 for HTTP/1.0 and 1.1, or {@link #HTTP2}
     * @param bodyBytes length of the body, or {@link #UNKNOWN_LENGTH}
     */
    RequestHead(String method, String target, HeaderFields fields, int version, long bodyBytes) {
        this.method = method;
        this.target = target;
        this.fields = fields;
        this.version = version;
        this.bodyBytes = bodyBytes;
        this.acceptsTrailers = fields.lists(KnownField.TE, "trailers");
    }

    /** Case-sensitive (RFC 9110, section 9.1). */
    public String method() {
        return method;
    }

    public boolean isHead() {
        return method.equals("HEAD");
    }

    public String target() {
        return target;
    }

    public void target(String newTarget) {
        target = newTarget;
    }

    public HeaderFields fields() {
        return fields;
    }

    /** True for HTTP/1.0, which knows neither chunks nor interim answers. */
    public boolean isHttp10() {
        return version == 0;
    }

    /** As logs name it: {@code HTTP/1.0}, {@code HTTP/1.1} or {@code HTTP/2.0}. */
    public String protocol() {
        return isHttp10() ? "HTTP/1.0" : isHttp2() ? "HTTP/2.0" : "HTTP/1.1";
    }

    /** Whether the client keeps the connection of HTTP/1.x for another request (RFC 9112, section 9.3). */
    public boolean keepsAlive() {
        return isHttp10()
                ? fields.lists(KnownField.CONNECTION, "keep-alive")
                : !fields.lists(KnownField.CONNECTION, "close");
    }

    public boolean isHttp2() {
        return version == HTTP2;
    }

    /** Length of the body in bytes, or {@link #UNKNOWN_LENGTH}. */
    public long bodyBytes() {
        return bodyBytes;
    }

    public boolean hasBody() {
        return bodyBytes != 0;
    }

    /** True when the client said {@code TE: trailers} (RFC 9110, section 10.1.4). */
    public boolean acceptsTrailers() {
        return acceptsTrailers;
    }

    /** True when the client wants the connection to become a WebSocket (RFC 6455, section 4.1). */
    public boolean websocket() {
        return websocket;
    }

    public void websocket(boolean wanted) {
        websocket = wanted;
    }

    /** True for a CONNECT that names a protocol, but not WebSocket (RFC 8441, section 4). */
    boolean extendedConnect() {
        return extendedConnect;
    }

    void extendedConnect(boolean named) {
        extendedConnect = named;
    }

    /** The host that routing goes by: the authority of an absolute target, else the Host field, without port, lower case. */
    public String host() {
        String known = host;
        if (known == null) {
            String authority = RequestRules.authority(target);
            if (authority == null) {
                int index = fields.find(KnownField.HOST, 0);
                authority = index < 0 ? "" : fields.value(index);
            }
            int bracket = authority.indexOf(']');
            int colon = authority.indexOf(':', Math.max(0, bracket));
            known = (colon < 0 ? authority : authority.substring(0, colon)).toLowerCase(Locale.ROOT);
            host = known;
        }
        return known;
    }

    /** The path that routing goes by, without query. */
    String path() {
        return RequestRules.path(RequestRules.originForm(target));
    }

    /** Writes it as a request of HTTP/1.1; what is about the connection has been taken out of the fields before. */
    public void writeTo(ByteBuf out) {
        out.ensureWritable(method.length() + target.length() + fields.byteBound() + 96);
        ByteBufUtil.writeAscii(out, method);
        out.writeByte(' ');
        ByteBufUtil.writeAscii(out, target);
        out.writeBytes(Wire.REQUEST_LINE_END);
        fields.writeTo(out);
        if (bodyBytes == UNKNOWN_LENGTH) {
            out.writeBytes(Wire.CHUNKED);
        }
        if (websocket) {
            out.writeBytes(Wire.UPGRADE_WEBSOCKET);
        }
        out.writeShort(Wire.CRLF);
    }
}
