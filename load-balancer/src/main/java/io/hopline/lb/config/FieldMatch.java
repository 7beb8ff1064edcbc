package io.hopline.lb.config;

import io.hopline.lb.http.HttpToken;

/**
 * What a header or a query parameter must be for a route to match.
 *
 * @param name of the header, without regard to case, or of the parameter, exactly
 * @param kind how {@code value} is compared
 * @param value ignored by {@link Kind#PRESENT} and {@link Kind#ABSENT}
 */
public record FieldMatch(String name, Kind kind, String value) {
    /** How a value is compared. */
    public enum Kind {
        /** There is one, whatever its value. */
        PRESENT,
        /** There is none. */
        ABSENT,
        /** One has this value. */
        EXACT,
        /** The whole of one value matches this regular expression, in RE2's syntax. */
        REGEX;

        @Override
        public String toString() {
            return Spelling.of(this);
        }
    }

    public FieldMatch {
        if (!HttpToken.valid(name)) {
            throw new IllegalArgumentException("name must be a field's or parameter's, not '" + name + "'");
        }
        if (kind == Kind.REGEX) {
            Expressions.compile("value", value);
        }
    }
}
