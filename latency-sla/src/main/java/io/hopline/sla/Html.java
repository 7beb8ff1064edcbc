package io.hopline.sla;

import java.util.Locale;

/** A page under construction: text is escaped, markup is not, and numbers look the same everywhere. */
final class Html {
    private final StringBuilder page = new StringBuilder(64 * 1024);

    /** Appends markup; the arguments must be escaped or harmless. */
    Html raw(String format, Object... args) {
        page.append(args.length == 0 ? format : String.format(Locale.ROOT, format, args));
        return this;
    }

    Html line(String format, Object... args) {
        raw(format, args);
        page.append('\n');
        return this;
    }

    /** Text as it may stand between tags and in quoted attributes. */
    static String text(String raw) {
        StringBuilder escaped = new StringBuilder(raw.length() + 16);
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }

    /** A hop's class in the style sheet: letters, digits, hyphens and underscores only. */
    static String cssClass(String hop) {
        return hop.replaceAll("[^A-Za-z0-9_-]", "");
    }

    /** Three digits and the unit that fits, such as {@code 12.3 µs}. */
    static String time(long ns) {
        double absolute = Math.abs((double) ns);
        if (absolute < 1_000) {
            return ns + " ns";
        }
        if (absolute < 999_500) {
            return digits(ns / 1e3) + " µs";
        }
        return absolute < 999_500_000 ? digits(ns / 1e6) + " ms" : digits(ns / 1e9) + " s";
    }

    /** Microseconds for tables, where one unit is easier to compare. */
    static String us(long ns) {
        double us = ns / 1e3;
        return us < 9.95 ? digits(us) : String.format(Locale.ROOT, us < 99.95 ? "%.1f" : "%,.0f", us);
    }

    static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static String digits(double value) {
        double absolute = Math.abs(value);
        String format = absolute < 9.995 ? "%.2f" : absolute < 99.95 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, format, value);
    }

    @Override
    public String toString() {
        return page.toString();
    }
}
