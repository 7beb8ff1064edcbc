package io.hopline.bench;

import io.hopline.cli.CliException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a run of wrk reports.
 *
 * @param requestsPerS answered
 * @param bytesPerS received, headers included
 * @param failed requests that got no answer, or one that was not 2xx or 3xx
 * @param answered requests that got one
 */
record Wrk(double requestsPerS, double bytesPerS, long failed, long answered) {
    private static final Pattern ERRORS =
            Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

    static Wrk parse(String report) {
        long failed = 0;
        Matcher errors = ERRORS.matcher(report);
        if (errors.find()) {
            for (int i = 1; i <= errors.groupCount(); i++) {
                failed += Long.parseLong(errors.group(i));
            }
        }
        Matcher bad = Pattern.compile("Non-2xx or 3xx responses: (\\d+)").matcher(report);
        if (bad.find()) {
            failed += Long.parseLong(bad.group(1));
        }
        return new Wrk(
                Double.parseDouble(field(report, "Requests/sec: +([0-9.]+)")),
                bytes(field(report, "Transfer/sec: +([0-9.]+[KMGT]?B)")),
                failed,
                Long.parseLong(field(report, "(\\d+) requests in ")));
    }

    private static String field(String report, String pattern) {
        Matcher field = Pattern.compile(pattern).matcher(report);
        if (!field.find()) {
            throw CliException.failed("wrk prints no " + pattern + ":\n" + report);
        }
        return field.group(1);
    }

    /** wrk's units are powers of 1024. */
    private static double bytes(String text) {
        String number = text.replaceAll("[KMGTB]", "");
        int power = "BKMGT"
                .indexOf(text.substring(number.length(), number.length() + 1).toUpperCase(Locale.ROOT));
        return Double.parseDouble(number) * Math.pow(1024, power);
    }
}
