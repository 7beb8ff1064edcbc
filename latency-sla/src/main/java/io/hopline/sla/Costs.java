package io.hopline.sla;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * What every host's switch spent on its guests, interval by interval. In memory, for so long; any thread.
 */
public final class Costs {
    /** Intervals kept of all hosts together; the oldest give way. A host tells of one every ten seconds. */
    static final int MAX_INTERVALS = 1 << 14;

    private final long keepMs;
    private final Deque<Told> told = new ArrayDeque<>();

    /** An interval, and when it was told of by this process's clock: the hosts' may be off. */
    private record Told(String host, long atMs, HostCost cost) {
        long fromMs() {
            return atMs - (cost.toMs() - cost.fromMs());
        }
    }

    /**
     * The intervals between two moments.
     *
     * @param fromMs beginning of the first that lies in them, by this process's clock
     * @param toMs end of the last; {@code fromMs} when there is none
     * @param hosts each host's as one
     */
    public record Sum(long fromMs, long toMs, Map<String, HostCost> hosts) {
        public Sum {
            hosts = Map.copyOf(hosts);
        }
    }

    /** @param keepMs milliseconds after which an interval is forgotten */
    public Costs(long keepMs) {
        this.keepMs = keepMs;
    }

    /** Takes what a host told of an interval that ended just now. */
    public synchronized void spent(String host, long atMs, HostCost cost) {
        told.addLast(new Told(host, atMs, cost));
        while (told.size() > MAX_INTERVALS || told.getFirst().atMs < atMs - keepMs) {
            told.removeFirst();
        }
    }

    /** Sums up the intervals of which the greater part lies between two moments. */
    public synchronized Sum between(long fromMs, long toMs) {
        Map<String, HostCost> hosts = new TreeMap<>();
        long firstMs = Long.MAX_VALUE;
        long lastMs = Long.MIN_VALUE;
        for (Told one : told) {
            long middleMs = (one.fromMs() + one.atMs) / 2;
            if (middleMs >= fromMs && middleMs <= toMs) {
                hosts.merge(one.host, one.cost, HostCost::and);
                firstMs = Math.min(firstMs, one.fromMs());
                lastMs = Math.max(lastMs, one.atMs);
            }
        }
        return hosts.isEmpty() ? new Sum(fromMs, fromMs, hosts) : new Sum(firstMs, lastMs, hosts);
    }
}
