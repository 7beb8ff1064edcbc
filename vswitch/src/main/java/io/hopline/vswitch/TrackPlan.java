package io.hopline.vswitch;

import io.hopline.openflow.Action;
import org.jspecify.annotations.Nullable;

/**
 * A ct() action, compiled.
 *
 * @param commit make the connection known
 * @param force commit even if the packet is of the reply direction: the connection is made anew
 * @param zone the zone when {@code zoneField} is null
 * @param zoneField where the zone stands in the key, or null
 * @param nat translate addresses: as {@code range} says when the connection is new, else as it was committed
 * @param range how to translate a new connection, or null for plain {@code nat}
 * @param exec steps on the connection's mark and label
 * @param recirculation what the packet's key carries when it is looked up again, 0 when it is not
 */
record TrackPlan(
        boolean commit,
        boolean force,
        int zone,
        @Nullable ZoneField zoneField,
        boolean nat,
        @Nullable NatRange range,
        Step[] exec,
        int recirculation) {
    /** Bits of one key word. */
    record ZoneField(int word, int shift, int bits) {}

    /**
     * Addresses and ports to choose from, both ends included; ports 0 to 0 leave the port as it is when that is possible.
     */
    record NatRange(
            boolean source,
            boolean ipv6,
            long minHigh,
            long minLow,
            long maxHigh,
            long maxLow,
            int minPort,
            int maxPort) {
        boolean hasAddress() {
            return (minHigh | minLow) != 0;
        }

        static @Nullable NatRange of(Action.Nat nat) {
            if (nat.flags() == 0) {
                return null;
            }
            long[] address = new long[4];
            Action.Ipv4Range ipv4 = nat.ipv4();
            Action.Ipv6Range ipv6 = nat.ipv6();
            if (ipv4 != null) {
                address[1] = ipv4.min().bits() & 0xffff_ffffL;
                address[3] = ipv4.max() == null ? address[1] : ipv4.max().bits() & 0xffff_ffffL;
            } else if (ipv6 != null) {
                java.nio.ByteBuffer min = java.nio.ByteBuffer.wrap(ipv6.min().toArray());
                java.nio.ByteBuffer max = ipv6.max() == null
                        ? min
                        : java.nio.ByteBuffer.wrap(ipv6.max().toArray());
                address[0] = min.getLong(0);
                address[1] = min.getLong(8);
                address[2] = max.getLong(0);
                address[3] = max.getLong(8);
            }
            Action.PortRange ports = nat.ports();
            int minPort = ports == null ? 0 : ports.min();
            int maxPort = ports == null ? 0 : Math.max(ports.min(), ports.max());
            return new NatRange(
                    (nat.flags() & Action.Nat.SRC) != 0,
                    ipv6 != null,
                    address[0],
                    address[1],
                    address[2],
                    address[3],
                    minPort,
                    maxPort);
        }
    }

    int zone(FlowKey key) {
        if (zoneField == null) {
            return zone;
        }
        long bits = key.words[zoneField.word] >>> zoneField.shift & (1L << zoneField.bits) - 1;
        return (int) bits & 0xffff;
    }
}
