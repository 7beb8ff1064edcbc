package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;

/** Times on a logarithmic scale between two places of a drawing, with marks at 1, 2 and 5 times powers of ten. */
final class LogScale {
    /** Over more powers of ten than this only they are marked. */
    private static final double MANY_DECADES = 4;

    private final double lowest;
    private final double highest;
    private final double from;
    private final double to;

    /**
     * A scale.
     *
     * @param lowest power of ten of the time at {@code from}, 1 being 10 ns
     * @param highest of that at {@code to}
     */
    LogScale(double lowest, double highest, double from, double to) {
        this.lowest = lowest;
        this.highest = highest;
        this.from = from;
        this.to = to;
    }

    /** Where a time is; what lies outside is at the scale's end. */
    double at(long ns) {
        double power = Math.clamp(Math.log10(Math.max(1, ns)), lowest, highest);
        return from + (power - lowest) / (highest - lowest) * (to - from);
    }

    /** Round times on the scale, rising. */
    List<Long> ticks() {
        boolean many = highest - lowest > MANY_DECADES;
        List<Long> ticks = new ArrayList<>();
        for (int decade = (int) Math.floor(lowest); decade <= highest; decade++) {
            for (int factor : many ? new int[] {1} : new int[] {1, 2, 5}) {
                double ns = factor * Math.pow(10, decade);
                if (Math.log10(ns) >= lowest - 1e-9 && Math.log10(ns) <= highest + 1e-9) {
                    ticks.add(Math.round(ns));
                }
            }
        }
        return ticks;
    }
}
