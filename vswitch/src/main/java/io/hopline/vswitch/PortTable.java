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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The ports on the control side; guarded by the switch's lock. Every method leaves the table as it was when it throws. */
final class PortTable {
    private static final int CONFIGURABLE = OpenFlow.PORT_CONFIG_DOWN
            | OpenFlow.PORT_CONFIG_NO_RECV
            | OpenFlow.PORT_CONFIG_NO_FWD
            | OpenFlow.PORT_CONFIG_NO_PACKET_IN;

    private final int workers;
    private final TreeMap<Integer, SwitchPort> ports = new TreeMap<>(Integer::compareUnsigned);
    private @Nullable List<Map<Integer, PortSlot>> built;

    /** @param workers how many queues every port has */
    PortTable(int workers) {
        this.workers = workers;
    }

    /** The ports as each of the workers is to see them; the same object as long as nothing changes. */
    List<Map<Integer, PortSlot>> snapshot() {
        List<Map<Integer, PortSlot>> snapshot = built;
        if (snapshot == null) {
            snapshot = IntStream.range(0, workers).mapToObj(this::slots).toList();
            built = snapshot;
        }
        return snapshot;
    }

    private Map<Integer, PortSlot> slots(int worker) {
        return ports.values().stream()
                .collect(Collectors.toUnmodifiableMap(SwitchPort::number, port -> port.slot(worker)));
    }

    /** What brings all ports' configuration back to how it is now. */
    Runnable checkpoint() {
        Map<Integer, SwitchPort> before = Map.copyOf(ports);
        return () -> {
            ports.putAll(before);
            built = null;
        };
    }

    /**
     * @throws IllegalArgumentException when the number or the port's name is taken or reserved
     */
    SwitchPort add(int number, List<Port> queues, long nowNs) {
        if (queues.size() != workers) {
            throw new IllegalArgumentException("a port has " + workers + " queues here, not " + queues.size());
        }
        if (number == 0 || Integer.compareUnsigned(number, OpenFlow.PORT_MAX) > 0) {
            throw new IllegalArgumentException("port number " + Integer.toUnsignedString(number) + " is reserved");
        }
        String name = queues.getFirst().name();
        for (SwitchPort other : ports.values()) {
            if (other.number() == number || other.name().equals(name)) {
                throw new IllegalArgumentException(
                        "port " + Integer.toUnsignedString(number) + " '" + name + "' collides with port "
                                + Integer.toUnsignedString(other.number()) + " '" + other.name() + "'");
            }
        }
        SwitchPort port = new SwitchPort(number, List.copyOf(queues), 0, true, nowNs);
        port = port.withUp(port.isUp());
        put(port);
        return port;
    }

    private void put(SwitchPort port) {
        ports.put(port.number(), port);
        built = null;
    }

    @Nullable
    SwitchPort remove(int number) {
        built = null;
        return ports.remove(number);
    }

    /**
     * Sets those bits of a port's configuration that are in {@code mask}.
     *
     * @throws OpenFlowException for an unknown port, a wrong address or unknown bits
     */
    SwitchPort configure(int number, MacAddress mac, int config, int mask) {
        SwitchPort port = ports.get(number);
        if (port == null) {
            throw new OpenFlowException(OpenFlowError.PORT_MOD_PORT, "no port " + Integer.toUnsignedString(number));
        }
        if (!port.mac().equals(mac)) {
            throw new OpenFlowException(
                    OpenFlowError.PORT_MOD_HW_ADDR,
                    "the address of port " + Integer.toUnsignedString(number) + " is " + port.mac());
        }
        if ((mask & ~CONFIGURABLE) != 0) {
            throw new OpenFlowException(OpenFlowError.PORT_MOD_CONFIG, "unknown bits in mask " + mask);
        }
        SwitchPort now = port.withConfig(port.config() & ~mask | config & mask);
        put(now);
        return now;
    }

    /** Looks which ports went up or down; what forwards asks the port itself, so that the worker need not know. */
    void watch(Consumer<SwitchPort> changed) {
        for (SwitchPort port : List.copyOf(ports.values())) {
            boolean up = port.isUp();
            if (up != port.up()) {
                SwitchPort now = port.withUp(up);
                ports.put(now.number(), now);
                changed.accept(now);
            }
        }
    }

    List<PortStats> stats(long nowNs) {
        return ports.values().stream().map(port -> port.stats(nowNs)).toList();
    }

    List<PortDescription> descriptions() {
        return ports.values().stream().map(SwitchPort::description).toList();
    }
}
