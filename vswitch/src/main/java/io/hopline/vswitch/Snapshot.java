package io.hopline.vswitch;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything the worker forwards by, at one moment: immutable but for the counters inside.
 *
 * @param epoch grows with every snapshot; programs compiled for another epoch are void
 * @param tables classifiers by table number
 * @param groups groups by number
 * @param ports ports by OpenFlow number
 * @param mask the bits of a key on which forwarding can depend
 */
record Snapshot(
        long epoch, Classifier[] tables, Map<Integer, GroupEntry> groups, Map<Integer, PortSlot> ports, long[] mask) {
    static Snapshot empty() {
        Classifier[] tables = new Classifier[VirtualSwitch.TABLES];
        java.util.Arrays.fill(tables, Classifier.EMPTY);
        return new Snapshot(0, tables, Map.of(), Map.of(), new KeyUse().mask());
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
