package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SampleCountsTest {
    private static final long NOW_MS = 1_790_000_040_000L;

    private static HostPressure told(SampleCounts samples) {
        return new HostPressure(NOW_MS, NOW_MS + 10_000, 2, 0, 0, 0, List.of(), List.of()).with(samples);
    }

    @Test
    void whatAHostLostAddsUpOverMinutesWithWhatTheControllerGaveUp() {
        Causes causes = new Causes(10);
        causes.pressed("a", NOW_MS, told(new SampleCounts(900, 1, 2, 3, 4, 0)));
        causes.pressed("a", NOW_MS + 60_000, told(new SampleCounts(90, 0, 0, 0, 0, 0)));
        causes.pressed("b", NOW_MS, told(SampleCounts.NONE));
        causes.samplesLost("c", NOW_MS, 7);
        List<SampleCounts.OfHost> hosts = SampleCounts.of(causes.between(NOW_MS, NOW_MS + 60_000));
        assertThat(hosts)
                .containsExactly(
                        new SampleCounts.OfHost("a", new SampleCounts(990, 1, 2, 3, 4, 0)),
                        new SampleCounts.OfHost("c", SampleCounts.gaveUp(7)));
        SampleCounts a = hosts.getFirst().samples();
        assertThat(a.lost()).isEqualTo(10);
        assertThat(a.lostShare()).isEqualTo(0.01);
        assertThat(a.reasons())
                .isEqualTo(
                        Map.of("switch-turn-full", 1L, "kernel-ring-full", 2L, "node-queue-full", 3L, "not-sent", 4L));
    }

    @Test
    void whatTheControllerGaveUpHadArrived() {
        SampleCounts samples = new SampleCounts(100, 0, 0, 0, 0, 25);
        assertThat(samples.lostShare()).isEqualTo(0.25);
        assertThat(HtmlStatement.lostShare(samples)).isEqualTo("25 of 100 (25.0 %)");
        assertThat(HtmlStatement.lostShare(SampleCounts.NONE)).isEqualTo("0 of 0 (0 %)");
        assertThat(HtmlStatement.why(samples)).isEqualTo("controller-gave-up 25");
    }

    @Test
    void aReportSaysItByHost() {
        Report report = ReportSamples.busy();
        assertThat(report.statement().samples())
                .isNotEmpty()
                .allMatch(host ->
                        host.samples().ringFull() == 12 && host.samples().arrived() == 60_000);
        assertThat(ReportHtml.render(report)).contains("Samples lost").contains("node-queue-full 12");
        assertThat(ReportMarkdown.render(report)).contains("node-queue-full 12");
        assertThat(ReportJson.read(ReportJson.write(report)).statement().samples())
                .isEqualTo(report.statement().samples());
    }
}
