package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.SimulatedNetwork.Profile;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

class ReportHtmlTest {
    private static final long EPOCH_NS = 1_790_000_000_000_000_000L;

    /** A report over simulated traffic. */
    static Report sample(Profile profile, boolean proxied, long thresholdNs) {
        HopHistograms histograms = new HopHistograms();
        ClockModel clocks = ClockModel.of(Map.of("a", "boot", "b", "boot"));
        Joiner joiner = new Joiner(JoinerLimits.DEFAULT, histograms::record);
        joiner.services(List.of(HandMade.WEB), HandMade.INTERNAL);
        joiner.clocks(clocks);
        SimulatedNetwork network = new SimulatedNetwork(7, profile);
        for (int i = 0; i < 80; i++) {
            Endpoint client = Endpoint.of(0xC6336401, 20_000 + i);
            if (proxied) {
                network.proxiedConnection(client, EPOCH_NS + i * 20_000_000L, 60);
            } else {
                network.connection(client, EPOCH_NS + i * 20_000_000L, 60, 0.003);
            }
        }
        for (SimulatedNetwork.Delivery delivery : network.deliveries(0.001)) {
            joiner.accept(delivery.host(), delivery.batch(), delivery.arrivalNs());
            joiner.advance(delivery.arrivalNs());
        }
        joiner.flush();
        List<Objective.Verdict> verdicts = OpenSloTest.objectives(thresholdNs / 1e6).stream()
                .map(objective -> objective.judge(histograms))
                .toList();
        long fromMs = EPOCH_NS / 1_000_000;
        return Report.of("web", fromMs, fromMs + 60_000, histograms, clocks, verdicts, 8, joiner.counters())
                .withClient(new Report.ClientFigures(
                        "Open loop, 400 requests/s for 60 s over 64 keep-alive connections",
                        24_000,
                        0,
                        400,
                        399.8,
                        Map.of("200", 24_000L),
                        new Percentiles(24_000, 412_000, 603_000, 1_240_000, 3_900_000, 7_100_000)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"namespaces", "virtual-machines", "proxied", "missed", "busy", "broken", "single", "empty"})
    void pageIsWholeAndNeedsNothingElse(String kind) throws IOException, SAXException, ParserConfigurationException {
        Report report = switch (kind) {
            case "namespaces" -> sample(Profile.namespaces(), false, 1_000_000);
            case "virtual-machines" -> sample(Profile.virtualMachines(), false, 4_000_000);
            case "proxied" -> sample(Profile.namespaces(), true, 2_000_000);
            case "missed" -> sample(Profile.namespaces(), false, 300_000);
            case "busy" -> ReportSamples.busy();
            case "broken" -> ReportSamples.broken();
            case "single" -> ReportSamples.single();
            default -> ReportSamples.empty();
        };
        String page = ReportHtml.render(report);
        Path folder = Files.createDirectories(Path.of("target", "reports"));
        Files.writeString(folder.resolve(kind + ".html"), page);
        Files.writeString(folder.resolve(kind + ".json"), ReportJson.write(report));
        Files.writeString(folder.resolve(kind + ".txt"), ReportText.render(report));

        assertThat(page).doesNotContain("http://", "https://", "<script", "@import", "url(", "NaN", "Infinity");
        assertWellFormed(page);
        for (Report.HopRow row : report.hops()) {
            assertThat(page).contains(Html.text(row.hop() + ", " + row.direction() + ", host " + row.host()));
        }
    }

    @Test
    void aBusyPageShowsAllOfIt() {
        String page = ReportHtml.render(ReportSamples.busy());
        assertThat(page)
                .contains("Whose time it is", "Single requests", "Over time", "Heat map", "Percentiles", "Changes")
                .contains(
                        "By guest", "By host", "Slowest requests", "What was counted", "Method and error", "Signature")
                .contains("objective: 99 % within 2.00 ms", "SHA-256 5e88", "class=\"slower\"", "noise, was");
        for (Exclusion exclusion : Exclusion.values()) {
            assertThat(page).contains(exclusion.id(), Html.text(exclusion.explanation()));
        }
        assertThat(page.split("<details class=\"request\">", -1)).hasSize(Analysis.WORST + 1);
        assertThat(page.split("class=\"p99 curve\"", -1))
                .as("cut in two by the gap")
                .hasSize(3);
        assertThat(page.split("class=\"p50 curve\"", -1))
                .as("cut in two by the gap")
                .hasSize(3);
    }

    @Test
    void aOneWayTimeBetweenHostsNeverStandsWithoutItsError() {
        String page = ReportHtml.render(ReportSamples.busy());
        List<String> rows = Stream.of(page.split("<tr", -1))
                .filter(row -> row.contains("</span>overlay</td>"))
                .toList();
        List<String> ranges = Stream.of(page.split("<g>", -1))
                .filter(row -> row.startsWith("<title>overlay, "))
                .toList();
        assertThat(rows).as("of shares and of changes").hasSizeGreaterThan(3);
        assertThat(ranges).hasSizeGreaterThan(1);
        assertThat(rows).allMatch(row -> row.contains("±"));
        assertThat(ranges).allMatch(row -> row.contains("±"));
    }

    @Test
    void figuresOfTooFewRequestsAreMarked() {
        assertThat(ReportHtml.render(ReportSamples.single())).contains("too few requests to be sure", "†");
        assertThat(Html.mark(true)).isEmpty();
        assertThat(Html.mark(false)).contains("†");
    }

    @Test
    void namesFromOutsideAreEscaped() {
        HopHistograms histograms = new HopHistograms();
        Report report = Report.of(
                "<b>&'\"",
                0,
                1,
                histograms,
                ClockModel.unknown(),
                List.of(),
                1,
                new Joiner(JoinerLimits.DEFAULT, trace -> {}).counters());
        assertThat(ReportHtml.render(report))
                .contains("&lt;b&gt;&amp;&#39;&quot;")
                .doesNotContain("<b>");
    }

    /** The page's body is written so that an XML parser takes it: every tag closed, every entity known. */
    private static void assertWellFormed(String page) throws IOException, SAXException, ParserConfigurationException {
        String body = page.substring(page.indexOf("<main>"), page.indexOf("</main>") + "</main>".length());
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(body)));
    }
}
