package io.hopline.lb.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;

/** What an answer says before its body, whichever version of HTTP it came by. Event loop only. */
public final class ResponseHead {
    /** How the body ends. */
    public enum Framing {
        /** There is none. */
        NONE,
        /** After as many bytes as Content-Length says. */
        SIZED,
        /** With its last chunk, or the end of its HTTP/2 stream. */
        STREAMED,
        /** With the connection. */
        UNTIL_CLOSE
    }

    private final int status;
    private final String reason;
    private final HeaderFields fields;
    private final Framing framing;
    private final long bodyBytes;
    private final boolean keepsAlive;

    /**
     * @param reason the reason phrase, which may be empty
     * @param bodyBytes length of the body if it is {@link Framing#SIZED}
     * @param keepsAlive whether the backend keeps the connection after this answer
     */
    public ResponseHead(
            int status, String reason, HeaderFields fields, Framing framing, long bodyBytes, boolean keepsAlive) {
        this.status = status;
        this.reason = reason;
        this.fields = fields;
        this.framing = framing;
        this.bodyBytes = bodyBytes;
        this.keepsAlive = keepsAlive;
    }

    public int status() {
        return status;
    }

    /** The same answer with another status. */
    public ResponseHead withStatus(HttpResponseStatus other) {
        return new ResponseHead(other.code(), other.reasonPhrase(), fields, framing, bodyBytes, keepsAlive);
    }

    public HeaderFields fields() {
        return fields;
    }

    public Framing framing() {
        return framing;
    }

    /** Length of the body if it is {@link Framing#SIZED}. */
    public long bodyBytes() {
        return bodyBytes;
    }

    /** Whether the backend keeps the connection after this answer. */
    public boolean keepsAlive() {
        return keepsAlive;
    }

    /** True for 1xx, after which the real answer follows. */
    public boolean isInterim() {
        return status < 200;
    }

    /** Writes status line and fields for HTTP/1.1, without the empty line at the end. */
    public void writeTo(ByteBuf out) {
        out.ensureWritable(reason.length() + fields.byteBound() + 96);
        out.writeBytes(Wire.VERSION);
        out.writeByte('0' + status / 100);
        out.writeByte('0' + status / 10 % 10);
        out.writeByte('0' + status % 10);
        out.writeByte(' ');
        ByteBufUtil.writeAscii(out, reason);
        out.writeShort(Wire.CRLF);
        fields.writeTo(out);
    }
}
