package io.hopline.lb.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * Finds where the head of an HTTP/1.1 message ends in what has arrived so far, each byte looked at once. Lines end in
 * CRLF; a bare LF is refused here, a bare CR by {@link HeadParser} (RFC 9112, section 2.2).
 */
public final class HeadScanner {
    /** Not all of it has arrived. */
    public static final int MORE = -1;
    /** It breaks a rule: {@link #refusal} says which. */
    public static final int BAD = -2;

    /** Longest first line, as most servers have it. */
    private static final int MAX_LINE_BYTES = 8192;

    private static final Refusal LINE_TOO_LONG =
            new Refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is too long");
    private static final Refusal TOO_LONG =
            new Refusal(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long");

    private final int maxLineBytes;
    private final int maxBytes;
    /** Where the line begins whose end was not seen, from the head's beginning. */
    private int lineStart;

    private @Nullable Refusal refusal;

    public HeadScanner(int maxBytes) {
        this.maxBytes = maxBytes;
        this.maxLineBytes = Math.min(MAX_LINE_BYTES, maxBytes);
    }

    public Refusal refusal() {
        return refusal == null ? HeadParser.MALFORMED : refusal;
    }

    /** The length of the head that begins at the reader index, with its empty line; or {@link #MORE} or {@link #BAD}. */
    public int scan(ByteBuf in) {
        int begin = in.readerIndex();
        int end = in.writerIndex();
        while (true) {
            int from = begin + lineStart;
            int lineFeed = in.indexOf(from, end, (byte) '\n');
            int length = (lineFeed < 0 ? end : lineFeed + 1) - begin;
            if (lineStart == 0 && length > maxLineBytes) {
                return bad(LINE_TOO_LONG);
            }
            if (length > maxBytes) {
                return bad(TOO_LONG);
            }
            if (lineFeed < 0) {
                return MORE;
            }
            if (lineFeed == from || in.getByte(lineFeed - 1) != '\r') {
                return bad(null);
            }
            if (lineFeed == from + 1) {
                lineStart = 0;
                return length;
            }
            lineStart = length;
        }
    }

    private int bad(@Nullable Refusal why) {
        refusal = why;
        return BAD;
    }
}
