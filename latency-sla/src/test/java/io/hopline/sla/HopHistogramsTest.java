package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HopHistogramsTest {
    private static final long SECOND_NS = 1_000_000_000L;

    /** A request over one host or two whose server took this long; everything else takes 10 µs a hop. */
    static RequestTrace trace(String backend, boolean twoHosts, long startNs, long serverNs) {
        String far = twoHosts ? "b" : "a";
        List<HopTime> hops = twoHosts
                ? List.of(
                        new HopTime(Hop.HOST_NIC, Direction.REQUEST, "a", 10_000),
                        new HopTime(Hop.OVERLAY, Direction.REQUEST, far, 10_000),
                        new HopTime(Hop.NGINX, Direction.REQUEST, far, serverNs),
                        new HopTime(Hop.OVERLAY, Direction.RESPONSE, "a", 10_000),
                        new HopTime(Hop.HOST_NIC, Direction.RESPONSE, "a", 10_000))
                : List.of(
                        new HopTime(Hop.HOST_NIC, Direction.REQUEST, "a", 10_000),
                        new HopTime(Hop.NGINX, Direction.REQUEST, "a", serverNs),
                        new HopTime(Hop.HOST_NIC, Direction.RESPONSE, "a", 10_000));
        long total = hops.stream().mapToLong(HopTime::ns).sum();
        return new RequestTrace(
                "web",
                Optional.of(backend),
                HandMade.CLIENT,
                startNs,
                total + 1_000,
                1_000,
                hops,
                List.of(),
                twoHosts ? List.of("a", "b") : List.of("a"),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Set.of());
    }

    @Test
    void sumsPerRequestOverDirectionsAndHosts() {
        HopHistograms histograms = new HopHistograms();
        histograms.record(trace("web2", true, 1, 100_000));
        assertThat(percentile(histograms, Series.of(Hop.OVERLAY, Direction.REQUEST, "b")))
                .isCloseTo(10_000L, within(20L));
        assertThat(percentile(histograms, Series.of(Hop.OVERLAY, null, null))).isCloseTo(20_000L, within(20L));
        assertThat(percentile(histograms, Series.VIRTUAL_NETWORK)).isCloseTo(40_000L, within(60L));
        assertThat(percentile(histograms, Series.VIRTUAL_NETWORK_SHARE)).isCloseTo(283_000L, within(1_000L));
        assertThat(percentile(histograms, Series.UNATTRIBUTED)).isEqualTo(1_000);
    }

    @Test
    void mergingIsCountingTogether() {
        HopHistograms whole = new HopHistograms();
        HopHistograms left = new HopHistograms();
        HopHistograms right = new HopHistograms();
        for (int i = 0; i < 1_000; i++) {
            RequestTrace trace = trace(i % 3 == 0 ? "web1" : "web2", i % 3 != 0, i, 50_000L + i * 997L);
            whole.record(trace);
            (i % 2 == 0 ? left : right).record(trace);
        }
        left.add(right);
        assertThat(left.hops()).isEqualTo(whole.hops());
        for (Series series : whole.hops()) {
            assertThat(Percentiles.of(left.get(series))).isEqualTo(Percentiles.of(whole.get(series)));
        }
        assertThat(Percentiles.of(left.get(Series.END_TO_END))).isEqualTo(Percentiles.of(whole.get(Series.END_TO_END)));
        assertThat(left.exemplars().slowest())
                .hasSize(Exemplars.SLOWEST)
                .isEqualTo(whole.exemplars().slowest());
        assertThat(left.exemplars().traces())
                .containsExactlyInAnyOrderElementsOf(whole.exemplars().traces());
        assertThat(left.paths().keySet()).containsExactlyInAnyOrder(List.of("a"), List.of("a", "b"));
        assertThat(Objects.requireNonNull(left.paths().get(List.of("a")))
                        .endToEnd()
                        .getTotalCount())
                .isEqualTo(334);
    }

    @Test
    void hopsStandInPathOrder() {
        HopHistograms histograms = new HopHistograms();
        histograms.record(trace("web2", true, 1, 100_000));
        histograms.record(trace("web1", false, 2, 100_000));
        assertThat(histograms.hops())
                .extracting(Series::toString)
                .containsExactly(
                        "host-nic,request,a",
                        "nginx,request,a",
                        "overlay,request,b",
                        "nginx,request,b",
                        "overlay,response,a",
                        "host-nic,response,a");
    }

    @Test
    void objectiveIsJudgedByCounts() {
        HopHistograms histograms = new HopHistograms();
        for (int i = 0; i < 1_000; i++) {
            histograms.record(trace("web1", false, i, i < 985 ? 100_000 : 10_000_000));
        }
        Objective objective =
                new Objective("fast", "web", Series.END_TO_END, 1_000_000, false, 0.99, Duration.ofHours(1));
        Objective.Verdict verdict = objective.judge(histograms);
        assertThat(verdict.total()).isEqualTo(1_000);
        assertThat(verdict.good()).isEqualTo(985);
        assertThat(verdict.met()).isFalse();
        assertThat(verdict.budgetLeft()).isCloseTo(-0.5, within(1e-9));
        assertThat(new Objective("lax", "web", Series.END_TO_END, 1_000_000, false, 0.97, Duration.ofHours(1))
                        .judge(histograms))
                .returns(true, Objective.Verdict::met);
        assertThat(objective.judge(new HopHistograms())).returns(false, Objective.Verdict::met);
    }

    @Test
    void historyLooksBackInStepsAndForgets() {
        LatencyHistory history = new LatencyHistory(60);
        for (int second = 0; second < 2 * 3600; second += 5) {
            history.record(trace("web1", false, second * SECOND_NS + 1, 100_000));
        }
        long end = 2 * 3600 * SECOND_NS;
        assertThat(history.since("web", end - 30 * SECOND_NS).count()).isEqualTo(6);
        assertThat(history.since(null, end - 10 * SECOND_NS).count()).isEqualTo(2);
        assertThat(history.since("web", end - 30 * 60 * SECOND_NS).count()).isEqualTo(360);
        assertThat(history.since("web", 0).count()).isBetween(59 * 12L, 61 * 12L);
        assertThat(history.since("api", 0).count()).isZero();
    }

    @Test
    void requestsThatComeLateCountInTheirOwnTime() {
        LatencyHistory history = new LatencyHistory(60);
        history.record(trace("web1", false, 3600 * SECOND_NS, 100_000));
        history.record(trace("web1", false, 1800 * SECOND_NS, 100_000));
        history.record(trace("web1", false, 3590 * SECOND_NS, 100_000));
        assertThat(history.since("web", 3595 * SECOND_NS).count()).isEqualTo(2);
        assertThat(history.since("web", 1700 * SECOND_NS).count()).isEqualTo(3);
    }

    @Test
    void slotsCoverTheTimeWithoutAHoleAndLoseNothing() {
        LatencyHistory history = new LatencyHistory(60);
        for (int second = 0; second < 1800; second += 5) {
            history.record(trace("web1", false, second * SECOND_NS + 1, 100_000));
        }
        history.record(trace("web1", false, 2400 * SECOND_NS, 100_000));
        assertThat(history.between("web", 600_000, 1_200_000).count()).isEqualTo(120);
        assertThat(history.between("web", 1_200_000, 1_200_000).count()).isZero();
        List<LatencyHistory.Slot> slots = history.slots("web", 90_000, 2_410_000, 20);
        assertThat(slots).hasSizeLessThanOrEqualTo(20);
        assertThat(slots.getFirst().fromMs()).isEqualTo(0);
        assertThat(slots.getLast().toMs()).isGreaterThanOrEqualTo(2_410_000);
        for (int i = 1; i < slots.size(); i++) {
            assertThat(slots.get(i).fromMs()).isEqualTo(slots.get(i - 1).toMs());
        }
        assertThat(slots.stream().mapToLong(slot -> slot.histograms().count()))
                .startsWith(60L, 60L)
                .endsWith(1L);
        assertThat(slots.stream().mapToLong(slot -> slot.histograms().count()).sum())
                .isEqualTo(361);
        assertThat(history.slots(null, 2_395_000, 2_410_000, 20))
                .extracting(slot -> slot.toMs() - slot.fromMs())
                .containsOnly(10_000L);
        assertThat(history.slots("api", 0, 86_400_000L * 30, 2)).hasSize(2);
    }

    @Test
    void clocksOfOneKernelAreOne() {
        ClockModel clocks = ClockModel.of(Map.of("a", "one", "b", "one", "c", "two"));
        assertThat(clocks.errorNs(List.of("a", "b"))).hasValue(ClockModel.READ_ERROR_NS);
        assertThat(clocks.errorNs(List.of("a", "b", "c"))).isEmpty();
        PeerClock found = JoinerTest.found("c", new ClockOffset(1_000_000_000, 3_000_000, 5_000, 20, 1_000));
        ClockModel compared = clocks.with("a", found);
        assertThat(compared.errorNs("a", "c")).hasValue(5_000 + 1_000 + ClockModel.READ_ERROR_NS);
        assertThat(compared.errorNs("c", "a")).isEqualTo(compared.errorNs("a", "c"));
        assertThat(compared.errorNs("b", "c")).isEmpty();
        assertThat(compared.errorNs(List.of("a", "b", "c"))).isEmpty();
        assertThat(ClockModel.unknown().errorNs("a", "b")).isEmpty();
        assertThat(ClockModel.unknown().shared("a", "a")).isTrue();
    }

    @Test
    void metersCountHopsAndExclusions() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        JoinerCounters counters = new JoinerCounters(1, 0, 1, Map.of("retransmission", 4L), 0, 0, 0);
        HopMetrics metrics = new HopMetrics(() -> counters);
        metrics.record(trace("web2", true, 1, 100_000));
        metrics.bindTo(registry);
        metrics.record(trace("web2", true, 2, 100_000));
        assertThat(registry.get("hopline.request.hop")
                        .tags("service", "web", "hop", "nginx", "direction", "request", "host", "b")
                        .timer()
                        .totalTime(TimeUnit.NANOSECONDS))
                .isEqualTo(100_000);
        assertThat(registry.get("hopline.request").tag("service", "web").timer().count())
                .isEqualTo(1);
        assertThat(registry.get("hopline.request.excluded")
                        .tag("reason", "retransmission")
                        .functionCounter()
                        .count())
                .isEqualTo(4);
        registry.close();
    }

    private static long percentile(HopHistograms histograms, Series series) {
        return histograms.get(series).getValueAtPercentile(50);
    }

    @Test
    void aRequestThatStandsForFourCountsAsFour() {
        HopHistograms weighted = new HopHistograms();
        HopHistograms whole = new HopHistograms();
        for (int i = 1; i <= 50; i++) {
            RequestTrace trace = trace("web" + i % 3, i % 2 == 0, i, 1_000L * i);
            weighted.record(trace, 4);
            for (int same = 0; same < 4; same++) {
                whole.record(trace);
            }
        }
        assertThat(weighted.samples()).isEqualTo(50);
        assertThat(weighted.count()).isEqualTo(200);
        assertThat(whole.samples()).isEqualTo(200);
        for (Series series : whole.hops()) {
            assertThat(weighted.get(series)).isEqualTo(whole.get(series));
        }
        assertThat(weighted.get(Series.END_TO_END)).isEqualTo(whole.get(Series.END_TO_END));
        assertThat(weighted.flags()).isEqualTo(whole.flags());
        weighted.backends()
                .forEach((backend, histograms) -> assertThat(histograms.guest())
                        .isEqualTo(Objects.requireNonNull(whole.backends().get(backend))
                                .guest()));
        weighted.paths()
                .forEach((hosts, histograms) -> assertThat(histograms.hops())
                        .isEqualTo(
                                Objects.requireNonNull(whole.paths().get(hosts)).hops()));
        assertThat(weighted.bands().all().sums().hops())
                .isEqualTo(whole.bands().all().sums().hops());
        assertThat(weighted.bands().count()).isEqualTo(200);

        HopHistograms both = new HopHistograms();
        both.add(weighted);
        both.add(whole);
        assertThat(both.samples()).isEqualTo(250);
        assertThat(both.count()).isEqualTo(400);
    }
}
