package io.hopline.bench;

/**
 * What the switch spends on a packet: CPU time at a rate that every system carries, and for Hopline what its worker
 * allocates.
 */
final class PacketCost implements Measure {
    private static final String ALLOCATED = "hopline_worker_allocated_bytes_total";
    private static final String PAUSES = "jvm_gc_pause_seconds_count";
    private static final int WARM_UP_MS = 300;
    private static final int TRIALS_LONG = 3;

    @Override
    public String id() {
        return "cpu";
    }

    @Override
    public void run(Stage stage) throws Exception {
        int rate = stage.pace().fixedRate();
        int payload = UdpRate.SMALLEST_PAYLOAD_BYTES;
        stage.udp().trial(rate, payload, WARM_UP_MS);
        double allocated = sum(stage, ALLOCATED);
        double pauses = sum(stage, PAUSES);
        CpuTime before = CpuTime.of(stage.system().pids());
        UdpTrial trial =
                stage.udp().trial(rate, payload, TRIALS_LONG * stage.pace().trialMs());
        double cpuS = CpuTime.of(stage.system().pids()).secondsSince(before);
        stage.note(Metric.CPU_LOSS, 100 * trial.loss());
        if (trial.received() == 0) {
            return;
        }
        if (!stage.system().pids().isEmpty()) {
            stage.note(Metric.CPU_PER_MPACKET, cpuS / (trial.received() / 1e6));
        }
        if (!stage.system().metrics().isEmpty()) {
            stage.note(Metric.ALLOCATED_PER_PACKET, (sum(stage, ALLOCATED) - allocated) / trial.received());
            stage.note(Metric.GC_PAUSES, sum(stage, PAUSES) - pauses);
        }
    }

    private static double sum(Stage stage, String name) {
        return stage.system().metrics().stream()
                .mapToDouble(page -> page.sum(name))
                .sum();
    }
}
