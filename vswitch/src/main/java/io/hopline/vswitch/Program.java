package io.hopline.vswitch;

/**
 * A megaflow: what the tables say about all frames that have {@link #match} in common, the flows they hit and the steps to
 * take. Counts are gathered here during a batch and handed to flows and tables at its end.
 */
final class Program {
    /** Stands in {@link #epoch} of a program that must not be run any more. */
    static final long VOID = -1;

    /** What the walk looked at. */
    final KeyMatch match;
    /** The part of it that the walk never changed: what a flow must agree with to have been found or missed by the walk. */
    final KeyMatch unchanged;
    /** Tables looked into, one bit each. */
    final long tables;

    final Step[] steps;
    private final FlowEntry[] flows;
    private final Classifier.TableCounters[] looked;
    private final Classifier.TableCounters[] matched;

    /** The snapshot that this is known to be true of, or {@link #VOID}. */
    long epoch;
    /** Place in the megaflow cache. */
    int index;
    /** When a frame last took it; far in the future until the first one's batch is done. */
    long lastUsedNs = Long.MAX_VALUE;

    private long packets;
    private long bytes;

    /**
     * @param looked counters of the tables looked into, one per time
     * @param matched counters of those that had a flow, one per flow
     */
    Program(
            long epoch,
            KeyMatch match,
            KeyMatch unchanged,
            long tables,
            Step[] steps,
            FlowEntry[] flows,
            Classifier.TableCounters[] looked,
            Classifier.TableCounters[] matched) {
        this.epoch = epoch;
        this.match = match;
        this.unchanged = unchanged;
        this.tables = tables;
        this.steps = steps;
        this.flows = flows;
        this.looked = looked;
        this.matched = matched;
    }

    /**
     * @return true when this is the first frame since {@link #handOver}
     */
    boolean count(int frameBytes) {
        bytes += frameBytes;
        return packets++ == 0;
    }

    /** @param alone no other worker counts for these flows */
    void handOver(long nowNs, boolean alone) {
        for (FlowEntry flow : flows) {
            flow.counters.count(packets, bytes, nowNs, alone);
        }
        for (Classifier.TableCounters table : looked) {
            table.lookups.add(packets, 0, alone);
        }
        for (Classifier.TableCounters table : matched) {
            table.matches.add(packets, 0, alone);
        }
        packets = 0;
        bytes = 0;
        lastUsedNs = nowNs;
    }
}
