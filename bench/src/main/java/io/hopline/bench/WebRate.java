package io.hopline.bench;

import io.hopline.cli.CliException;
import java.util.Optional;

/** How much wrk gets through a balancer: requests on kept connections, a connection a request, or large bodies. */
final class WebRate implements Measure {
    /** Answers that may be missing among so many: more, and the balancer has failed. */
    private static final int ONE_FAILURE_IN = 1_000;

    private final String id;
    private final Metric metric;
    private final Optional<Metric> cpuPerAnswer;
    private final String options;
    /** Whether the load's own warm-up was of something else. */
    private final boolean warmUp;

    private WebRate(String id, Metric metric, Optional<Metric> cpuPerAnswer, String options) {
        this.id = id;
        this.metric = metric;
        this.cpuPerAnswer = cpuPerAnswer;
        this.options = options;
        warmUp = options.contains("https:");
    }

    static WebRate requests() {
        return new WebRate("rps", Metric.REQUESTS, Optional.of(Metric.CPU_PER_REQUEST), "-c32 " + Frontage.url("/"));
    }

    static WebRate connections() {
        return new WebRate(
                "cps",
                Metric.CONNECTIONS,
                Optional.of(Metric.CPU_PER_CONNECTION),
                "-c32 -H 'Connection: close' " + Frontage.url("/"));
    }

    static WebRate stream() {
        return new WebRate(
                "stream", Metric.STREAM, Optional.empty(), "-c4 --timeout 30s " + Frontage.url(WebServers.LARGE));
    }

    static WebRate tlsRequests() {
        return new WebRate("tls-rps", Metric.TLS_REQUESTS, Optional.empty(), "-c32 " + Frontage.tlsUrl("/"));
    }

    /** wrk resumes the session of the connection before, where the balancer gave it a ticket; {@link TlsHandshakes} does not. */
    static WebRate tlsConnections() {
        return new WebRate(
                "tls-cps",
                Metric.TLS_CONNECTIONS,
                Optional.empty(),
                "-c32 -H 'Connection: close' " + Frontage.tlsUrl("/"));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void run(Stage stage) throws Exception {
        if (warmUp) {
            stage.load().web().warmUp(stage.pace(), options);
        }
        CpuTime before = CpuTime.of(stage.system().pids());
        Wrk wrk = stage.load().web().wrk("-t1 -d" + stage.pace().webS() + "s " + options);
        double cpuS = CpuTime.of(stage.system().pids()).secondsSince(before);
        boolean nothing = metric == Metric.STREAM ? wrk.bytesPerS() == 0 : wrk.answered() == 0;
        if (nothing || wrk.failed() > wrk.answered() / ONE_FAILURE_IN) {
            throw CliException.failed(wrk.failed() + " requests failed, " + wrk.answered() + " did not");
        }
        if (metric == Metric.STREAM) {
            stage.note(metric, wrk.bytesPerS() * 8 / 1e9);
            return;
        }
        stage.note(metric, wrk.requestsPerS() / 1e3);
        if (cpuPerAnswer.isPresent() && !stage.system().pids().isEmpty() && wrk.answered() > 0) {
            stage.note(cpuPerAnswer.get(), cpuS * 1e6 / wrk.answered());
        }
    }
}
