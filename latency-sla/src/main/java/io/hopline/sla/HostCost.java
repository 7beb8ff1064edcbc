package io.hopline.sla;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one host's switch spent on its guests for a while. How the workers' time is shared out, and how wrong that may be:
 * docs/latency-model.md.
 *
 * @param fromMs beginning of the interval, Unix milliseconds of the host
 * @param toMs its end
 * @param workersNs processor time of the threads that forward
 * @param processNs processor time of the node's whole process, these threads included
 * @param residentBytes memory of the process in RAM, at the end
 * @param vnics guests' ports that the switch has, at the end
 * @param guests those that anything was spent on; the costliest first, at most {@value #MAX_GUESTS}
 */
public record HostCost(
        long fromMs, long toMs, long workersNs, long processNs, long residentBytes, int vnics, List<Guest> guests) {
    /** Guests told of in one interval. */
    public static final int MAX_GUESTS = 256;

    /**
     * A guest's share.
     *
     * @param name of its vNIC
     * @param cpuNs of the workers' time
     * @param frames to and from it; a super-frame counts once
     * @param bytes in them
     */
    public record Guest(String name, long cpuNs, long frames, long bytes) {
        private Guest and(Guest other) {
            return new Guest(name, cpuNs + other.cpuNs, frames + other.frames, bytes + other.bytes);
        }
    }

    public HostCost {
        if (toMs < fromMs) {
            throw new IllegalArgumentException("an interval from " + fromMs + " to " + toMs + " ms");
        }
        guests = guests.stream()
                .sorted(Comparator.comparingLong(Guest::cpuNs).reversed().thenComparing(Guest::name))
                .limit(MAX_GUESTS)
                .toList();
    }

    /** This interval and a later one of the same host as one. */
    public HostCost and(HostCost later) {
        Map<String, Guest> byName = new TreeMap<>();
        guests.forEach(guest -> byName.put(guest.name, guest));
        later.guests.forEach(guest -> byName.merge(guest.name, guest, Guest::and));
        return new HostCost(
                Math.min(fromMs, later.fromMs),
                Math.max(toMs, later.toMs),
                workersNs + later.workersNs,
                processNs + later.processNs,
                later.residentBytes,
                later.vnics,
                new ArrayList<>(byName.values()));
    }
}
