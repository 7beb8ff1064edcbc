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
        if (absolute < 999_500_000) {
            return digits(ns / 1e6) + " ms";
        }
        return absolute < 999.5e9 ? digits(ns / 1e9) + " s" : count(Math.round(ns / 1e9)) + " s";
    }

    /** Microseconds for tables, where one unit is easier to compare. */
    static String us(long ns) {
        double us = ns / 1e3;
        return us < 9.95 ? digits(us) : String.format(Locale.ROOT, us < 99.95 ? "%.1f" : "%,.0f", us);
    }

    /** A number of requests in words. */
    static String requests(long n) {
        return count(n) + (n == 1 ? " request" : " requests");
    }

    /** A share between 0 and 1 in percent, three digits at most. */
    static String share(double share) {
        double percent = share * 100;
        if (percent > 0 && percent < 0.05) {
            return "under 0.1 %";
        }
        String format = percent < 9.995 && percent > 0 ? "%.1f %%" : "%.0f %%";
        return String.format(Locale.ROOT, format, percent);
    }

    /** A percentile's or another number's shortest form, such as 99 or 99.9. */
    static String number(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /** Requests a second. */
    static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 9.95 ? "%.1f/s" : "%,.0f/s", perSecond);
    }

    /** A round time for a scale's mark, such as {@code 20 ms}. */
    static String tick(long ns) {
        return ns < 1_000
                ? ns + " ns"
                : ns < 1_000_000
                        ? ns / 1_000 + " µs"
                        : ns < 1_000_000_000 ? ns / 1_000_000 + " ms" : count(ns / 1_000_000_000) + " s";
    }

    /** A mark behind a percentile that so few requests cannot bound from above. */
    static String mark(boolean bounded) {
        return bounded ? "" : "<sup>†</sup>";
    }

    /** What a percentile is known to lie between. */
    static String interval(Certainty certainty) {
        return certainty.highNs().isPresent()
                ? time(certainty.lowNs()) + " to " + time(certainty.highNs().getAsLong())
                : time(certainty.lowNs()) + " or more";
    }

    /** Text cut to {@code most} letters. */
    static String shortened(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 1) + "…";
    }

    /** The smallest of 1, 2 and 5 times a power of ten that is not below. */
    static long niceStep(long ns) {
        long power = 1;
        while (power <= Math.max(1, ns) / 10) {
            power *= 10;
        }
        for (long factor : new long[] {1, 2, 5}) {
            if (power * factor >= ns) {
                return power * factor;
            }
        }
        return power * 10;
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
