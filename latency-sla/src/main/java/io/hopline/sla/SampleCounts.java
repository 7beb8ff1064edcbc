package io.hopline.sla;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of a host's samples: sightings of timed requests that came to be joined, and those that were lost, by where.
 *
 * @param arrived that the host sent and the controller took
 * @param turnFull frames that the switch's recorder had no room for in one turn of a worker
 * @param stampsFull stamps that the kernel had no room for: the stamp reader was late
 * @param ringFull that found the node's own queue full: its exporter was late
 * @param notSent that were sent while the controller was away, or refused them
 * @param gaveUp that the controller had no room for, or could not read
 */
public record SampleCounts(long arrived, long turnFull, long stampsFull, long ringFull, long notSent, long gaveUp) {
    public static final SampleCounts NONE = new SampleCounts(0, 0, 0, 0, 0, 0);

    /** Of a host. */
    public record OfHost(String host, SampleCounts samples) {}

    /** Samples that the controller gave up. */
    public static SampleCounts gaveUp(long count) {
        return new SampleCounts(0, 0, 0, 0, 0, count);
    }

    /** All that is missing. */
    public long lost() {
        return turnFull + stampsFull + ringFull + notSent + gaveUp;
    }

    /** The part of all samples that was lost, 0 to 1. */
    public double lostShare() {
        long all = arrived + turnFull + stampsFull + ringFull + notSent;
        return all == 0 ? 0 : Math.min(1, (double) lost() / all);
    }

    /** Reason to how many were lost for it, those for which none was left out. */
    Map<String, Long> reasons() {
        Map<String, Long> reasons = new LinkedHashMap<>();
        reasons.put("switch-turn-full", turnFull);
        reasons.put("kernel-ring-full", stampsFull);
        reasons.put("node-queue-full", ringFull);
        reasons.put("not-sent", notSent);
        reasons.put("controller-gave-up", gaveUp);
        reasons.values().removeIf(count -> count == 0);
        return reasons;
    }

    public SampleCounts and(SampleCounts other) {
        return new SampleCounts(
                arrived + other.arrived,
                turnFull + other.turnFull,
                stampsFull + other.stampsFull,
                ringFull + other.ringFull,
                notSent + other.notSent,
                gaveUp + other.gaveUp);
    }

    /** What has come since an earlier count of the same host's. */
    public SampleCounts since(SampleCounts earlier) {
        return new SampleCounts(
                arrived - earlier.arrived,
                turnFull - earlier.turnFull,
                stampsFull - earlier.stampsFull,
                ringFull - earlier.ringFull,
                notSent - earlier.notSent,
                gaveUp - earlier.gaveUp);
    }

    /** Each host's in some minutes together, those without any left out. */
    static List<OfHost> of(List<Causes.Minute> minutes) {
        Map<String, SampleCounts> byHost = new TreeMap<>();
        for (Causes.Minute minute : minutes) {
            minute.hosts()
                    .forEach(host -> byHost.merge(host.host(), host.pressure().samples(), SampleCounts::and));
        }
        byHost.values().removeIf(NONE::equals);
        return byHost.entrySet().stream()
                .map(entry -> new OfHost(entry.getKey(), entry.getValue()))
                .toList();
    }
}
