package io.hopline.sla;

import java.util.List;

/**
 * How much less a request tells than an independent one would, because those that come at one time are alike: the
 * variance of the share of slow requests from slot to slot over what chance alone would give (Kish, Survey Sampling,
 * 1965, 5.4, ratio estimator over clusters). With fewer than {@value #MIN_SLOTS} slots it cannot be told and is taken as the weight.
 *
 * @param known false when there were too few slots
 */
record DesignEffect(double value, boolean known) {
    static final int MIN_SLOTS = 8;

    /** A slot's requests and the slow ones among them. */
    record Slot(long requests, long slow) {}

    /**
     * Over slots of time.
     *
     * @param slots the requests of each, and how many of them are slow
     * @param weight how many requests a timed one was counted as, on average: the effect is no smaller
     */
    static DesignEffect of(List<Slot> slots, double weight) {
        List<Slot> counts = slots.stream().filter(slot -> slot.requests > 0).toList();
        long all = counts.stream().mapToLong(Slot::requests).sum();
        long slow = counts.stream().mapToLong(Slot::slow).sum();
        if (counts.size() < MIN_SLOTS) {
            return new DesignEffect(weight, false);
        }
        double share = (double) slow / all;
        double byChance = share * (1 - share) * all;
        double squares = 0;
        for (Slot slot : counts) {
            double off = slot.slow - share * slot.requests;
            squares += off * off;
        }
        double among = squares * counts.size() / (counts.size() - 1);
        return new DesignEffect(byChance <= 0 ? weight : Math.max(weight, among / byChance), true);
    }
}
