package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.cli.CliException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is read from the kernel's and other programs' text. */
class ReadingsTest {
    @Test
    void cpuTimeIsBehindACommandThatMayHoldAnything() {
        String stat = "42 (a b) c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 30 0 12345 1000 200";
        assertThat(CpuTime.ticks(stat)).isEqualTo(200);
        assertThat(new CpuTime(350).secondsSince(new CpuTime(200))).isEqualTo(1.5);
    }

    @Test
    void residentMemoryIsTheFirstLineOfThatName() {
        String rollup =
                "5600-7fff ---p 00000000 00:00 0 [rollup]\nRss:     31234 kB\nPss:     29000 kB\nShared_Clean: 1 kB\n";
        assertThat(ResidentMemory.residentKib(rollup)).isEqualTo(31_234);
    }

    @Test
    void sockperfPrintsPercentiles() {
        String report = """
                sockperf: ====> avg-latency=50.123 (std-dev=3.2)
                sockperf: ---> <MAX> observation =  990.100
                sockperf: ---> percentile 99.999 =  800.000
                sockperf: ---> percentile 99.900 =  300.250
                sockperf: ---> percentile 99.000 =  120.500
                sockperf: ---> percentile 50.000 =   40.250
                """;
        assertThat(RequestResponse.percentile(report, "50.000")).isEqualTo(40.25);
        assertThat(RequestResponse.percentile(report, "99.900")).isEqualTo(300.25);
        assertThatThrownBy(() -> RequestResponse.percentile("sockperf: No messages were received", "50.000"))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("No messages");
    }

    @Test
    void aMetricIsSummedOverItsSeries() {
        String page = """
                # HELP jvm_gc_pause_seconds Time
                jvm_gc_pause_seconds_count{action="a",node="n"} 3
                jvm_gc_pause_seconds_count{action="b",node="n"} 4
                jvm_gc_pause_seconds_sum{action="a",node="n"} 0.02
                hopline_worker_allocated_bytes_total{node="n"} 1.5E7
                """;
        assertThat(MetricsPage.sum(page, "jvm_gc_pause_seconds_count")).isEqualTo(7);
        assertThat(MetricsPage.sum(page, "hopline_worker_allocated_bytes_total"))
                .isEqualTo(15_000_000);
        assertThat(MetricsPage.sum(page, "absent")).isZero();
    }

    @Test
    void lossIsTheShareThatDidNotArrive() {
        assertThat(new UdpTrial(1_000, 990, 2).loss()).isEqualTo(0.01);
        assertThat(new UdpTrial(1_000, 990, 2).receivedPerSecond()).isEqualTo(495);
        assertThat(new UdpTrial(0, 0, 1).loss()).isEqualTo(1);
    }

    @Test
    void onlyWhatIsKnownCanBeMeasured() {
        var bench = new Bench("switch", List.of(HoplineSwitch.asShipped(), new LinuxBridge()), new FrameWorkload(), 1);
        assertThatThrownBy(() -> bench.measures(List.of("tcp1", "speed"), false))
                .hasMessageContaining("'speed'");
        assertThat(bench.measures(List.of("rr", "tcp1"), false))
                .extracting(Measure::id)
                .containsExactly("tcp1", "rr");
        assertThatThrownBy(() -> bench.contenders(List.of("vpp"))).hasMessageContaining("hopline, linux-bridge");
    }
}
