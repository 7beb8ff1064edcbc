package io.hopline.bench;

/** How many datagrams of a size a second get through without loss; for the smallest also what gets through of a flood. */
final class UdpRate implements Measure {
    /** Payload that makes an Ethernet frame of 64 bytes, its check sequence included. */
    static final int SMALLEST_PAYLOAD_BYTES = 18;

    private static final int WARM_UP_MS = 500;

    private final String id;
    private final int payloadBytes;
    private final Metric metric;

    private UdpRate(String id, int payloadBytes, Metric metric) {
        this.id = id;
        this.payloadBytes = payloadBytes;
        this.metric = metric;
    }

    /** Frames of 64 bytes. */
    static UdpRate smallest() {
        return new UdpRate("udp64", SMALLEST_PAYLOAD_BYTES, Metric.UDP_64);
    }

    /** Datagrams of 1400 bytes. */
    static UdpRate large() {
        return new UdpRate("udp1400", 1400, Metric.UDP_1400);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public void run(Stage stage) throws Exception {
        UdpLoad udp = stage.udp();
        int trialMs = stage.pace().trialMs();
        udp.trial(0, payloadBytes, WARM_UP_MS);
        UdpTrial flood = udp.trial(0, payloadBytes, trialMs);
        if (metric == Metric.UDP_64) {
            stage.note(Metric.UDP_64_FLOOD, flood.receivedPerSecond() / 1e3);
        }
        var search = new RateSearch(
                rate -> udp.trial(rate, payloadBytes, trialMs), stage.pace().trials());
        stage.note(metric, search.highest(flood.receivedPerSecond()) / 1e3);
    }
}
