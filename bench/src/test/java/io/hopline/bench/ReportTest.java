package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every form of the report, from the same figures. */
class ReportTest {
    private final Samples samples = new Samples();
    private final Report report = new Report(
            "switch",
            3,
            Map.of("machine", "two <cores> & a half"),
            List.of(
                    new Report.System("hopline", "as shipped", false, Optional.empty()),
                    new Report.System("linux-bridge", "veth", true, Optional.empty()),
                    new Report.System("ovs", "netdev", false, Optional.empty())),
            samples,
            List.of("ovs, rr: no answer"),
            List.of("ovs-tso: not installed"));

    @BeforeEach
    void measure() {
        for (double gbitPerS : new double[] {10, 9, 11}) {
            samples.add(Metric.TCP_1, "hopline", gbitPerS);
            samples.add(Metric.TCP_1, "linux-bridge", gbitPerS + 2.5);
            samples.add(Metric.TCP_1, "ovs", gbitPerS / 10);
        }
        samples.add(Metric.CPU_PER_GBIT, "hopline", 0.08);
        samples.add(Metric.CPU_PER_GBIT, "ovs", 0.8);
    }

    @Test
    void theTableHasMediansRangesAndRatios() {
        var text = new StringWriter();
        ReportTable.print(report, new PrintWriter(text));
        assertThat(text.toString())
                .containsPattern("TCP throughput, 1 stream +Gb/s +10 \\(9-11\\) +12.5 \\(11.5-13.5\\) 0.800x "
                        + "+1 \\(0.900-1.10\\) 10x")
                .containsPattern("CPU per Gbit.* 0.080 +in the kernel +0.800 0.100x")
                .contains("machine: two <cores> & a half", "ovs: netdev", "skipped ovs-tso: not installed")
                .contains("FAILED  ovs, rr: no answer");
    }

    @Test
    void theDataHasEverySample() {
        JsonNode root = JsonMapper.shared().readTree(ReportData.json(report));
        assertThat(root.path("bench").asString()).isEqualTo("switch");
        assertThat(root.path("rounds").asInt()).isEqualTo(3);
        assertThat(root.path("facts").path("machine").asString()).contains("half");
        assertThat(root.path("systems").get(1).path("inKernel").asBoolean()).isTrue();
        assertThat(root.path("failures").size()).isEqualTo(1);
        JsonNode tcp = root.path("measures").get(0);
        assertThat(tcp.path("id").asString()).isEqualTo("tcp1");
        assertThat(tcp.path("better").asString()).isEqualTo("higher");
        JsonNode hopline = tcp.path("systems").path("hopline");
        assertThat(hopline.path("samples").toString()).isEqualTo("[10.0,9.0,11.0]");
        assertThat(hopline.path("median").asDouble()).isEqualTo(10);
        assertThat(hopline.path("min").asDouble()).isEqualTo(9);
        assertThat(hopline.path("max").asDouble()).isEqualTo(11);
        assertThat(tcp.path("ratios").path("linux-bridge").asDouble()).isEqualTo(0.8);
        assertThat(tcp.path("ratios").has("hopline")).isFalse();
    }

    @Test
    void thePageIsATable() {
        assertThat(ReportMarkdown.page(report))
                .contains("\n| | unit | hopline | linux-bridge | ovs |\n| --- | --- | --- | --- | --- |\n")
                .contains("| 0.080 | in the kernel | 0.800 0.100x |\n")
                .contains("- **ovs**: netdev\n", "- skipped ovs-tso: not installed\n");
    }

    @Test
    void thePictureHasAPanelPerMetricAndABarPerFigure() throws Exception {
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(ReportPlot.svg(report))));
        // The background and the bars: three of TCP, two of CPU.
        assertThat(svg.getElementsByTagName("rect").getLength()).isEqualTo(1 + 3 + 2);
        // A whisker where samples differ.
        assertThat(svg.getElementsByTagName("path").getLength()).isEqualTo(3);
        assertThat(svg.getDocumentElement().getTextContent())
                .contains("TCP throughput, 1 stream, Gb/s", "in the kernel", "two <cores> & a half");
    }
}
