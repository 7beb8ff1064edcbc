package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** TCP from one guest to the other by iperf3; with one stream also what CPU time the switch took for it. */
final class TcpThroughput implements Measure {
    /** TCP port of the server. */
    static final int PORT = 5201;

    private static final int SINGLE = 1;
    private static final int MANY = 32;

    private final int streams;
    private final Metric throughput;
    private final Metric retransmits;

    private TcpThroughput(int streams, Metric throughput, Metric retransmits) {
        this.streams = streams;
        this.throughput = throughput;
        this.retransmits = retransmits;
    }

    static TcpThroughput oneStream() {
        return new TcpThroughput(SINGLE, Metric.TCP_1, Metric.TCP_1_RETRANSMITS);
    }

    static TcpThroughput fourStreams() {
        return new TcpThroughput(4, Metric.TCP_4, Metric.TCP_4_RETRANSMITS);
    }

    /** So many streams that a sample of them is timed; for variants that ask for it. */
    static TcpThroughput manyStreams() {
        return new TcpThroughput(MANY, Metric.TCP_32, Metric.TCP_32_RETRANSMITS);
    }

    @Override
    public String id() {
        return "tcp" + streams;
    }

    @Override
    public boolean suits(Contender contender) {
        return streams != MANY || contender.onlyMeasures().contains(id());
    }

    @Override
    public void run(Stage stage) throws Exception {
        if (streams != SINGLE) {
            warmUp(stage.rig(), streams, stage.pace());
        }
        CpuTime before = CpuTime.of(stage.system().pids());
        JsonNode result = iperf(stage.rig(), streams, stage.pace().tcpS(), 1);
        double cpuS = CpuTime.of(stage.system().pids()).secondsSince(before);
        JsonNode end = result.path("end");
        double gbitPerS = gbitPerS(result);
        double retransmits = end.path("sum_sent").path("retransmits").asDouble();
        stage.note(throughput, gbitPerS);
        stage.note(this.retransmits, retransmits);
        if (streams == SINGLE && !stage.system().pids().isEmpty()) {
            // The CPU time is of the whole run, so the bits are, too: the warm-up's intervals are in the list.
            double gbit = 0;
            for (JsonNode interval : result.path("intervals")) {
                gbit += interval.path("sum").path("bytes").asDouble() * 8 / 1e9;
            }
            stage.note(Metric.CPU_PER_GBIT, cpuS / gbit);
        }
    }

    /** Until as many streams get hardly faster; the load's own warm-up is of one. */
    static void warmUp(Rig rig, int streams, Stage.Pace pace) throws InterruptedException {
        pace.warmUp(() -> gbitPerS(iperf(rig, streams, pace.warmUpS(), 0)));
    }

    private static double gbitPerS(JsonNode result) {
        return result.path("end").path("sum_received").path("bits_per_second").asDouble() / 1e9;
    }

    /**
     * One run of iperf3 between the guests.
     *
     * @param omitS seconds at the start that do not count
     * @return its own report
     */
    static JsonNode iperf(Rig rig, int streams, int seconds, int omitS) throws InterruptedException {
        String serverNetns = rig.second().netns();
        try (ChildProcess server =
                rig.start(serverNetns, "iperf3 server", List.of("iperf3", "-s", "-1", "-p", String.valueOf(PORT)))) {
            Rig.awaitListener(serverNetns, PORT, server);
            String report = Rig.shellIn(
                    rig.first().netns(),
                    "iperf3 -J -c " + rig.second().ip() + " -p " + PORT + " -P " + streams + " -t " + seconds + " -O "
                            + omitS);
            return JsonMapper.shared().readTree(report);
        }
    }
}
