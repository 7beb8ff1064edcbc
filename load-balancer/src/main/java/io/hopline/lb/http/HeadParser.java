package io.hopline.lb.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the heads of HTTP/1.1 messages, strictly: what two servers could read differently is refused, never repaired
 * (RFC 9112, sections 2.2, 3, 4, 5 and 6). No folded lines, no space before a colon, no control characters, one
 * Content-Length, none beside Transfer-Encoding, no coding but chunked. Belongs to one event loop.
 */
public final class HeadParser {
    public static final Refusal MALFORMED = bad("the request is not well-formed HTTP/1.1");

    /** Most fields in one message. */
    static final int MAX_FIELDS = 128;

    private static final Refusal VERSION = new Refusal(
            HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken here");
    private static final Refusal CODING =
            new Refusal(HttpResponseStatus.NOT_IMPLEMENTED, "no transfer coding but chunked is understood");
    private static final Refusal TOO_MANY =
            new Refusal(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "there are too many headers");
    private static final Refusal LENGTH = bad("the request's length is ambiguous");

    /** No field says how long the body is. */
    private static final long ABSENT = -2;
    /** What the fields say of the body's length breaks a rule. */
    static final long BROKEN = -3;

    /** Which bytes a token has, RFC 9110 section 5.6.2. */
    private static final boolean[] TOKEN = new boolean[256];
    /** Which bytes a field's value has: all but control characters, and the tab (RFC 9110, section 5.5). */
    private static final boolean[] VALUE = new boolean[256];

    private static final String[] METHODS = {
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"
    };

    static {
        for (int c = 0; c < 256; c++) {
            VALUE[c] = (c >= ' ' && c != 0x7f) || c == '\t';
            TOKEN[c] = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || (c < 0x80 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
        }
    }

    private Refusal refusal = MALFORMED;

    /** Why the last head was refused. */
    public Refusal refusal() {
        return refusal;
    }

    /**
     * The head of a request, or null when it is refused.
     *
     * @param head its bytes, which it keeps; ends with an empty line
     */
    @Nullable
    public RequestHead request(byte[] head) {
        refusal = MALFORMED;
        int methodEnd = tokenEnd(head, 0);
        if (methodEnd == 0 || head[methodEnd] != ' ') {
            return null;
        }
        int targetEnd = methodEnd + 1;
        while (head[targetEnd] > ' ' && head[targetEnd] != 0x7f) {
            targetEnd++;
        }
        int lineEnd = lineEnd(head, targetEnd);
        if (lineEnd < 0 || targetEnd == methodEnd + 1 || head[targetEnd] != ' ') {
            return null;
        }
        int minorVersion = minorVersion(head, targetEnd + 1, lineEnd);
        if (minorVersion < 0) {
            return null;
        }
        HeaderFields fields = fields(head, lineEnd + 2);
        if (fields == null) {
            return null;
        }
        long bodyBytes = bodyBytes(fields, minorVersion == 0);
        if (bodyBytes == BROKEN) {
            return null;
        }
        RequestHead request = new RequestHead(
                method(head, methodEnd),
                new String(head, methodEnd + 1, targetEnd - methodEnd - 1, StandardCharsets.ISO_8859_1),
                fields,
                minorVersion,
                bodyBytes == ABSENT ? 0 : bodyBytes);
        request.websocket(minorVersion == 1
                && methodEnd == 3
                && !request.hasBody()
                && fields.lists(KnownField.CONNECTION, "upgrade")
                && fields.lists(KnownField.UPGRADE, "websocket"));
        return request;
    }

    /**
     * The head of an answer, or null when it is not well-formed.
     *
     * @param head its bytes, which it keeps; ends with an empty line
     * @param toHead whether the request was a HEAD, which no body answers
     */
    @Nullable
    public ResponseHead response(byte[] head, boolean toHead) {
        int lineEnd = lineEnd(head, 0);
        if (lineEnd < 12 || (lineEnd > 12 && head[12] != ' ') || head[8] != ' ') {
            return null;
        }
        int minorVersion = minorVersion(head, 0, 8);
        int status = number(head, 9, 12);
        if (minorVersion < 0 || status < 100 || status > 599) {
            return null;
        }
        HeaderFields fields = fields(head, lineEnd + 2);
        if (fields == null) {
            return null;
        }
        long bodyBytes = bodyBytes(fields, minorVersion == 0);
        if (bodyBytes == BROKEN) {
            return null;
        }
        boolean bodiless = toHead || status < 200 || status == 204 || status == 304;
        String reason = lineEnd <= 13 ? "" : new String(head, 13, lineEnd - 13, StandardCharsets.ISO_8859_1);
        ResponseHead.Framing framing = bodiless
                ? ResponseHead.Framing.NONE
                : bodyBytes >= 0
                        ? ResponseHead.Framing.SIZED
                        : bodyBytes == ABSENT ? ResponseHead.Framing.UNTIL_CLOSE : ResponseHead.Framing.STREAMED;
        boolean keepsAlive = minorVersion == 1
                ? !fields.lists(KnownField.CONNECTION, "close")
                : fields.lists(KnownField.CONNECTION, "keep-alive");
        return new ResponseHead(status, reason, fields, framing, Math.max(0, bodyBytes), keepsAlive);
    }

    /** The trailer section after a body's last chunk, or null when it is not well-formed; ends with an empty line. */
    @Nullable
    static HeaderFields trailers(byte[] section) {
        return new HeadParser().fields(section, 0);
    }

    private @Nullable HeaderFields fields(byte[] head, int from) {
        HeaderFields fields = new HeaderFields(head);
        int at = from;
        while (head[at] != '\r') {
            int nameEnd = tokenEnd(head, at);
            if (nameEnd == at || head[nameEnd] != ':') {
                return null;
            }
            int valueStart = nameEnd + 1;
            while (head[valueStart] == ' ' || head[valueStart] == '\t') {
                valueStart++;
            }
            int lineEnd = lineEnd(head, valueStart);
            if (lineEnd < 0) {
                return null;
            }
            int valueEnd = lineEnd;
            while (valueEnd > valueStart && (head[valueEnd - 1] == ' ' || head[valueEnd - 1] == '\t')) {
                valueEnd--;
            }
            if (fields.count() == MAX_FIELDS) {
                refusal = TOO_MANY;
                return null;
            }
            fields.note(at, nameEnd, valueStart, valueEnd);
            at = lineEnd + 2;
        }
        return at == head.length - 2 ? fields : null;
    }

    /** What the fields say of the body's length: bytes, {@link RequestHead#UNKNOWN_LENGTH} for chunks, ABSENT or BROKEN. */
    private long bodyBytes(HeaderFields fields, boolean http10) {
        int length = fields.find(KnownField.CONTENT_LENGTH, 0);
        int coding = fields.find(KnownField.TRANSFER_ENCODING, 0);
        if (coding >= 0) {
            boolean once = fields.find(KnownField.TRANSFER_ENCODING, coding + 1) < 0;
            if (length >= 0 || http10 || !once) {
                refusal = LENGTH;
                return BROKEN;
            }
            if (fields.valueIs(coding, "chunked")) {
                return RequestHead.UNKNOWN_LENGTH;
            }
            String[] codings = fields.value(coding).toLowerCase(Locale.ROOT).split(",", -1);
            long chunked = Arrays.stream(codings)
                    .filter(c -> c.strip().equals("chunked"))
                    .count();
            boolean last = codings[codings.length - 1].strip().equals("chunked");
            refusal = last && chunked == 1 ? CODING : LENGTH;
            return BROKEN;
        }
        if (length < 0) {
            return ABSENT;
        }
        if (fields.find(KnownField.CONTENT_LENGTH, length + 1) >= 0) {
            refusal = LENGTH;
            return BROKEN;
        }
        return decimal(fields.value(length));
    }

    /** A Content-Length: digits and nothing else, RFC 9110 section 8.6. */
    static long decimal(String value) {
        if (value.isEmpty() || value.length() > 18) {
            return BROKEN;
        }
        long number = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < '0' || c > '9') {
                return BROKEN;
            }
            number = number * 10 + c - '0';
        }
        return number;
    }

