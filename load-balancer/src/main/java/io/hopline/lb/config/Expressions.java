package io.hopline.lb.config;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.regex.MatchResult;

/** Regular expressions that strangers wrote: RE2's, whose time is linear in the text, and of a bounded size. */
public final class Expressions {
    private static final int MAX_CHARS = 500;
    /** Counted repetitions are copies of what they repeat, and nested ones multiply. */
    private static final long MAX_COPIES = 1000;

    private static final java.util.regex.Pattern COUNT = java.util.regex.Pattern.compile("\\{(\\d+)(,(\\d*))?}");

    private Expressions() {}

    /** @throws IllegalArgumentException naming the field when the expression is too large, or none of RE2's */
    public static Pattern compile(String field, String expression) {
        if (expression.length() > MAX_CHARS) {
            throw new IllegalArgumentException(field + " must be at most " + MAX_CHARS + " characters");
        }
        long copies = 1;
        for (MatchResult count : COUNT.matcher(expression).results().toList()) {
            String most = count.group(3) == null || count.group(3).isEmpty() ? count.group(1) : count.group(3);
            copies *= Math.max(1, most.length() > 4 ? MAX_COPIES + 1 : Long.parseLong(most));
            if (copies > MAX_COPIES) {
                throw new IllegalArgumentException(field + " must repeat less: at most " + MAX_COPIES + " copies");
            }
        }
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    field + " must be a regular expression in RE2's syntax: " + e.getMessage(), e);
        }
    }
}
