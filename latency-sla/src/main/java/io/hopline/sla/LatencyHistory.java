package io.hopline.sla;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Histograms per service over time, so that a report can look back as far as {@link #keepMinutes}: in steps of ten seconds
 * over the last {@value #FINE_MINUTES} minutes, which is what one looks at while something runs, and of a minute before.
 * Safe for use by several threads. Services beyond {@value #MAX_SERVICES} are not kept.
 */
public final class LatencyHistory {
    public static final int MAX_SERVICES = 256;

    public static final int FINE_MINUTES = 10;

    private static final long MINUTE_NS = 60_000_000_000L;
    private static final long FINE_NS = MINUTE_NS / 6;

    private final int keepMinutes;
    private final Map<String, Steps> services = new HashMap<>();

    /** One service's histograms by the start of their step. */
    private record Steps(TreeMap<Long, HopHistograms> fine, TreeMap<Long, HopHistograms> minutes) {
        HopHistograms at(long startNs) {
            long fineStart = Math.floorDiv(startNs, FINE_NS) * FINE_NS;
            long minuteStart = Math.floorDiv(startNs, MINUTE_NS) * MINUTE_NS;
            boolean old = !fine.isEmpty() && startNs < fine.lastKey() - FINE_MINUTES * MINUTE_NS;
            return old
                    ? minutes.computeIfAbsent(minuteStart, start -> new HopHistograms())
                    : fine.computeIfAbsent(fineStart, start -> new HopHistograms());
        }

        /** Puts steps that have become old into their minutes, and drops the oldest minutes. */
        void age(int keepMinutes) {
            long newest = fine.lastKey();
            while (fine.firstKey() < newest - FINE_MINUTES * MINUTE_NS) {
                Map.Entry<Long, HopHistograms> step = fine.pollFirstEntry();
                long minuteStart = Math.floorDiv(step.getKey(), MINUTE_NS) * MINUTE_NS;
                minutes.computeIfAbsent(minuteStart, start -> new HopHistograms())
                        .add(step.getValue());
            }
            while (!minutes.isEmpty() && minutes.firstKey() <= newest - keepMinutes * MINUTE_NS) {
                minutes.pollFirstEntry();
            }
        }
    }

    /** Keeps this many minutes, the oldest go first. */
    public LatencyHistory(int keepMinutes) {
        if (keepMinutes < 1) {
            throw new IllegalArgumentException("keepMinutes " + keepMinutes + " must be at least 1");
        }
        this.keepMinutes = keepMinutes;
    }

    public int keepMinutes() {
        return keepMinutes;
    }

    /** Counts a request at its start. */
    public synchronized void record(RequestTrace trace) {
        Steps steps = services.get(trace.service());
        if (steps == null) {
            if (services.size() == MAX_SERVICES) {
                return;
            }
            steps = new Steps(new TreeMap<>(), new TreeMap<>());
            services.put(trace.service(), steps);
        }
        steps.at(trace.startNs()).record(trace);
        steps.age(keepMinutes);
    }

    /**
     * Sums up, in whole steps.
     *
     * @param service null for all services
     * @param sinceNs CLOCK_REALTIME nanoseconds; the step that holds it counts
     */
    public synchronized HopHistograms since(@Nullable String service, long sinceNs) {
        HopHistograms sum = new HopHistograms();
        services.forEach((name, steps) -> {
            if (service == null || service.equals(name)) {
                steps.minutes.tailMap(sinceNs - MINUTE_NS, false).values().forEach(sum::add);
                steps.fine.tailMap(sinceNs - FINE_NS, false).values().forEach(sum::add);
            }
        });
        return sum;
    }
}
