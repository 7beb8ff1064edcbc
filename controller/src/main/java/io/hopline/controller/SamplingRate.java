package io.hopline.controller;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One in how many connections is timed, so that timing takes no host more than about a hundredth of a core. Hosts tell how many
 * frames their timing has looked at; every {@value #PERIOD_S} seconds the busiest host's rate is compared with
 * {@value #BUDGET_PER_S} frames a second, which cost about 2 us each. The rate goes up at once and down by half, and only when the
 * load would then be no more than half the budget. It is the same for all hosts, as only what all of them saw can be joined; and
 * always one in a power of two, of which each picks among the connections of the one before.
 *
 * <p>Used by one thread at a time, but for {@link #oneIn}.
 */
public final class SamplingRate {
    public static final int PERIOD_S = 5;
    public static final double BUDGET_PER_S = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(SamplingRate.class);
    private static final long PERIOD_NS = PERIOD_S * 1_000_000_000L;

    private final boolean fixed;
    private final IntConsumer changed;
    private final Map<String, Long> seen = new HashMap<>();
    private long periodStartNs;
    private volatile int oneIn;

    /**
     * @param fixed one in how many, when it is not to follow the load
     * @param nowNs as in {@link #advance}
     * @param changed hears of each new rate, on the thread that called
     */
    public SamplingRate(OptionalInt fixed, long nowNs, IntConsumer changed) {
        this.fixed = fixed.isPresent();
        this.changed = changed;
        periodStartNs = nowNs;
        oneIn = fixed.orElse(1);
    }

    /** One in so many connections is timed now; any thread. */
    public int oneIn() {
        return oneIn;
    }

    /** Takes note of what a host's timing looked at since it last told. */
    public void seen(String host, long frames) {
        seen.merge(host, frames, Long::sum);
    }

    /** Looks whether it is time to change the rate. */
    public void advance(long nowNs) {
        long elapsedNs = nowNs - periodStartNs;
        if (fixed || elapsedNs < PERIOD_NS) {
            return;
        }
        double perS = seen.values().stream().mapToLong(Long::longValue).max().orElse(0) * 1e9 / elapsedNs;
        seen.clear();
        periodStartNs = nowNs;
        int wanted = oneIn;
        double load = perS;
        while (load > BUDGET_PER_S && wanted < PathProbe.SAMPLE_ONE_IN) {
            wanted *= 2;
            load /= 2;
        }
        if (2 * perS <= BUDGET_PER_S / 2 && wanted > 1) {
            wanted /= 2;
        }
        if (wanted != oneIn) {
            LOG.info("timing one in {} connections, was one in {}, at {} frames/s", wanted, oneIn, Math.round(perS));
            change(wanted);
        }
    }

    /** Nodes ask for the rate as soon as they hear of the change; one that is not accepted is taken back. */
    private void change(int wanted) {
        int before = oneIn;
        oneIn = wanted;
        try {
            changed.accept(wanted);
        } catch (RuntimeException e) {
            oneIn = before;
            throw e;
        }
    }
}
