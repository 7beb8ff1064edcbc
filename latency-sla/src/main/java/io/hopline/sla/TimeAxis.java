package io.hopline.sla;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lays a timeline's slots out from left to right, with marks at round times. */
final class TimeAxis {
    static final int WIDTH = 1080;
    static final int LEFT = 70;
    static final int RIGHT = 1000;

    private static final int MAX_MARKS = 9;
    private static final long[] ROUND_S = {
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800,
        604_800, 1_209_600, 2_592_000
    };

    private final long fromMs;
    private final long toMs;
    private final long slotMs;
    private final double slotWidth;

    /** A round time, and where it is. */
    record Tick(double x, String text) {}

    TimeAxis(Timeline timeline) {
        fromMs = timeline.slots().getFirst().fromMs();
        slotMs = timeline.slotMs();
        toMs = fromMs + timeline.slots().size() * slotMs;
        slotWidth = (double) (RIGHT - LEFT) / timeline.slots().size();
    }

    double x(long ms) {
        return LEFT + (double) (ms - fromMs) / (toMs - fromMs) * (RIGHT - LEFT);
    }

    double middle(Timeline.Slot slot) {
        return x(slot.fromMs()) + slotWidth / 2;
    }

    double slotWidth() {
        return slotWidth;
    }

    List<Tick> ticks() {
        long stepMs = ROUND_S[ROUND_S.length - 1] * 1_000;
        for (int i = ROUND_S.length - 1; i >= 0 && (toMs - fromMs) / (ROUND_S[i] * 1_000) <= MAX_MARKS; i--) {
            stepMs = ROUND_S[i] * 1_000;
        }
        String pattern = stepMs < 60_000 ? "HH:mm:ss" : stepMs < 86_400_000 ? "HH:mm" : "d MMM";
        DateTimeFormatter format =
                DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
        List<Tick> ticks = new ArrayList<>();
        for (long ms = Math.ceilDiv(fromMs, stepMs) * stepMs; ms <= toMs; ms += stepMs) {
            ticks.add(new Tick(x(ms), format.format(Instant.ofEpochMilli(ms))));
        }
        return ticks;
    }

    long slotMs() {
        return slotMs;
    }
}
