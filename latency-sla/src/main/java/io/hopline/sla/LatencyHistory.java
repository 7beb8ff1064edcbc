package io.hopline.sla;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Histograms per service and minute, so that a report can look back over any time up to {@link #keepMinutes}. Safe for use
 * by several threads. Services beyond {@value #MAX_SERVICES} are not kept.
 */
public final class LatencyHistory {
    public static final int MAX_SERVICES = 256;

    private static final long MINUTE_NS = 60_000_000_000L;

    private final int keepMinutes;
    private final Map<String, TreeMap<Long, HopHistograms>> services = new HashMap<>();

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

    /** Counts a request in the minute of its start. */
    public synchronized void record(RequestTrace trace) {
        TreeMap<Long, HopHistograms> minutes = services.get(trace.service());
        if (minutes == null) {
            if (services.size() == MAX_SERVICES) {
                return;
            }
            minutes = new TreeMap<>();
            services.put(trace.service(), minutes);
        }
        minutes.computeIfAbsent(trace.startNs() / MINUTE_NS, minute -> new HopHistograms())
                .record(trace);
        while (minutes.size() > keepMinutes) {
            minutes.pollFirstEntry();
        }
    }

    /**
     * Sums up, in whole minutes.
     *
     * @param service null for all services
     * @param sinceNs CLOCK_REALTIME nanoseconds; the minute that holds it counts
     */
    public synchronized HopHistograms since(@Nullable String service, long sinceNs) {
        HopHistograms sum = new HopHistograms();
        services.forEach((name, minutes) -> {
            if (service == null || service.equals(name)) {
                minutes.tailMap(sinceNs / MINUTE_NS, true).values().forEach(sum::add);
            }
        });
        return sum;
    }
}
