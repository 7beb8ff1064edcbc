package io.hopline.vswitch;

import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.PortDescription;
import io.hopline.openflow.PortStats;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The ports on the control side; guarded by the switch's lock. Every method leaves the table as it was when it throws. */
final class PortTable {
    private static final int CONFIGURABLE = OpenFlow.PORT_CONFIG_DOWN
            | OpenFlow.PORT_CONFIG_NO_RECV
            | OpenFlow.PORT_CONFIG_NO_FWD
            | OpenFlow.PORT_CONFIG_NO_PACKET_IN;

    private final TreeMap<Integer, PortSlot> ports = new TreeMap<>(Integer::compareUnsigned);
    private @Nullable Map<Integer, PortSlot> built;

    /** The ports as the worker is to see them; the same object as long as nothing changes. */
    Map<Integer, PortSlot> snapshot() {
        Map<Integer, PortSlot> snapshot = built;
        if (snapshot == null) {
            snapshot = Map.copyOf(ports);
            built = snapshot;
        }
        return snapshot;
    }

    /** What brings all ports' configuration back to how it is now. */
    Runnable checkpoint() {
        Map<Integer, PortSlot> before = snapshot();
        return () -> {
            ports.putAll(before);
            built = null;
        };
    }

    /**
     * @throws IllegalArgumentException when the number or the port's name is taken or reserved
     */
    PortSlot add(int number, Port port, long nowNs) {
        if (number == 0 || Integer.compareUnsigned(number, OpenFlow.PORT_MAX) > 0) {
            throw new IllegalArgumentException("port number " + Integer.toUnsignedString(number) + " is reserved");
        }
        for (PortSlot other : ports.values()) {
            if (other.number() == number || other.port().name().equals(port.name())) {
                throw new IllegalArgumentException("port " + Integer.toUnsignedString(number) + " '" + port.name()
                        + "' collides with port " + Integer.toUnsignedString(other.number()) + " '"
                        + other.port().name() + "'");
            }
        }
        PortSlot slot = new PortSlot(number, port, 0, port.isUp(), nowNs);
        put(slot);
        return slot;
    }

    private void put(PortSlot slot) {
        ports.put(slot.number(), slot);
        built = null;
    }

    @Nullable
    PortSlot remove(int number) {
        built = null;
        return ports.remove(number);
    }

    /**
     * Sets those bits of a port's configuration that are in {@code mask}.
     *
     * @throws OpenFlowException for an unknown port, a wrong address or unknown bits
     */
    PortSlot configure(int number, MacAddress mac, int config, int mask) {
        PortSlot slot = ports.get(number);
        if (slot == null) {
            throw new OpenFlowException(OpenFlowError.PORT_MOD_PORT, "no port " + Integer.toUnsignedString(number));
        }
        if (!slot.port().mac().equals(mac)) {
            throw new OpenFlowException(
                    OpenFlowError.PORT_MOD_HW_ADDR,
                    "the address of port " + Integer.toUnsignedString(number) + " is "
                            + slot.port().mac());
        }
        if ((mask & ~CONFIGURABLE) != 0) {
            throw new OpenFlowException(OpenFlowError.PORT_MOD_CONFIG, "unknown bits in mask " + mask);
        }
        PortSlot now = slot.withConfig(slot.config() & ~mask | config & mask);
        put(now);
        return now;
    }

    /** Looks which ports went up or down; what forwards asks the port itself, so that the worker need not know. */
    void watch(Consumer<PortSlot> changed) {
        for (PortSlot slot : List.copyOf(ports.values())) {
            boolean up = slot.port().isUp();
            if (up != slot.up()) {
                PortSlot now = slot.withUp(up);
                ports.put(now.number(), now);
                changed.accept(now);
            }
        }
    }

    List<PortStats> stats(long nowNs) {
        return ports.values().stream().map(slot -> slot.stats(nowNs)).toList();
    }

    List<PortDescription> descriptions() {
        return ports.values().stream().map(PortSlot::description).toList();
    }
}
