package io.hopline.vswitch;

/**
 * What the tables say about all frames with one key: the flows they hit and the steps to take. Compiled once, run until
 * the tables change. Counts are gathered here during a batch and handed to flows and tables at its end.
 */
final class Program {
    final long epoch;
    final Step[] steps;
    final FlowEntry[] flows;
    /** Tables looked into; the first {@code flows.length} of them matched (each flow is one hit). */
    final Classifier.TableCounters[] looked;

    final Classifier.TableCounters[] matched;
    final int mark;

    private long packets;
    private long bytes;

    Program(
            long epoch,
            Step[] steps,
            FlowEntry[] flows,
            Classifier.TableCounters[] looked,
            Classifier.TableCounters[] matched,
            int mark) {
        this.epoch = epoch;
        this.steps = steps;
        this.flows = flows;
        this.looked = looked;
        this.matched = matched;
        this.mark = mark;
    }

    /**
     * @return true when this is the first frame since {@link #handOver}
     */
    boolean count(int frameBytes) {
        bytes += frameBytes;
        return packets++ == 0;
    }

    void handOver(long nowNs) {
        for (FlowEntry flow : flows) {
            flow.counters.count(packets, bytes, nowNs);
        }
        for (Classifier.TableCounters table : looked) {
            table.lookups.add(packets, 0);
        }
        for (Classifier.TableCounters table : matched) {
            table.matches.add(packets, 0);
        }
        packets = 0;
        bytes = 0;
    }
}
