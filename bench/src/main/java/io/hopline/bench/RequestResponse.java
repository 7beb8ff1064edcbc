package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import io.hopline.cli.CliException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Round trips of 200 bytes over TCP by sockperf's ping-pong. It prints half of each round trip, as an estimate of one way;
 * the figures here are whole round trips.
 */
final class RequestResponse implements Measure {
    /** TCP port of the server. */
    static final int PORT = 11_111;

    private static final int BYTES = 200;

    @Override
    public String id() {
        return "rr";
    }

    @Override
    public void run(Stage stage) throws Exception {
        Rig rig = stage.rig();
        String netns = rig.second().netns();
        try (ChildProcess server = rig.start(
                netns,
                "sockperf server",
                List.of("sockperf", "server", "--tcp", "-i", rig.second().ip(), "-p", String.valueOf(PORT)))) {
            Rig.awaitListener(netns, PORT, server);
            stage.pace().warmUp(() -> 1 / percentile(pingPong(rig, stage.pace().warmUpS()), "50.000"));
            String report = pingPong(rig, stage.pace().requestsS());
            stage.note(Metric.RTT_P50, 2 * percentile(report, "50.000"));
            stage.note(Metric.RTT_P99, 2 * percentile(report, "99.000"));
            stage.note(Metric.RTT_P999, 2 * percentile(report, "99.900"));
        }
    }

    private static String pingPong(Rig rig, int seconds) {
        return Rig.shellIn(
                rig.first().netns(),
                "sockperf ping-pong --tcp -i " + rig.second().ip() + " -p " + PORT + " -m " + BYTES + " -t " + seconds
                        + " 2>&1");
    }

    /** One line of sockperf's report, microseconds. */
    static double percentile(String report, String percentile) {
        Matcher line = Pattern.compile("percentile " + Pattern.quote(percentile) + " *= *([0-9.]+)")
                .matcher(report);
        if (!line.find()) {
            throw CliException.failed("sockperf prints no percentile " + percentile + ":\n" + report);
        }
        return Double.parseDouble(line.group(1));
    }
}
