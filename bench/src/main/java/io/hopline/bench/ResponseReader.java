package io.hopline.bench;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the end of one HTTP/1.1 response after the other on a connection, each with a Content-Length. */
final class ResponseReader {
    private static final int MAX_HEAD_BYTES = 4_096;
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]{1,9})\r\n");

    private final byte[] head = new byte[MAX_HEAD_BYTES];
    private int headBytes;
    /** Bytes of the body still to come; -1 in the head. */
    private int left = -1;

    private boolean failed;

    /**
     * Takes what was read.
     *
     * @param count bytes, negative at the connection's end
     * @return true when a response ends with them
     */
    boolean take(byte[] bytes, int count) {
        if (count < 0) {
            failed = true;
            return false;
        }
        int at = 0;
        while (left < 0 && at < count && !failed) {
            if (headBytes == MAX_HEAD_BYTES) {
                failed = true;
                return false;
            }
            head[headBytes++] = bytes[at++];
            if (headEnds()) {
                left = bodyBytes();
            }
        }
        if (failed || left < 0) {
            return false;
        }
        left -= count - at;
        if (left > 0) {
            return false;
        }
        failed = left < 0;
        left = -1;
        headBytes = 0;
        return !failed;
    }

    /** True once the connection has ended, or said something else than 200 with a length, or more than was asked for. */
    boolean failed() {
        return failed;
    }

    private boolean headEnds() {
        return headBytes >= 4
                && head[headBytes - 1] == '\n'
                && head[headBytes - 2] == '\r'
                && head[headBytes - 3] == '\n'
                && head[headBytes - 4] == '\r';
    }

    private int bodyBytes() {
        String text = new String(head, 0, headBytes, StandardCharsets.ISO_8859_1);
        Matcher length = LENGTH.matcher(text);
        if (!text.startsWith("HTTP/1.1 200 ") || !length.find()) {
            failed = true;
            return -1;
        }
        return Integer.parseInt(length.group(1));
    }
}
