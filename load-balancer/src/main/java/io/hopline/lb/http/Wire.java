package io.hopline.lb.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The bytes of HTTP/1.1 that the proxy itself writes (RFC 9112). */
public final class Wire {
    public static final int CRLF = '\r' << 8 | '\n';
    static final byte[] VERSION = ascii("HTTP/1.1 ");
    static final byte[] REQUEST_LINE_END = ascii(" HTTP/1.1\r\n");
    public static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n");
    public static final byte[] CLOSE = ascii("connection: close\r\n");
    public static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
    public static final byte[] UPGRADE_WEBSOCKET = ascii("connection: upgrade\r\nupgrade: websocket\r\n");
    public static final byte[] LAST_CHUNK = ascii("0\r\n");

    private Wire() {}

    /** A chunk's first line, RFC 9112 section 7.1. */
    public static void chunkSize(ByteBuf out, int bytes) {
        boolean begun = false;
        for (int shift = 28; shift >= 0; shift -= 4) {
            int digit = bytes >>> shift & 15;
            begun |= digit != 0;
            if (begun) {
                out.writeByte(digit < 10 ? '0' + digit : 'a' + digit - 10);
            }
        }
        out.writeShort(CRLF);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
