package io.hopline.lb.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cookies as they stand in a Cookie header (RFC 6265, section 4.2.1). */
public final class CookieText {
    private CookieText() {}

    /** The first value of a cookie, or null when the client sent none of that name. */
    public static @Nullable String value(FieldReader fields, String name) {
        List<String> lines = fields.all("cookie");
        for (int i = 0; i < lines.size(); i++) {
            String found = value(lines.get(i), name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable String value(String line, String name) {
        int at = 0;
        while (at < line.length()) {
            while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == ';')) {
                at++;
            }
            int end = line.indexOf(';', at);
            end = end < 0 ? line.length() : end;
            int equals = at + name.length();
            if (equals < end && line.charAt(equals) == '=' && line.startsWith(name, at)) {
                return line.substring(equals + 1, end).strip();
            }
            at = end;
        }
        return null;
    }
}
