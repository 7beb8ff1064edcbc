package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReportMarkdownTest {
    @Test
    void saysWhatATicketNeeds() {
        String text = ReportMarkdown.render(ReportSamples.busy());
        assertThat(text)
                .startsWith("## Latency of web\n")
                .contains(
                        "| **missed** |", "| end to end | ", "Of the time of the slowest 1 %", "| nginx, request | b |")
                .contains(
                        "| web/web1 |",
                        "Against ",
                        "| vnic, request, host a | p50 |",
                        "Clock error between hosts: 100 ns")
                .endsWith("\n");
    }

    @Test
    void saysWhatBecameOfRequests() {
        assertThat(ReportMarkdown.render(ReportSamples.busy()))
                .contains("| proxy-refused | 7 | good |", "| proxy-error | 3 | bad |", "| all | 6,000 | 99.95 % good |")
                .doesNotContain("no-answer");
        assertThat(ReportText.render(ReportSamples.busy()))
                .contains(
                        "of 6000 requests seen 99.95 % count as good: 5990 succeeded, 7 proxy-refused, 3 proxy-error");
    }

    @Test
    void everyTableHasTheSameCellsInEachRow() {
        for (Report report : new Report[] {ReportSamples.busy(), ReportSamples.broken(), ReportSamples.single()}) {
            int columns = 0;
            for (String line : ReportMarkdown.render(report).lines().toList()) {
                int cells = line.startsWith("|") ? line.split("(?<!\\\\)\\|", -1).length : 0;
                assertThat(cells == 0 || columns == 0 || cells == columns)
                        .as(line)
                        .isTrue();
                columns = cells;
            }
        }
    }

    @Test
    void namesFromOutsideAreNoMarkup() {
        assertThat(ReportMarkdown.escaped("a|b *c* <d>\n[e](f)")).isEqualTo("a\\|b \\*c\\* \\<d\\> \\[e\\](f)");
        assertThat(ReportMarkdown.render(ReportSamples.broken())).doesNotContain("<b>");
    }

    @Test
    void anEmptyReportIsShort() {
        assertThat(ReportMarkdown.render(ReportSamples.empty()))
                .contains("0 requests timed", "Clock error between hosts")
                .doesNotContain("|");
    }
}
