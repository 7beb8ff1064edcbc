package io.hopline.sla;

import io.hopline.sla.HistogramArchive.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One objective, looked at over its own window and over those of the burn-rate alerts. What old steps counted does not change,
 * so each is read from the archive once. Safe for use by several threads.
 */
public final class ObjectiveWatch {
    /** More steps than the windows of one objective are made of: 35 days of hours and four of ten minutes. */
    private static final int MAX_STEPS = 4096;

    private final LatencyHistory history;
    private final Objective objective;
    private final List<BurnAlert> alerts;
    private final Map<Step, Objective.Tally> counted = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Step, Objective.Tally> eldest) {
            return size() > MAX_STEPS;
        }
    };

    private record Step(Tier tier, long startMs) {}

    /**
     * How fast the budget burned.
     *
     * @param rate 1 uses up the budget exactly by the end of the objective's window
     */
    public record Burn(Duration window, double rate, Objective.Tally tally) {}

    /** The state of a rule's alert at some time; see {@link BurnAlert}. */
    public record Alert(
            BurnRule rule, boolean firing, long changedMs, long firedMs, double longRate, double shortRate) {}

    /**
     * What was found.
     *
     * @param burns by window, the shortest first
     * @param changed alerts that fired or resolved with this look
     */
    public record Status(
            Objective objective,
            Objective.Verdict verdict,
            Objective.Tally tally,
            List<Burn> burns,
            List<Alert> alerts,
            List<Alert> changed) {}

    public ObjectiveWatch(LatencyHistory history, Objective objective) {
        this.history = history;
        this.objective = objective;
        this.alerts = BurnRule.of(objective).stream().map(BurnAlert::new).toList();
    }

    public Objective objective() {
        return objective;
    }

    /** Looks at all windows as they end now, and lets alerts fire and resolve. */
    public synchronized Status look(long nowMs) {
        Map<Duration, Burn> burns = new TreeMap<>();
        for (BurnAlert alert : alerts) {
            for (Duration window :
                    List.of(alert.rule().longWindow(), alert.rule().shortWindow())) {
                burns.computeIfAbsent(window, key -> burn(key, nowMs));
            }
        }
        List<Alert> all = new ArrayList<>();
        List<Alert> changed = new ArrayList<>();
        for (BurnAlert alert : alerts) {
            double longRate = rate(burns, alert.rule().longWindow());
            double shortRate = rate(burns, alert.rule().shortWindow());
            BurnAlert.Change change = alert.update(longRate, shortRate, nowMs);
            Alert now =
                    new Alert(alert.rule(), alert.firing(), alert.changedMs(), alert.firedMs(), longRate, shortRate);
            all.add(now);
            if (change != BurnAlert.Change.NONE) {
                changed.add(now);
            }
        }
        Objective.Tally whole = tally(nowMs - objective.window().toMillis(), nowMs);
        return new Status(objective, objective.judge(whole), whole, List.copyOf(burns.values()), all, changed);
    }

    private static double rate(Map<Duration, Burn> burns, Duration window) {
        Burn burn = burns.get(window);
        return burn == null ? 0 : burn.rate();
    }

    private Burn burn(Duration window, long nowMs) {
        Objective.Tally tally = tally(nowMs - window.toMillis(), nowMs);
        return new Burn(window, tally.badShare() / (1 - objective.target()), tally);
    }

    private Objective.Tally tally(long fromMs, long toMs) {
        Objective.Tally sum = Objective.Tally.NONE;
        for (Stretch stretch : history.stretches(fromMs, toMs, Long.MAX_VALUE)) {
            sum = sum.plus(tally(stretch));
        }
        return sum;
    }

    private Objective.Tally tally(Stretch stretch) {
        Tier tier = stretch.tier();
        if (tier == null) {
            return read(stretch).values().stream().reduce(Objective.Tally.NONE, Objective.Tally::plus);
        }
        Objective.Tally sum = Objective.Tally.NONE;
        long unreadMs = stretch.fromMs();
        for (long ms = stretch.fromMs(); ms < stretch.toMs(); ms += tier.lengthMs()) {
            Objective.Tally known = counted.get(new Step(tier, ms));
            if (known != null) {
                sum = sum.plus(readNow(tier, unreadMs, ms)).plus(known);
                unreadMs = ms + tier.lengthMs();
            }
        }
        return sum.plus(readNow(tier, unreadMs, stretch.toMs()));
    }

    /** Reads steps from the archive and remembers what they counted, also that there was nothing. */
    private Objective.Tally readNow(Tier tier, long fromMs, long toMs) {
        Objective.Tally sum = Objective.Tally.NONE;
        if (fromMs >= toMs) {
            return sum;
        }
        Map<Long, Objective.Tally> steps = read(new Stretch(tier, fromMs, toMs));
        for (long ms = fromMs; ms < toMs; ms += tier.lengthMs()) {
            Objective.Tally step = steps.getOrDefault(ms, Objective.Tally.NONE);
            counted.put(new Step(tier, ms), step);
            sum = sum.plus(step);
        }
        return sum;
    }

    private Map<Long, Objective.Tally> read(Stretch stretch) {
        Map<Long, Objective.Tally> steps = new HashMap<>();
        history.visit(
                objective.service(),
                stretch,
                (startMs, step) -> steps.merge(startMs, step.tally(objective), Objective.Tally::plus));
        return steps;
    }
}
