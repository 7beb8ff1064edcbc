package io.hopline.node;

import io.hopline.linux.NetNs;
import io.hopline.linux.Several;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.vswitch.VirtualSwitch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The ports of this node's switch: gives each its OpenFlow number and makes it known to the tables, the workers and the
 * stamp reader, and takes it away again in reverse. Any thread may call; calls are serialised.
 */
final class SwitchPorts implements AutoCloseable {
    /** Highest number of an ordinary port that nodes give. */
    static final int MAX_NUMBER = 65_279;

    private final VirtualSwitch vswitch;
    private final List<Worker> workers;
    private final List<TransitRecorder> transits;
    private final StampReader stamps;
    private Consumer<Plugged> onPlug = port -> {};
    private Consumer<Plugged> onUnplug = port -> {};
    private final Map<String, Plugged> plugged = new ConcurrentHashMap<>();

    /** @param transits of each worker */
    SwitchPorts(VirtualSwitch vswitch, List<Worker> workers, List<TransitRecorder> transits, StampReader stamps) {
        this.vswitch = vswitch;
        this.workers = workers;
        this.transits = transits;
        this.stamps = stamps;
    }

    /**
     * A port in place.
     *
     * @param number OpenFlow number
     * @param queues owned by the workers, one by each; others read names and counters
     * @param stampPoint where its kernel stamps are taken
     */
    record Plugged(int number, List<Port> queues, Optional<StampPoint> stampPoint) {
        /** The first queue, which has the name, kind, address and MTU of all. */
        Port port() {
            return queues.getFirst();
        }

        /** The kernel's device, which ports without a stamp point have in the data plane's namespace; a tunnel has none. */
        Optional<StampPoint> device(NetNs dataPlane) {
            return stampPoint.isPresent() || port().kind() == Port.Kind.TUNNEL
                    ? stampPoint
                    : Optional.of(new StampPoint(dataPlane, port().name(), false));
        }

        /** What all queues have counted up to now. */
        PortCounters counters() {
            return PortCounters.sum(queues);
        }
    }

    /** Tells one listener of every port there is and of all that come and go. */
    synchronized void listen(Consumer<Plugged> plugged, Consumer<Plugged> unplugged) {
        onPlug = plugged;
        onUnplug = unplugged;
        all().forEach(plugged);
    }

    /** Opens a port; called while nothing else is plugged. */
    interface Opener {
        /** One port for each worker. */
        List<? extends Port> open(int queues);
    }

    /**
     * Where the kernel's view of a port's frames can be had; {@code guestSide} says at which end of the cable. The namespace
     * is used until the port is unplugged, and closed then if it is owned.
     */
    record StampPoint(NetNs namespace, String netdev, boolean guestSide, boolean owned) {
        StampPoint(NetNs namespace, String netdev, boolean guestSide) {
            this(namespace, netdev, guestSide, false);
        }

        void release() {
            if (owned) {
                namespace.close();
            }
        }
    }

    /**
     * Opens a port and puts it to work.
     *
     * @param wanted number asked for, empty for the lowest free one
     * @param stampPoint netdev on which the kernel's stamps are taken, empty for none
     * @return its OpenFlow number
     * @throws IllegalArgumentException when name or number are taken, or another port has the stamp point's device
     */
    synchronized int plug(String name, Optional<Integer> wanted, Opener opener, Optional<StampPoint> stampPoint) {
        if (plugged.containsKey(name)) {
            throw new IllegalArgumentException("a port named '" + name + "' is attached already; detach it first");
        }
        int number = wanted.orElseGet(this::lowestFree);
        plugged.values().stream().filter(p -> p.number == number).findAny().ifPresent(other -> {
            throw new IllegalArgumentException(
                    "OpenFlow port " + number + " is taken by '" + other.port().name() + "'");
        });
        stampPoint.ifPresent(this::requireFree);
        List<Port> queues = List.copyOf(opener.open(workers.size()));
        Port port = queues.getFirst();
        try {
            stampPoint.ifPresent(point -> stamps.watch(name, port.kind(), point));
        } catch (RuntimeException e) {
            Several.close(queues, e);
            throw e;
        }
        Plugged added = new Plugged(number, queues, stampPoint);
        plugged.put(name, added);
        transits.forEach(recorder -> recorder.portKind(number, port.kind()));
        onPlug.accept(added);
        vswitch.addPort(number, queues.toArray(Port[]::new));
        // Only then frames come in: one from a port that the workers' tables lack would be dropped and charged to
        // nobody.
        vswitch.barrier().join();
        for (int i = 0; i < workers.size(); i++) {
            workers.get(i).addPort(number, queues.get(i)).join();
        }
        return number;
    }

    /** Two ports on one device would each get every frame, and each forward it. */
    private void requireFree(StampPoint point) {
        plugged.values().stream()
                .filter(other -> other.stampPoint.filter(point::equals).isPresent() || isUplink(other, point))
                .findAny()
                .ifPresent(other -> {
                    throw new IllegalArgumentException("device '" + point.netdev() + "' is attached already, as '"
                            + other.port().name() + "'; detach that first");
                });
    }

    /** The node names its uplinks by their devices, which are in the data plane's namespace. */
    private static boolean isUplink(Plugged other, StampPoint point) {
        return !point.guestSide()
                && other.port().kind() == Port.Kind.UPLINK
                && other.port().name().equals(point.netdev());
    }

    /**
     * Takes a port away and closes it.
     *
     * @throws IllegalArgumentException when there is none of this name
     */
    synchronized void unplug(String name) {
        Plugged gone = plugged.remove(name);
        if (gone == null) {
            throw new IllegalArgumentException("no port named '" + name + "' is attached");
        }
        stamps.unwatch(name);
        onUnplug.accept(gone);
        vswitch.removePort(gone.number).join();
        workers.forEach(worker -> worker.removePort(gone.number).join());
        transits.forEach(recorder -> recorder.portKind(gone.number, null));
        gone.stampPoint.ifPresent(StampPoint::release);
    }

    private int lowestFree() {
        for (int number = 1; number <= MAX_NUMBER; number++) {
            int candidate = number;
            if (plugged.values().stream().noneMatch(p -> p.number == candidate)) {
                return number;
            }
        }
        throw new IllegalArgumentException("all " + MAX_NUMBER + " port numbers are taken");
    }

    Optional<Plugged> find(String name) {
        return Optional.ofNullable(plugged.get(name));
    }

    /** In order of their numbers. */
    List<Plugged> all() {
        List<Plugged> all = new ArrayList<>(plugged.values());
        all.sort(Comparator.comparingInt(Plugged::number));
        return all;
    }

    /** Forgets the stamp sockets; a worker closes its queues itself when it ends. */
    @Override
    public synchronized void close() {
        plugged.keySet().forEach(stamps::unwatch);
        plugged.values().forEach(port -> port.stampPoint.ifPresent(StampPoint::release));
    }
}
