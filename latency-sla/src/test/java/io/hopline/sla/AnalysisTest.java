package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AnalysisTest {
    private static Report busy;

    @BeforeAll
    static void draw() {
        busy = ReportSamples.busy();
    }

    private static Changes.Verdict verdict(
            Report report, String hop, String direction, String host, double percentile) {
        return report.analysis().changes().orElseThrow().rows().stream()
                .filter(row -> row.now().hop().equals(hop)
                        && row.now().direction().equals(direction)
                        && row.now().host().equals(host)
                        && row.now().percentile() == percentile)
                .findFirst()
                .orElseThrow()
                .verdict();
    }

    @Test
    void everyBandsSharesAddUpToTheWhole() {
        assertThat(busy.analysis().shares()).hasSize(5).allSatisfy(share -> {
            assertThat(share.parts().stream().mapToDouble(Share.Part::share).sum())
                    .isCloseTo(1, within(1e-9));
            assertThat(share.parts().getLast().hop()).isEqualTo("unattributed");
            assertThat(share.backends().stream()
                            .mapToLong(Share.Answered::count)
                            .sum())
                    .isEqualTo(share.count());
        });
    }

    @Test
    void theIncidentIsTheServersOnHostB() {
        Share slowest = busy.analysis().shares().stream()
                .filter(share -> share.band().equals(Share.SLOWEST_PERCENT))
                .findFirst()
                .orElseThrow();
        assertThat(slowest.parts())
                .filteredOn(part -> part.hop().equals("nginx") && part.host().equals("b"))
                .singleElement()
                .satisfies(part -> assertThat(part.share()).isGreaterThan(0.9));
        assertThat(HtmlShares.sentence(slowest))
                .contains("nginx took 9", "web2 answered 100 % of them")
                .doesNotContain("web1");
        assertThat(busy.analysis().hosts())
                .filteredOn(host -> host.host().equals("b"))
                .singleElement()
                .satisfies(host -> assertThat(host.shareOfSlowest()).isGreaterThan(0.9));
    }

    @Test
    void whatChangedIsToldFromWhatDidNot() {
        assertThat(verdict(busy, "vnic", "request", "a", 50)).isEqualTo(Changes.Verdict.SLOWER);
        assertThat(verdict(busy, "host-nic", "request", "a", 50)).isEqualTo(Changes.Verdict.WITHIN_NOISE);
        assertThat(verdict(busy, "overlay", "response", "a", 90)).isEqualTo(Changes.Verdict.WITHIN_NOISE);
        assertThat(verdict(busy, "vswitch", "request", "b", 99.9)).isEqualTo(Changes.Verdict.TOO_FEW);
    }

    @Test
    void worstRequestsAreTheSlowestInOrderAndAddUp() {
        List<Report.Typical> worst = busy.analysis().worst();
        assertThat(worst).hasSize(Analysis.WORST);
        assertThat(worst.getFirst().endToEndNs())
                .isCloseTo(busy.endToEnd().maxNs(), within(busy.endToEnd().maxNs() / 500));
        for (int i = 1; i < worst.size(); i++) {
            assertThat(worst.get(i).endToEndNs())
                    .isLessThanOrEqualTo(worst.get(i - 1).endToEndNs());
        }
        assertThat(worst)
                .allSatisfy(request -> assertThat(request.steps().stream()
                                        .mapToLong(Report.Step::ns)
                                        .sum()
                                + request.unattributedNs())
                        .isEqualTo(request.endToEndNs()));
    }

    @Test
    void requestsNearEveryPercentileAreShown() {
        long[] percentiles = {
            busy.endToEnd().p50Ns(),
            busy.endToEnd().p90Ns(),
            busy.endToEnd().p99Ns(),
            busy.endToEnd().p999Ns()
        };
        assertThat(busy.typical()).hasSize(percentiles.length);
        for (int i = 0; i < percentiles.length; i++) {
            assertThat((double) busy.typical().get(i).endToEndNs())
                    .isCloseTo(percentiles[i], within(percentiles[i] * 0.2));
        }
    }

    @Test
    void timelineKeepsItsGapsAndCountsEveryRequest() {
        Timeline timeline = busy.analysis().timeline();
        assertThat(timeline.slots().stream().mapToLong(Timeline.Slot::count).sum())
                .isEqualTo(busy.endToEnd().count());
        assertThat(timeline.slots()).filteredOn(slot -> slot.count() == 0).hasSize(10);
        assertThat(timeline.slots())
                .allSatisfy(slot ->
                        assertThat(slot.heat().stream().mapToLong(n -> n).sum()).isEqualTo(slot.count()));
        assertThat(timeline.heatFromNs()).isSorted();
    }

    @Test
    void percentilesLieInTheirIntervals() {
        assertThat(busy.analysis().confidence()).hasSize(8).allSatisfy(row -> {
            assertThat(row.lowNs()).isLessThanOrEqualTo(row.ns());
            assertThat(row.highNs().orElse(Long.MAX_VALUE)).isGreaterThanOrEqualTo(row.ns());
            assertThat(row.designEffect()).isGreaterThanOrEqualTo(1);
        });
    }

    /** Slots of 100 requests of which a tenth is slow: spread evenly by chance, or all of them in every tenth slot. */
    private static List<DesignEffect.Slot> slots(boolean together) {
        Random random = new Random(3);
        List<DesignEffect.Slot> slots = new ArrayList<>();
        for (int slot = 0; slot < 60; slot++) {
            int slow = 0;
            for (int i = 0; i < 100; i++) {
                slow += (together ? slot % 10 : random.nextInt(10)) == 0 ? 1 : 0;
            }
            slots.add(new DesignEffect.Slot(100, slow));
        }
        return slots;
    }

    @Test
    void slowRequestsThatComeTogetherTellLess() {
        assertThat(DesignEffect.of(slots(false), 1).value()).isBetween(1.0, 1.6);
        assertThat(DesignEffect.of(slots(true), 1).value()).isBetween(80.0, 120.0);
        assertThat(DesignEffect.of(slots(true).subList(0, DesignEffect.MIN_SLOTS - 1), 1))
                .isEqualTo(new DesignEffect(1, false));
        assertThat(DesignEffect.of(slots(true), 200).value()).isEqualTo(200);
    }

    /** A timed request that is counted as eight tells no more than one. */
    @Test
    void weightsMakeNothingSurer() {
        HopHistograms once = new HopHistograms();
        HopHistograms eightfold = new HopHistograms();
        for (int i = 0; i < 2_000; i++) {
            RequestTrace trace = ReportSamples.request(new Random(i), ReportSamples.EPOCH_MS, true, 1, Hop.NGINX);
            once.record(trace);
            eightfold.record(trace, 8);
        }
        List<Certainty> surer = Certainty.of(Series.END_TO_END, eightfold, List.of());
        List<Certainty> sure = Certainty.of(Series.END_TO_END, once, List.of());
        for (int i = 0; i < sure.size(); i++) {
            assertThat(surer.get(i).lowNs()).isCloseTo(sure.get(i).lowNs(), within(2_000L));
            assertThat(surer.get(i).highNs().isPresent())
                    .isEqualTo(sure.get(i).highNs().isPresent());
            assertThat(surer.get(i).designEffect()).isEqualTo(1);
        }
    }

    @Test
    void twoDrawsFromOneDistributionHaveNotChanged() {
        Random random = new Random(9);
        List<LatencyHistory.Slot> periods = new ArrayList<>();
        for (int period = 0; period < 2; period++) {
            HopHistograms histograms = new HopHistograms();
            for (int i = 0; i < 2_000; i++) {
                histograms.record(ReportSamples.request(random, ReportSamples.EPOCH_MS + i, i % 2 == 0, 1, Hop.NGINX));
            }
            periods.add(new LatencyHistory.Slot(period, period + 1, histograms));
        }
        Changes changes = Changes.of(periods.get(1).histograms(), List.of(), periods.getFirst(), List.of());
        assertThat(changes.rows()).hasSizeGreaterThan(50);
        assertThat(changes.rows())
                .filteredOn(row -> row.verdict() == Changes.Verdict.SLOWER || row.verdict() == Changes.Verdict.FASTER)
                .isEmpty();
    }

    @Test
    void anEmptyReportHasNothingToAnalyse() {
        Analysis none = ReportSamples.empty().analysis();
        assertThat(none.shares()).isEmpty();
        assertThat(none.worst()).isEmpty();
        assertThat(none.confidence()).isEmpty();
        assertThat(none.timeline()).isEqualTo(Timeline.NONE);
        assertThat(none.changes()).isEqualTo(Optional.empty());
    }
}
