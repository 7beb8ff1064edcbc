package io.hopline.lb.http;

import org.jspecify.annotations.Nullable;

/** A query as it stands in a target, {@code ?a=1&b}: nothing is decoded. */
public final class QueryText {
    private QueryText() {}

    /**
     * The first value of a parameter.
     *
     * @param queryStart index of the question mark, or the target's length
     * @return null when there is no such parameter, empty when it has no value
     */
    public static @Nullable String value(String target, int queryStart, String name) {
        int at = queryStart + 1;
        while (at < target.length()) {
            int end = target.indexOf('&', at);
            end = end < 0 ? target.length() : end;
            if (target.startsWith(name, at)) {
                int after = at + name.length();
                if (after == end) {
                    return "";
                }
                if (after < end && target.charAt(after) == '=') {
                    return target.substring(after + 1, end);
                }
            }
            at = end + 1;
        }
        return null;
    }
}
