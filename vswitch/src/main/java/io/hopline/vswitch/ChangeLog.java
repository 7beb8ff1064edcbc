package io.hopline.vswitch;

import org.jspecify.annotations.Nullable;

/**
 * The latest {@value #LENGTH} flows that came, changed or went, by which a megaflow that is older than the tables can be
 * seen to be as true as before, without another walk. Worker thread only.
 */
final class ChangeLog {
    static final int LENGTH = 256;

    private final @Nullable FlowEntry[] flows = new FlowEntry[LENGTH];
    private final long[] epochs = new long[LENGTH];
    private int next;
    /** Of what is older than this the log does not know enough. */
    private long completeSince;

    void append(Snapshot snapshot) {
        if (snapshot.changes().everything()) {
            completeSince = snapshot.epoch();
        }
        for (FlowEntry flow : snapshot.changes().flows()) {
            if (flows[next] != null) {
                completeSince = Math.max(completeSince, epochs[next]);
            }
            flows[next] = flow;
            epochs[next] = snapshot.epoch();
            next = (next + 1) % LENGTH;
        }
    }

    /** True unless it is certain that no change since a program's epoch has to do with it. */
    boolean mayConcern(Program program) {
        if (program.epoch < completeSince) {
            return true;
        }
        for (int i = 1; i <= LENGTH; i++) {
            int at = (next - i + LENGTH) % LENGTH;
            FlowEntry flow = flows[at];
            if (flow == null || epochs[at] <= program.epoch) {
                return false;
            }
            if ((program.tables >>> flow.tableId & 1) != 0 && program.unchanged.overlaps(flow.bits)) {
                return true;
            }
        }
        return false;
    }
}
