package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GuestCostsTest {
    private static final long NOW_MS = 1_790_000_040_000L;

    private static HostCost cost(long fromMs, HostCost.Guest... guests) {
        return new HostCost(fromMs, fromMs + 10_000, 2_000_000_000L, 3_000_000_000L, 150 << 20, 5, List.of(guests));
    }

    private static HostCost.Guest guest(String name, long cpuMs) {
        return new HostCost.Guest(name, cpuMs * 1_000_000, 40_000, 4_000_000);
    }

    @Test
    void intervalsOfAPeriodBecomeOne() {
        Costs costs = new Costs(60_000);
        for (int i = 0; i < 8; i++) {
            // The host's own clock is an hour off.
            costs.spent("a", NOW_MS + i * 10_000, cost(NOW_MS - 3_600_000 + i * 10_000, guest("web", 100)));
        }
        costs.spent("b", NOW_MS + 70_000, cost(NOW_MS + 60_000, guest("db", 7)));
        Costs.Sum last = costs.between(NOW_MS + 40_000, NOW_MS + 80_000);
        assertThat(last.fromMs()).isEqualTo(NOW_MS + 40_000);
        assertThat(last.toMs()).isEqualTo(NOW_MS + 70_000);
        assertThat(last.hosts()).containsOnlyKeys("a", "b");
        HostCost a = Objects.requireNonNull(last.hosts().get("a"));
        assertThat(a.workersNs()).isEqualTo(6_000_000_000L);
        assertThat(a.vnics()).isEqualTo(5);
        assertThat(a.guests()).containsExactly(new HostCost.Guest("web", 300_000_000, 120_000, 12_000_000));

        HostCost kept = Objects.requireNonNull(
                costs.between(0, Long.MAX_VALUE / 2).hosts().get("a"));
        assertThat(kept.workersNs()).as("the first is forgotten").isEqualTo(14_000_000_000L);
        assertThat(costs.between(0, NOW_MS - 60_000).hosts()).isEmpty();
    }

    @Test
    void aGuestsRequestsDivideItsTime() {
        HopHistograms requests = ReportSamples.busyHistory()
                .between("web", ReportSamples.EPOCH_MS, ReportSamples.EPOCH_MS + 60 * 60_000);
        long answered = requests.backends().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals("web2"))
                .mapToLong(entry -> entry.getValue().endToEnd().getTotalCount())
                .sum();
        assertThat(answered).isGreaterThan(GuestCosts.FEW_REQUESTS);
        GuestCosts costs = GuestCosts.of(Map.of("b", cost(NOW_MS, guest("web2", 800), guest("client", 900))), requests);
        assertThat(costs.guests()).extracting(GuestCosts.Guest::guest).containsExactly("client", "web2");
        GuestCosts.Guest web = costs.guests().getLast();
        assertThat(web.cpuUsPerS()).isCloseTo(80_000, within(0.1));
        assertThat(web.framesPerS()).isCloseTo(4_000, within(0.1));
        assertThat(web.requests()).isEqualTo(answered);
        assertThat(web.cpuUsPerRequest())
                .hasValueSatisfying(us -> assertThat(us).isCloseTo(800_000.0 / answered, within(0.001)));
        assertThat(costs.guests().getFirst().cpuUsPerRequest())
                .as("answers none")
                .isEmpty();
        GuestCosts.Host host = costs.hosts().getFirst();
        assertThat(host.workersUsPerS()).isCloseTo(200_000, within(0.1));
        assertThat(host.nobodysUsPerS()).isCloseTo(30_000, within(0.1));
        assertThat(host.otherUsPerS()).isCloseTo(100_000, within(0.1));
        assertThat(host.bytesPerVnic()).isEqualTo(30 << 20);
    }

    @Test
    void everyFormOfTheReportTellsOfThem() {
        GuestCosts costs = GuestCosts.of(
                Map.of("b", cost(NOW_MS, guest("<web2>", 800), guest("idle|one", 1))), new HopHistograms());
        Report report = ReportSamples.busy().withCosts(costs);
        assertThat(ReportHtml.render(report))
                .contains("What a guest costs")
                .contains("<td class=\"l\">&lt;web2&gt;</td><td class=\"l\">b</td><td>80,000</td>")
                .doesNotContain("<web2>");
        assertThat(ReportMarkdown.render(report))
                .contains("Switch CPU, µs a request")
                .contains("| idle\\|one | b |");
        assertThat(ReportText.render(report)).contains("switch CPU of guest").contains("<web2>");
        assertThat(ReportJson.read(ReportJson.write(report)).analysis().costs()).isEqualTo(costs);
    }

    @Test
    void aReportWithoutThemSaysNothingOfThem() {
        Report report = ReportSamples.busy();
        assertThat(ReportHtml.render(report)).doesNotContain("What a guest costs");
        assertThat(ReportMarkdown.render(report)).doesNotContain("Switch CPU");
        String earlier = ReportJson.write(report).replaceAll(",\\s*\"costs\" : \\{[^}]*\\}", "");
        assertThat(earlier).doesNotContain("\"costs\"");
        assertThat(ReportJson.read(earlier).analysis().costs()).isEqualTo(GuestCosts.NONE);
    }

    @Test
    void onlyTheCostliestGuestsAreKept() {
        HostCost many = cost(
                NOW_MS,
                IntStream.range(0, 2 * HostCost.MAX_GUESTS)
                        .mapToObj(i -> guest("g" + i, i))
                        .toArray(HostCost.Guest[]::new));
        assertThat(many.guests()).hasSize(HostCost.MAX_GUESTS);
        assertThat(many.guests().getFirst().name()).isEqualTo("g511");
    }
}
