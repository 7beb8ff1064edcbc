package io.hopline.lb.http;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Header fields that the proxy itself reads or writes; every other one is {@link #OTHER} and passes as it came. */
public enum KnownField {
    OTHER,
    TE,
    HOST,
    EXPECT,
    TRAILER,
    UPGRADE,
    CONNECTION,
    KEEP_ALIVE,
    HTTP2_SETTINGS,
    CONTENT_LENGTH,
    X_FORWARDED_FOR,
    X_CLIENT_SUBJECT,
    PROXY_CONNECTION,
    TRANSFER_ENCODING,
    X_FORWARDED_PROTO;

    private final byte[] name =
            name().toLowerCase(Locale.ROOT).replace('_', '-').getBytes(StandardCharsets.US_ASCII);

    /** The name in lower case. */
    public String text() {
        return new String(name, StandardCharsets.US_ASCII);
    }

    /** True for fields that are about one connection only (RFC 9110, section 7.6.1). */
    public boolean hopByHop() {
        return switch (this) {
            case TE, TRAILER, UPGRADE, CONNECTION, KEEP_ALIVE, HTTP2_SETTINGS, PROXY_CONNECTION, TRANSFER_ENCODING ->
                true;
            default -> false;
        };
    }

    /** Which one these bytes name, in any case; {@link #OTHER} when none. */
    static KnownField of(byte[] bytes, int start, int end) {
        KnownField candidate = switch (end - start) {
            case 2 -> TE;
            case 4 -> HOST;
            case 6 -> EXPECT;
            case 7 -> (bytes[start] | 0x20) == 't' ? TRAILER : UPGRADE;
            case 10 -> (bytes[start] | 0x20) == 'c' ? CONNECTION : KEEP_ALIVE;
            case 14 -> (bytes[start] | 0x20) == 'c' ? CONTENT_LENGTH : HTTP2_SETTINGS;
            case 15 -> X_FORWARDED_FOR;
            case 16 -> (bytes[start] | 0x20) == 'p' ? PROXY_CONNECTION : X_CLIENT_SUBJECT;
            case 17 -> (bytes[start] | 0x20) == 't' ? TRANSFER_ENCODING : X_FORWARDED_PROTO;
            default -> OTHER;
        };
        if (candidate != OTHER) {
            byte[] wanted = candidate.name;
            for (int i = 0; i < wanted.length; i++) {
                if (lowerCase(bytes[start + i]) != wanted[i]) {
                    return OTHER;
                }
            }
        }
        return candidate;
    }

    static int lowerCase(byte b) {
        return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
    }
}
