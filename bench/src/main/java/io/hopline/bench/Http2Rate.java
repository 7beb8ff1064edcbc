package io.hopline.bench;

import io.hopline.cli.CliException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many requests h2load gets through a proxy by HTTP/2, while the servers speak HTTP/1.1. */
final class Http2Rate implements Measure {
    private static final int ONE_FAILURE_IN = 1_000;
    private static final Pattern RATE = Pattern.compile("finished in [^,]+, ([0-9.]+) req/s");
    private static final Pattern COUNTS =
            Pattern.compile("status codes: (\\d+) 2xx, (\\d+) 3xx, (\\d+) 4xx, (\\d+) 5xx");

    @Override
    public String id() {
        return "h2";
    }

    @Override
    public void run(Stage stage) throws Exception {
        stage.pace().warmUp(() -> requestsPerS(h2load(stage, stage.pace().warmUpS())));
        String report = h2load(stage, stage.pace().webS());
        stage.note(Metric.HTTP2_REQUESTS, requestsPerS(report) / 1e3);
    }

    private static String h2load(Stage stage, int seconds) {
        String url = "http://" + Frontage.VIP + ":" + Frontage.HTTP2_PORT + "/";
        return Rig.shellIn(stage.rig().first().netns(), "h2load -t1 -c4 -m8 -D" + seconds + " " + url + " 2>&1");
    }

    /** What h2load's report says; throws when too many were not answered with 2xx. */
    static double requestsPerS(String report) {
        Matcher rate = RATE.matcher(report);
        Matcher counts = COUNTS.matcher(report);
        if (!rate.find() || !counts.find()) {
            throw CliException.failed("h2load prints no rate:\n" + report);
        }
        long good = Long.parseLong(counts.group(1));
        long bad = Long.parseLong(counts.group(3)) + Long.parseLong(counts.group(4));
        if (good == 0 || bad > good / ONE_FAILURE_IN) {
            throw CliException.failed(bad + " requests were refused, " + good + " were not");
        }
        return Double.parseDouble(rate.group(1));
    }
}
