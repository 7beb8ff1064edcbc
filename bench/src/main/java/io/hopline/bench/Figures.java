package io.hopline.bench;

import java.util.Locale;

/** How figures are written: three digits that mean something, in places that stay readable. */
final class Figures {
    private Figures() {}

    static String text(double value) {
        double size = Math.abs(value);
        int digits;
        if (value == Math.rint(value) && size < 1e6 || size >= 100) {
            digits = 0;
        } else if (size >= 10) {
            digits = 1;
        } else if (size >= 1) {
            digits = 2;
        } else {
            digits = 3;
        }
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** {@code median (min-max)}, or the one figure when they are the same. */
    static String text(Spread spread) {
        String median = text(spread.median());
        return spread.min() == spread.max()
                ? median
                : median + " (" + text(spread.min()) + "-" + text(spread.max()) + ")";
    }

    static String ratio(double ratio) {
        return text(ratio) + "x";
    }
}
