package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HtmlCausesTest {
    private static String section(Report report) {
        String page = ReportHtml.render(report);
        int start = page.indexOf("<h2>Causes</h2>");
        assertThat(start).isPositive();
        return page.substring(start, page.indexOf("</section>", start));
    }

    @Test
    void theWorstMinutesStandInOrderOfTime() {
        String section = section(ReportSamples.busy());
        List<String> rows =
                section.lines().filter(line -> line.startsWith("<tr><td")).toList();
        assertThat(rows).hasSize(HtmlCauses.MAX_ROWS + 1);
        assertThat(rows.stream().filter(row -> row.contains("<td>17.3 s</td>")).toList())
                .singleElement()
                .asString()
                .contains("<td class=\"l\">b</td>", "<td>40</td><td>3</td><td class=\"l\">web2</td>")
                .contains("<td>9.00 ms in 2</td>", "<td>1,234</td>", "<td>30.0 ms</td>");
        assertThat(rows.subList(0, HtmlCauses.MAX_ROWS)).isSorted();
        assertThat(rows.getLast()).contains("request, vswitch@a to vswitch@b</td><td>1</td>");
    }

    @Test
    void namesFromOutsideAreNoMarkup() {
        assertThat(section(ReportSamples.broken()))
                .contains("&lt;b&gt;&amp;&quot;")
                .doesNotContain("<b>");
    }

    @Test
    void withoutCausesThereIsNoSection() {
        assertThat(ReportHtml.render(ReportSamples.single())).doesNotContain("<h2>Causes</h2>");
    }

    @Test
    void aTicketHasThemToo() {
        assertThat(ReportMarkdown.render(ReportSamples.busy())).contains("| Held up, minute UTC |", "| 17.3 s |");
        assertThat(ReportMarkdown.render(ReportSamples.single())).doesNotContain("Held up");
    }

    @Test
    void oneWayFiguresInTheHopTableStandWithTheirError() {
        String page = ReportHtml.render(ReportSamples.busy());
        List<String> rows = page.substring(page.indexOf("<h2>All hops</h2>"))
                .lines()
                .filter(line -> line.contains("<span class=\"dot overlay\">"))
                .toList();
        assertThat(rows)
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.split(" ± ")).hasSize(6));
        assertThat(ReportMarkdown.render(ReportSamples.busy())).containsPattern("overlay, request .* ± [0-9.]+ µs");
    }

    @Test
    void reportJsonHasThemMinuteByMinute() {
        Report busy = ReportSamples.busy();
        Report read = ReportJson.read(ReportJson.write(busy));
        assertThat(read.analysis().causes())
                .hasSize(60)
                .isEqualTo(busy.analysis().causes());
        assertThat(ReportJson.write(busy)).contains("\"run_queue_ns\" : 17300000000", "\"after\" : \"vswitch@a\"");
    }
}
