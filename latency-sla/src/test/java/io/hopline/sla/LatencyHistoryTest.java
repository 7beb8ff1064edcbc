package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.sla.HistogramArchive.Tier;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistoryTest {
    private static final long MS_NS = 1_000_000;
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    /** A quarter past three of some day. */
    private static final long START_MS = 1_700_000_000_000L / HOUR_MS * HOUR_MS + 15 * MINUTE_MS;

    private final MapArchive archive = new MapArchive();
    private final Random random = new Random(5);
    private final HopHistograms all = new HopHistograms();
    private long nowMs = START_MS;
    private LatencyHistory history = new LatencyHistory(archive, () -> nowMs);

    /** Requests spread over a minute that ends now, and whatever the background does then. */
    private void minute(int requests) {
        for (int i = 0; i < requests; i++) {
            request(nowMs + i * MINUTE_MS / requests);
        }
        nowMs += MINUTE_MS;
        background();
    }

    private void request(long atMs) {
        RequestTrace trace = HopHistogramsTest.trace(
                "web1", random.nextBoolean(), atMs * MS_NS, 50_000 + (long) (1e5 * Math.exp(random.nextGaussian())));
        all.record(trace);
        history.record(trace);
    }

    private void background() {
        history.store(false);
        while (history.rollUp()) {
            assertThat(archive.reads).isPositive();
        }
        history.expire();
    }

    private static void assertSame(HopHistograms actual, HopHistograms expected) {
        assertThat(actual.count()).isEqualTo(expected.count());
        assertThat(actual.hops()).isEqualTo(expected.hops());
        for (Series series : expected.hops()) {
            assertThat(Percentiles.of(actual.get(series)))
                    .as(series.toString())
                    .isEqualTo(Percentiles.of(expected.get(series)));
        }
        for (Series series : List.of(Series.END_TO_END, Series.UNATTRIBUTED, Series.VIRTUAL_NETWORK_SHARE)) {
            assertThat(Percentiles.of(actual.get(series))).isEqualTo(Percentiles.of(expected.get(series)));
        }
        LatencyBands.Sums slow = actual.bands().slowest(0.1).sums();
        LatencyBands.Sums expectedSlow = expected.bands().slowest(0.1).sums();
        assertThat(slow.hops()).isEqualTo(expectedSlow.hops());
        assertThat(slow.backends()).isEqualTo(expectedSlow.backends());
        assertThat(slow.endToEndNs()).isEqualTo(expectedSlow.endToEndNs());
    }

    @Test
    void aDayOfMinutesIsReportedAsOneBigHistogramWouldBe() {
        for (int minute = 0; minute < 24 * 60; minute++) {
            minute(10);
        }
        assertSame(history.between("web", START_MS, nowMs), all);
        archive.reads = 0;
        assertSame(history.since("web", START_MS * MS_NS), all);
        assertThat(archive.reads).as("rows read for a day").isLessThan(60);
        List<LatencyHistory.Slot> slots = history.slots("web", START_MS, nowMs, 100);
        HopHistograms merged = new HopHistograms();
        slots.forEach(slot -> merged.add(slot.histograms()));
        assertThat(merged.count()).isEqualTo(all.count());
        assertThat(Percentiles.of(merged.get(Series.END_TO_END))).isEqualTo(Percentiles.of(all.get(Series.END_TO_END)));
        for (Series series : all.hops()) {
            long p99Ns = all.get(series).getValueAtPercentile(99);
            assertThat(merged.count(series)).isEqualTo(all.count(series));
            assertThat(merged.get(series).getValueAtPercentile(99))
                    .as(series + " in outlines")
                    .isBetween(p99Ns * 15 / 16 - 1, p99Ns);
        }
        assertThat(merged.paths()).as("what a slot is not kept for").isEmpty();
        assertThat(slots.stream().mapToLong(slot -> slot.histograms().count()))
                .allMatch(count -> count % 50 == 0 && count <= 200);
        assertThat(archive.bytes(Tier.MINUTE)).isLessThan(24 * 60 * 2_000);
        Report report = Report.of(
                "web",
                START_MS,
                nowMs,
                history.between("web", START_MS, nowMs),
                ClockModel.unknown(),
                List.of(new Objective("fast", "web", Series.END_TO_END, 200_000, false, 0.99, Duration.ofDays(1))
                        .judge(history.between("web", START_MS, nowMs))),
                8,
                new JoinerCounters(0, 0, 0, java.util.Map.of(), 0, 0, 0));
        assertThat(ReportJson.read(ReportJson.write(report)).endToEnd())
                .isEqualTo(Percentiles.of(all.get(Series.END_TO_END)));
        assertThat(ReportHtml.render(report)).contains("nginx").contains("fast");
    }

    @Test
    void monthsAreKeptInHoursAndNoLonger() {
        for (int hour = 0; hour < 40 * 24; hour++) {
            request(nowMs);
            nowMs += HOUR_MS;
            background();
        }
        assertThat(archive.steps(Tier.MINUTE).size()).isBetween(23, 26);
        assertThat(archive.steps(Tier.TEN_MINUTES).size()).isBetween(4 * 24 - 3, 4 * 24 + 1);
        assertThat(archive.steps(Tier.HOUR).size()).isBetween(35 * 24 - 3, 35 * 24 + 1);
        assertThat(history.between("web", nowMs - Duration.ofDays(30).toMillis(), nowMs)
                        .count())
                .isBetween(30 * 24L, 30 * 24L + 1);
        assertThat(history.between("web", START_MS, START_MS + HOUR_MS).count()).isZero();
    }

    @Test
    void aRestartLosesNothingAndAKillTheRunningMinuteAtMost() {
        for (int minute = 0; minute < 200; minute++) {
            minute(6);
        }
        nowMs += 30_000;
        background();
        long before = all.count();
        for (int i = 0; i < 5; i++) {
            request(nowMs - 10_000 + i * 1_000);
        }
        history = new LatencyHistory(archive, () -> nowMs);
        assertThat(history.between("web", START_MS, nowMs).count()).as("killed").isEqualTo(before);
        for (int i = 0; i < 5; i++) {
            request(nowMs - 10_000 + i * 1_000);
        }
        history.store(true);
        history = new LatencyHistory(archive, () -> nowMs);
        assertThat(history.between("web", START_MS, nowMs).count()).isEqualTo(before + 5);
        request(nowMs);
        nowMs += 2 * MINUTE_MS;
        background();
        history = new LatencyHistory(archive, () -> nowMs);
        assertThat(history.between("web", START_MS, nowMs).count())
                .as("both parts of the minute that the restart cut")
                .isEqualTo(before + 6);
        assertThat(history.notKept()).isZero();
    }

    @Test
    void aDamagedRowIsSkippedAndCounted() {
        for (int minute = 0; minute < 30; minute++) {
            minute(6);
        }
        archive.steps(Tier.MINUTE).firstEntry().getValue().replaceAll((service, row) -> {
            byte[] damaged = row.clone();
            damaged[row.length / 2] ^= 0x55;
            return damaged;
        });
        assertThat(history.between("web", START_MS, nowMs).count()).isEqualTo(29 * 6);
        assertThat(history.damagedRows()).isEqualTo(1);
        for (int minute = 0; minute < 120; minute++) {
            minute(6);
        }
        assertThat(history.between("web", START_MS, nowMs).count()).isEqualTo(149 * 6);
    }

    @Test
    void whatTheArchiveRefusesIsStoredLater() {
        minute(6);
        archive.refusing = true;
        request(nowMs);
        nowMs += 2 * MINUTE_MS;
        assertThatThrownBy(() -> history.store(false)).hasMessageContaining("full");
        request(nowMs);
        nowMs += 10 * MINUTE_MS;
        archive.refusing = false;
        background();
        history = new LatencyHistory(archive, () -> nowMs);
        assertThat(history.between("web", START_MS, nowMs).count()).isEqualTo(8);
    }

    @Test
    void lateRequestsCountInTheirMinuteAndAWrongClockMovesNothing() {
        for (int minute = 0; minute < 30; minute++) {
            minute(6);
        }
        request(nowMs - 10 * MINUTE_MS);
        background();
        history.record(HopHistogramsTest.trace("web1", false, (nowMs + HOUR_MS) * MS_NS, 1));
        history.record(HopHistogramsTest.trace("web1", false, (nowMs - HOUR_MS) * MS_NS, 1));
        assertThat(history.notKept()).isEqualTo(2);
        history.store(true);
        history = new LatencyHistory(archive, () -> nowMs);
        assertSame(history.between("web", START_MS, nowMs), all);
    }

    @Test
    void servicesAreToldApartAlsoInTheArchive() {
        for (int minute = 0; minute < 100; minute++) {
            history.record("api", nowMs * MS_NS, Outcome.NO_ANSWER, 1);
            minute(1);
        }
        assertThat(history.between("api", START_MS, nowMs).outcomes()).containsEntry(Outcome.NO_ANSWER, 100L);
        assertThat(history.between("web", START_MS, nowMs).outcomes()).isEmpty();
        assertThat(history.between(null, START_MS, nowMs).count()).isEqualTo(100);
    }
}
