package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hopline.sla.ClockModel;
import io.hopline.sla.Direction;
import io.hopline.sla.Endpoint;
import io.hopline.sla.Hop;
import io.hopline.sla.HopHistograms;
import io.hopline.sla.HopTime;
import io.hopline.sla.JoinerCounters;
import io.hopline.sla.Report;
import io.hopline.sla.ReportJson;
import io.hopline.sla.RequestTrace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TopCommandTest {
    private static final String METRICS = """
            # TYPE hopline_port_rx_frames_total counter
            hopline_port_rx_frames_total{kind="vnic",node="a",port="web1"} 5933.0
            hopline_port_rx_bytes_total{kind="vnic",node="a",port="web1"} 4.068421E6
            hopline_port_tx_frames_total{kind="vnic",node="a",port="web1"} 7962.0
            hopline_port_tx_bytes_total{kind="vnic",node="a",port="web1"} 726116.0
            hopline_port_drops_total{kind="vnic",node="a",port="web1",reason="policy"} 44.0
            hopline_port_drops_total{kind="vnic",node="a",port="web1",reason="table_miss"} 0.0
            jvm_memory_used_bytes{area="heap",node="a"} 1.0
            """;

    private static Report report() {
        HopHistograms histograms = new HopHistograms();
        for (int i = 0; i < 300; i++) {
            histograms.record(
                    new RequestTrace(
                            "web",
                            Optional.of("web1"),
                            Endpoint.of(0xC0000202, 1_000 + i),
                            i,
                            400_000,
                            0,
                            List.of(
                                    new HopTime(Hop.NGINX, Direction.REQUEST, "a", 300_000),
                                    new HopTime(Hop.VNIC, Direction.RESPONSE, "a", 100_000)),
                            List.of(),
                            List.of("a"),
                            OptionalLong.empty(),
                            Set.of()),
                    4);
        }
        JoinerCounters counters = new JoinerCounters(0, 0, 300, Map.of(), 0, 0, 0);
        return Report.of("web", 0, 30_000, histograms, ClockModel.unknown(), List.of(), 4, counters);
    }

    private static TopSnapshot snapshot(long atNs, long frames, long drops, long packets) {
        NodeScrape.Port port = new NodeScrape.Port("vnic", frames, frames * 1_000, 0, 0, Map.of("policy", drops));
        return new TopSnapshot(
                atNs,
                List.of(new TopSnapshot.Service("web", "10.0.1.100:80", "ok", report())),
                List.of(
                        new TopSnapshot.Host("a", true, 90, new NodeScrape(Map.of("web1", port), "")),
                        new TopSnapshot.Host("b", false, 0, new NodeScrape(Map.of(), "serves no metrics"))),
                Map.of(
                        new TopSnapshot.Flow("a", 0, 10, "ip", "resubmit(,1)"),
                        new TopSnapshot.Counters(packets, packets * 100),
                        new TopSnapshot.Flow("a", 1, 10, "arp", "drop"),
                        new TopSnapshot.Counters(5, 300)));
    }

    @Test
    void showsRatesSharesDropsAndTheBusiestFlows() {
        TopFrame frame = new TopFrame(snapshot(0, 1_000, 2, 0), snapshot(2_000_000_000L, 21_000, 6, 600));
        assertThat(frame.text())
                .contains("nginx 75%, vnic 25%", "6 policy", "resubmit(,1)", "host b: its switch is not connected")
                .contains("host b: serves no metrics")
                .doesNotContain("arp");
        JsonNode json = frame.json();
        JsonNode service = json.path("services").path(0);
        assertThat(service.path("requestsPerSecond").asDouble())
                .as("300 timed, each counted as 4, in 30 s")
                .isCloseTo(40, within(1e-9));
        assertThat(service.path("shares").path("nginx").asDouble()).isCloseTo(0.75, within(1e-9));
        JsonNode port = json.path("hosts").path(0).path("ports").path(0);
        assertThat(port.path("rxFramesPerSecond").asDouble()).isCloseTo(10_000, within(1e-6));
        assertThat(port.path("rxBitsPerSecond").asDouble()).isCloseTo(80e6, within(1e-3));
        assertThat(port.path("dropsPerSecond").asDouble()).isCloseTo(2, within(1e-9));
        assertThat(json.path("busiestFlows")).hasSize(1);
        assertThat(json.path("busiestFlows").path(0).path("packetsPerSecond").asDouble())
                .isCloseTo(300, within(1e-6));
    }

    @Test
    void aCounterThatBeganAnewIsNoNegativeRate() {
        TopFrame frame = new TopFrame(snapshot(0, 1_000_000, 0, 9_000), snapshot(1_000_000_000L, 500, 0, 100));
        JsonNode port = frame.json().path("hosts").path(0).path("ports").path(0);
        assertThat(port.path("rxFramesPerSecond").asDouble()).isCloseTo(500, within(1e-6));
    }

    @Test
    void readsPrometheusText() {
        NodeScrape.Port port = NodeScrape.parse(METRICS).ports().get("web1");
        assertThat(port)
                .isEqualTo(new NodeScrape.Port("vnic", 5_933, 4_068_421, 7_962, 726_116, Map.of("policy", 44L)));
    }

    @Test
    void aFrameFitsTheTerminal() {
        String frame = Screen.frame(List.of("0123456789", "second", "third"), 2, 5);
        assertThat(frame).isEqualTo("\u001b[H01234\u001b[K\r\nsecon\u001b[K\u001b[J");
    }

    @Test
    void oncePrintsOneFrameForScripts() throws IOException {
        try (FakeController controller = new FakeController()) {
            controller
                    .on("GET /metrics", 200, METRICS)
                    .on(
                            "GET /api/v1/state",
                            200,
                            "{\"services\":[{\"name\":\"web\",\"vip\":\"10.0.1.100:80\",\"status\":\"ok\"}],\"nodes\":[{\"name\":\"a\","
                                    + "\"connected\":true,\"flows\":3,\"metrics\":\"" + controller.url()
                                    + "/metrics\"}]}")
                    .on("GET /api/v1/sla/report?since=30s&service=web", 200, ReportJson.write(report()));
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            int code = Main.commandLine()
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(err))
                    .execute("top", "--once", "--controller", controller.url());
            assertThat(code).as(err.toString()).isZero();
            assertThat(out.toString())
                    .contains("web1", "44 policy", "nginx 75%", "The controller shows no flows.")
                    .doesNotContain("\u001b");
        }
    }
}
