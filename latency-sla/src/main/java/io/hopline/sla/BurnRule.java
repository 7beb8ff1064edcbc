package io.hopline.sla;

import java.time.Duration;
import java.util.List;

/**
 * When an error budget burns too fast: over a long window, which says that it matters, and over a short one, which says that
 * it still goes on. The figures are those of Google's SRE workbook, chapter 5, table 5-8; a burn rate of 1 uses up
 * the budget exactly by the end of the objective's window.
 *
 * @param factor burn rate from which both windows are too fast
 */
public record BurnRule(Severity severity, double factor, Duration longWindow, Duration shortWindow) {
    /** Who is told. */
    public enum Severity {
        /** Somebody is woken up. */
        PAGE("page"),
        /** Somebody looks at it on the next working day. */
        TICKET("ticket");

        private final String id;

        Severity(String id) {
            this.id = id;
        }

        public String id() {
            return id;
        }
    }

    public static final List<BurnRule> SRE_WORKBOOK = List.of(
            new BurnRule(Severity.PAGE, 14.4, Duration.ofHours(1), Duration.ofMinutes(5)),
            new BurnRule(Severity.PAGE, 6, Duration.ofHours(6), Duration.ofMinutes(30)),
            new BurnRule(Severity.TICKET, 1, Duration.ofDays(3), Duration.ofHours(6)));

    /** The rules whose long window is no longer than the objective's. */
    static List<BurnRule> of(Objective objective) {
        return SRE_WORKBOOK.stream()
                .filter(rule -> rule.longWindow.compareTo(objective.window()) <= 0)
                .toList();
    }
}
