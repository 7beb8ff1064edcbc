package io.hopline.sla;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Finds another host's clock offset from packets that went there and back: sent at t1 on our clock, there at t2 and sent
 * back at t3 on its clock, here at t4 on ours (as in RFC 5905, section 8).
 *
 * <p>No packet arrives before it is sent. So one exchange says for certain, whatever the ways there and back were like, that
 * the offset was at most {@code t2 - t1} at t1 and at least {@code t3 - t4} at t4, each give or take the stamps' own error.
 * That is the round trip's length of doubt; the shortest ways there and back in the window, be they of different exchanges,
 * leave the least of it. The clocks drift apart at a rate that is taken for constant within the window: what is left are the
 * straight lines above all lower bounds and below all upper ones. The estimate is the middle of what these say, and its
 * error is half of what they leave open. That the way back takes as long as the way there is assumed nowhere.
 *
 * <p>When no line fits, a clock was set or changed its rate; then the oldest exchanges go until one does. Used by one
 * thread at a time; at most {@value #MAX_EXCHANGES} exchanges are kept.
 */
public final class OffsetWindow {
    /** At four packets a second, 16 seconds: long enough for a quick exchange, short enough for a constant drift. */
    static final int MAX_EXCHANGES = 64;

    /** Two clocks that the kernel steers, each by at most 500 ppm (adjtimex(2)), as a ratio. */
    private static final double MAX_DRIFT = 1e-3;
    /** Halves the search for a drift to below what a double tells apart. */
    private static final int STEPS = 60;

    private final Deque<Exchange> exchanges = new ArrayDeque<>();
    private long breaks;

    private record Exchange(long sentNs, long comeNs, long highestNs, long lowestNs) {}

    /**
     * Adds an exchange.
     *
     * @param stampErrorNs bound on the error of one clock's stamp and of the other's, together
     */
    public void add(long t1Ns, long t2Ns, long t3Ns, long t4Ns, long stampErrorNs) {
        if (exchanges.size() == MAX_EXCHANGES) {
            exchanges.removeFirst();
        }
        exchanges.addLast(new Exchange(t1Ns, t4Ns, t2Ns - t1Ns + stampErrorNs, t3Ns - t4Ns - stampErrorNs));
    }

    /** The offset at the last exchange's end; empty before the first. */
    public Optional<ClockOffset> estimate() {
        while (!exchanges.isEmpty()) {
            Lines lines = new Lines();
            if (lines.exist()) {
                return Optional.of(lines.offset());
            }
            exchanges.removeFirst();
            breaks++;
        }
        return Optional.empty();
    }

    /** Exchanges that contradicted later ones: a clock was set. */
    public long breaks() {
        return breaks;
    }

    /** Exchanges that the estimate rests on. */
    public int size() {
        return exchanges.size();
    }

    /**
     * The lines that fit between all bounds. At a fixed drift they lie between {@link #lowest} and {@link #highest}, of which
     * the first is convex in the drift and the other concave.
     */
    private final class Lines {
        private final long atNs = exchanges.getLast().comeNs;
        private final long aboutNs = exchanges.getLast().highestNs;
        private final double best = minimum(drift -> lowest(drift) - highest(drift), -MAX_DRIFT, MAX_DRIFT);

        private double highest(double drift) {
            double least = Double.POSITIVE_INFINITY;
            for (Exchange e : exchanges) {
                least = Math.min(least, (e.highestNs - aboutNs) + drift * (atNs - e.sentNs));
            }
            return least;
        }

        private double lowest(double drift) {
            double most = Double.NEGATIVE_INFINITY;
            for (Exchange e : exchanges) {
                most = Math.max(most, (e.lowestNs - aboutNs) + drift * (atNs - e.comeNs));
            }
            return most;
        }

        boolean exist() {
            return fits(best);
        }

        private boolean fits(double drift) {
            return highest(drift) >= lowest(drift);
        }

        ClockOffset offset() {
            double slowest = limit(-MAX_DRIFT);
            double fastest = limit(MAX_DRIFT);
            double most = highest(minimum(drift -> -highest(drift), slowest, fastest));
            double least = lowest(minimum(this::lowest, slowest, fastest));
            return new ClockOffset(
                    atNs,
                    aboutNs + Math.round((most + least) / 2),
                    (long) Math.ceil((most - least) / 2) + 1,
                    Math.round((slowest + fastest) / 2 * 1e9),
                    (long) Math.ceil((fastest - slowest) / 2 * 1e9) + 1);
        }

        /** The last drift from the best on towards {@code end} at which a line fits. */
        private double limit(double end) {
            if (fits(end)) {
                return end;
            }
            double in = best;
            double out = end;
            for (int i = 0; i < STEPS; i++) {
                double middle = (in + out) / 2;
                if (fits(middle)) {
                    in = middle;
                } else {
                    out = middle;
                }
            }
            return out;
        }
    }

    private interface Convex {
        double at(double drift);
    }

    /** Where a convex function is least: a third of the range goes in each step. */
    private static double minimum(Convex function, double from, double to) {
        double low = from;
        double high = to;
        for (int i = 0; i < 2 * STEPS; i++) {
            double a = low + (high - low) / 3;
            double b = high - (high - low) / 3;
            if (function.at(a) > function.at(b)) {
                low = a;
            } else {
                high = b;
            }
        }
        return (low + high) / 2;
    }
}
