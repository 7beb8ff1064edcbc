package io.hopline.bench;

import io.hopline.cli.CliException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many TLS connections without a session to resume a proxy takes: each of h2load's clients makes one, for one request. */
final class TlsHandshakes implements Measure {
    /** Clients of a run, all at once. */
    private static final int CLIENTS = 500;

    private static final Pattern DURATION = Pattern.compile("finished in ([0-9.]+)(ms|s),");

    @Override
    public String id() {
        return "tls-full";
    }

    @Override
    public void run(Stage stage) throws InterruptedException {
        stage.pace().warmUp(() -> handshakesPerS(stage, stage.pace().warmUpS()));
        stage.note(Metric.TLS_HANDSHAKES, handshakesPerS(stage, stage.pace().webS()) / 1e3);
    }

    /** The mean of as many runs as that time takes. */
    private static double handshakesPerS(Stage stage, int seconds) {
        double spentS = 0;
        int made = 0;
        while (spentS < seconds) {
            String report = Rig.shellIn(
                    stage.rig().first().netns(),
                    "h2load -t1 -m1 --npn-list=http/1.1 -c" + CLIENTS + " -n" + CLIENTS + " " + Frontage.tlsUrl("/")
                            + " 2>&1");
            Http2Rate.requestsPerS(report);
            spentS += seconds(report);
            made += CLIENTS;
        }
        return made / spentS;
    }

    /** How long a run of h2load took. */
    static double seconds(String report) {
        Matcher duration = DURATION.matcher(report);
        if (!duration.find()) {
            throw CliException.failed("h2load prints no duration:\n" + report);
        }
        return Double.parseDouble(duration.group(1)) / (duration.group(2).equals("ms") ? 1e3 : 1);
    }
}
