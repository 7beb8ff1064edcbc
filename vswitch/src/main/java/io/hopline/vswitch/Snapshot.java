package io.hopline.vswitch;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything a worker forwards by, at one moment: immutable but for the counters inside. Workers have the same tables and
 * groups, and each its own queue of every port.
 *
 * @param epoch grows by one with every snapshot
 * @param tables classifiers by table number
 * @param groups groups by number
 * @param ports ports by OpenFlow number
 * @param changes what is not as in the snapshot before
 */
record Snapshot(
        long epoch,
        Classifier[] tables,
        Map<Integer, GroupEntry> groups,
        Map<Integer, PortSlot> ports,
        Changes changes) {
    /**
     * @param flows the flows that came or went, both sides of a changed one
     * @param everything more than these may be different
     * @param marks the recorder is to be asked anew which frames are timed
     */
    record Changes(List<FlowEntry> flows, boolean everything, boolean marks) {
        static final Changes ALL = new Changes(List.of(), true, true);
    }

    static Snapshot empty() {
        Classifier[] tables = new Classifier[VirtualSwitch.TABLES];
        java.util.Arrays.fill(tables, Classifier.EMPTY);
        return new Snapshot(0, tables, Map.of(), Map.of(), Changes.ALL);
    }

    /** The same for a worker with other queues. */
    Snapshot withPorts(Map<Integer, PortSlot> others) {
        return new Snapshot(epoch, tables, groups, others, changes);
    }

    @Nullable
    PortSlot port(int number) {
        return ports.get(number);
    }

    @Nullable
    GroupEntry group(int id) {
        return groups.get(id);
    }
}