    /** The end of a line whose bytes from here on are those of a value, or -1 when it has others or ends otherwise. */
    private static int lineEnd(byte[] head, int from) {
        int at = from;
        while (VALUE[head[at] & 0xff]) {
            at++;
        }
        return head[at] == '\r' && head[at + 1] == '\n' ? at : -1;
    }

    private static int tokenEnd(byte[] head, int from) {
        int at = from;
        while (TOKEN[head[at] & 0xff]) {
            at++;
        }
        return at;
    }

    static boolean isValueByte(byte b) {
        return VALUE[b & 0xff];
    }

    static boolean isTokenByte(byte b) {
        return TOKEN[b & 0xff];
    }

    static boolean isToken(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xff || !TOKEN[text.charAt(i)]) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static boolean isValue(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xff || !VALUE[text.charAt(i)]) {
                return false;
            }
        }
        return true;
    }

    /** 0 or 1 for {@code HTTP/1.x}; -1 for what is refused, and another version of HTTP is so by its own status. */
    private int minorVersion(byte[] head, int from, int end) {
        if (end - from != 8
                || head[from] != 'H'
                || head[from + 1] != 'T'
                || head[from + 2] != 'T'
                || head[from + 3] != 'P'
                || head[from + 4] != '/'
                || head[from + 6] != '.') {
            return -1;
        }
        int major = number(head, from + 5, from + 6);
        int minor = number(head, from + 7, from + 8);
        if (major == 1 && (minor == 0 || minor == 1)) {
            return minor;
        }
        if (major >= 0 && minor >= 0) {
            refusal = VERSION;
        }
        return -1;
    }

    private static int number(byte[] head, int from, int end) {
        int number = 0;
        for (int i = from; i < end; i++) {
            if (head[i] < '0' || head[i] > '9') {
                return -1;
            }
            number = number * 10 + head[i] - '0';
        }
        return number;
    }

    private static String method(byte[] head, int end) {
        for (String known : METHODS) {
            if (known.length() == end && matches(head, known)) {
                return known;
            }
        }
        return new String(head, 0, end, StandardCharsets.US_ASCII);
    }

    private static boolean matches(byte[] head, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (head[i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static Refusal bad(String reason) {
        return new Refusal(HttpResponseStatus.BAD_REQUEST, reason);
    }
}
