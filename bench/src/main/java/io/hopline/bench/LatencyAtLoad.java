package io.hopline.bench;

import io.hopline.cli.CliException;
import java.util.Optional;

/**
 * Latency of requests at 70 % of what HAProxy's HTTP mode can do on this machine; of what the first system can do, where
 * HAProxy is not measured. Requests have planned times, and their latency counts from there: one that is sent late because
 * those before it are still unanswered has waited.
 */
final class LatencyAtLoad implements Measure {
    private static final String REFERENCE = "haproxy-http";
    private static final double SHARE = 0.7;
    private static final int CONNECTIONS = 32;
    private static final int MS_PER_S = 1_000;

    private double requestsPerS;

    @Override
    public String id() {
        return "latency";
    }

    @Override
    public Optional<String> calibratedOn() {
        return Optional.of(REFERENCE);
    }

    @Override
    public void calibrate(Stage stage) {
        Wrk most = stage.load()
                .web()
                .wrk("-t1 -c" + CONNECTIONS + " -d" + stage.pace().webS() + "s " + Frontage.url("/"));
        requestsPerS = SHARE * most.requestsPerS();
    }

    @Override
    public void run(Stage stage) throws Exception {
        if (requestsPerS == 0) {
            throw CliException.failed("how much " + REFERENCE + " can do was not found out");
        }
        PacedRequests.Result result =
                stage.load().web().paced(requestsPerS, CONNECTIONS, stage.pace().webS() * MS_PER_S);
        if (result.failed() > 0) {
            throw CliException.failed(result.failed() + " requests failed, " + result.answered() + " did not");
        }
        stage.note(Metric.LOAD, result.answeredPerS() / 1e3);
        stage.note(Metric.LATENCY_P50, result.p50Us());
        stage.note(Metric.LATENCY_P99, result.p99Us());
    }
}
