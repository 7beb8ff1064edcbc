package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hopline.sla.BurnRule.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A month by a clock in the test's hand; every minute has so many good requests and so many bad ones. */
class ObjectiveWatchTest {
    private static final long MS_NS = 1_000_000;
    private static final long MINUTE_MS = 60_000;
    private static final long START_MS = 1_700_000_000_000L / 3_600_000 * 3_600_000;

    private final MapArchive archive = new MapArchive();
    private long nowMs = START_MS;
    private LatencyHistory history = new LatencyHistory(archive, () -> nowMs);
    private ObjectiveWatch watch = watch();

    private ObjectiveWatch watch() {
        return new ObjectiveWatch(
                history, new Objective("up", "web", Series.AVAILABILITY, 0, false, 0.99, Duration.ofDays(30)));
    }

    /** Lets minutes pass and returns the severities and windows of what fired (+) or resolved (-), with the minute. */
    private List<String> minutes(int minutes, int good, int bad) {
        List<String> changes = new ArrayList<>();
        for (int minute = 1; minute <= minutes; minute++) {
            for (int i = 0; i < good; i++) {
                history.record("web", nowMs * MS_NS, Outcome.ANSWERED, 1);
            }
            for (int i = 0; i < bad; i++) {
                history.record("web", nowMs * MS_NS, Outcome.RESET, 1);
            }
            nowMs += MINUTE_MS;
            history.store(false);
            while (history.rollUp()) {
                assertThat(archive.reads).isPositive();
            }
            for (ObjectiveWatch.Alert alert : watch.look(nowMs).changed()) {
                changes.add(
                        (alert.firing() ? "+" : "-") + alert.rule().severity().id()
                                + alert.rule().longWindow().toHours() + "h@" + minute);
            }
        }
        return changes;
    }

    @Test
    void anAlertNeedsBothWindowsAndEndsWithTheShortOne() {
        BurnAlert alert = new BurnAlert(BurnRule.SRE_WORKBOOK.getFirst());
        assertThat(alert.update(20, 14.3, 1)).isEqualTo(BurnAlert.Change.NONE);
        assertThat(alert.update(14.3, 20, 2)).isEqualTo(BurnAlert.Change.NONE);
        assertThat(alert.update(14.4, 14.4, 3)).isEqualTo(BurnAlert.Change.FIRED);
        assertThat(alert.update(1, 14.4, 4)).isEqualTo(BurnAlert.Change.NONE);
        assertThat(alert.firing()).isTrue();
        assertThat(alert.changedMs()).isEqualTo(3);
        assertThat(alert.update(100, 14.3, 5)).isEqualTo(BurnAlert.Change.RESOLVED);
        assertThat(alert.changedMs()).isEqualTo(5);
        assertThat(alert.update(100, 14.3, 6)).isEqualTo(BurnAlert.Change.NONE);
    }

    @Test
    void anOutagePagesAfterTheMinutesThatTheWorkbookSaysAndResolves() {
        assertThat(minutes(90, 10, 0)).isEmpty();
        // All bad is 100 times the budget of 1 %: an hour burns at 14.4 after 8.64 minutes. The longer windows hold 90
        // minutes
        // so far, of which 6 % are bad after 5.7 and 1 % after one.
        assertThat(minutes(20, 0, 10)).containsExactly("+ticket72h@1", "+page6h@6", "+page1h@9");
        assertThat(minutes(60, 10, 0)).containsExactly("-page1h@5", "-page6h@29");
        assertThat(minutes(400, 10, 0)).anyMatch(change -> change.startsWith("-ticket72h"));
    }

    @Test
    void aSlowLeakOpensATicketOnly() {
        assertThat(minutes(8 * 60, 197, 3).stream().distinct())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("+ticket72h");
        assertThat(watch.look(nowMs).burns())
                .allSatisfy(burn -> assertThat(burn.rate()).isCloseTo(1.5, within(0.01)));
    }

    @Test
    void theBudgetIsTheWholeWindowsAndSurvivesARestart() {
        minutes(120, 5, 0);
        minutes(1, 0, 2);
        minutes(120, 5, 0);
        Objective.Verdict before = watch.look(nowMs).verdict();
        assertThat(before.total()).isEqualTo(240 * 5 + 2);
        assertThat(before.budgetLeft()).isCloseTo(1 - 2.0 / (1202 * 0.01), within(1e-9));
        history.store(true);
        history = new LatencyHistory(archive, () -> nowMs);
        watch = watch();
        assertThat(watch.look(nowMs).verdict()).isEqualTo(before);
    }

    @Test
    void oldStepsAreReadOnce() {
        minutes(300, 5, 0);
        watch.look(nowMs);
        archive.reads = 0;
        Objective.Verdict first = watch.look(nowMs).verdict();
        assertThat(archive.reads).isZero();
        assertThat(first.total()).isEqualTo(1_500);
    }

    @Test
    void rulesLongerThanTheObjectivesWindowAreLeftOut() {
        Objective hour = new Objective("fast", "web", Series.END_TO_END, 1_000, false, 0.9, Duration.ofHours(1));
        assertThat(new ObjectiveWatch(history, hour).look(nowMs).alerts())
                .extracting(alert -> alert.rule().severity())
                .containsExactly(Severity.PAGE);
        assertThat(new ObjectiveWatch(history, hour).look(nowMs).verdict().met())
                .isFalse();
    }
}
