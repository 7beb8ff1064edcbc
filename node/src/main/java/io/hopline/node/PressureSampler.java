package io.hopline.node;

import io.hopline.linux.NetNs;
import io.hopline.linux.SocketQueue;
import io.hopline.packet.DropReason;
import io.hopline.packet.PortCounters;
import io.hopline.sla.HostPressure;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what holds requests up on this host: the processor, the collector, the ports' queues. Everything is read where
 * the kernel or the workers count it anyway; the workers do nothing for it. One thread samples, any thread reads
 * {@link #latest()}.
 */
final class PressureSampler {
    private static final Logger LOG = LoggerFactory.getLogger(PressureSampler.class);
    private static final Path PROC = Path.of("/proc");

    private final List<Worker> workers;
    private final Supplier<List<SwitchPorts.Plugged>> ports;
    private final NetNs dataPlane;
    /** Most that waited at one look since the last sample. */
    private final Map<String, Depth> deepest = new HashMap<>();

    private Sums before;
    private volatile Sums latest;

    /** All that is counted, since the counting began. */
    record Sums(
            long atMs,
            long stealNs,
            long gcPauses,
            long gcPauseNs,
            List<OfWorker> workers,
            Map<String, OfPort> ports) {}

    /** What a worker's task used, and did not get. */
    record OfWorker(String name, long runNs, long runQueueNs, long preempted) {}

    /** What a port's frames came to; see {@link HostPressure.PortQueue}. */
    record OfPort(String kind, long queueFull, long poolEmpty, long lostBefore, long lostAfter, Depth depth) {}

    /** Bytes in a port's socket, waiting for the worker and waiting to leave. */
    record Depth(long receiveBytes, long sendBytes) {
        static final Depth NONE = new Depth(0, 0);

        Depth most(Depth other) {
            return new Depth(Math.max(receiveBytes, other.receiveBytes), Math.max(sendBytes, other.sendBytes));
        }

        Depth and(Depth other) {
            return new Depth(receiveBytes + other.receiveBytes, sendBytes + other.sendBytes);
        }
    }

    /** @param dataPlane where the devices of ports are that no stamps are taken at */
    PressureSampler(List<Worker> workers, Supplier<List<SwitchPorts.Plugged>> ports, NetNs dataPlane) {
        this.workers = List.copyOf(workers);
        this.ports = ports;
        this.dataPlane = dataPlane;
        before = sums();
        latest = before;
    }

    /** Looks at the sockets' queues, which come and go faster than samples are taken. */
    void look() {
        ports.get().forEach(port -> deepest.merge(port.port().name(), depth(port), Depth::most));
    }

    /** Takes a sample: what has happened since the one before. */
    HostPressure sample() {
        look();
        Sums now = sums();
        HostPressure pressure = difference(before, now);
        before = now;
        latest = now;
        deepest.clear();
        return pressure;
    }

    /** The last sample's sums. */
    Sums latest() {
        return latest;
    }

    private HostPressure difference(Sums from, Sums to) {
        Map<String, OfWorker> were = new HashMap<>();
        from.workers.forEach(worker -> were.put(worker.name, worker));
        List<HostPressure.Worker> threads = new ArrayList<>();
        for (OfWorker worker : to.workers) {
            OfWorker was = were.getOrDefault(worker.name, worker);
            threads.add(new HostPressure.Worker(
                    worker.name,
                    worker.runNs - was.runNs,
                    worker.runQueueNs - was.runQueueNs,
                    worker.preempted - was.preempted));
        }
        List<HostPressure.PortQueue> queues = new ArrayList<>();
        to.ports.forEach((name, port) -> {
            OfPort was = from.ports.getOrDefault(name, new OfPort(port.kind, 0, 0, 0, 0, Depth.NONE));
            Depth depth = deepest.getOrDefault(name, Depth.NONE);
            queues.add(new HostPressure.PortQueue(
                    name,
                    port.kind,
                    since(was.queueFull, port.queueFull),
                    since(was.poolEmpty, port.poolEmpty),
                    since(was.lostBefore, port.lostBefore),
                    since(was.lostAfter, port.lostAfter),
                    depth.receiveBytes,
                    depth.sendBytes));
        });
        return new HostPressure(
                from.atMs,
                Math.max(from.atMs, to.atMs),
                Runtime.getRuntime().availableProcessors(),
                to.stealNs - from.stealNs,
                to.gcPauses - from.gcPauses,
                to.gcPauseNs - from.gcPauseNs,
                threads,
                queues);
    }

    /** A port that was made anew under its old name counts from zero. */
    private static long since(long was, long is) {
        return is >= was ? is - was : is;
    }

    private Sums sums() {
        Map<String, OfPort> all = new HashMap<>();
        ports.get().forEach(port -> all.put(port.port().name(), of(port)));
        long pauses = 0;
        long pausedMs = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (stopsTheWorld(collector.getName())) {
                pauses += Math.max(0, collector.getCollectionCount());
                pausedMs += Math.max(0, collector.getCollectionTime());
            }
        }
        return new Sums(
                System.currentTimeMillis(),
                ProcFiles.stealNs(text(PROC.resolve("stat"))),
                pauses,
                TimeUnit.MILLISECONDS.toNanos(pausedMs),
                workers.stream().map(PressureSampler::of).toList(),
                Map.copyOf(all));
    }

    /** "G1 Concurrent GC", "ZGC Cycles" and the like run beside the program; "ZGC Pauses" and all others stop it. */
    static boolean stopsTheWorld(String collector) {
        return !collector.contains("Concurrent") && !collector.contains("Cycles");
    }

    private static OfWorker of(Worker worker) {
        Path task = PROC.resolve("self/task").resolve(Integer.toString(worker.task()));
        ProcFiles.SchedStat times = ProcFiles.schedStat(text(task.resolve("schedstat")));
        return new OfWorker(
                worker.name(), times.runNs(), times.runQueueNs(), ProcFiles.preempted(text(task.resolve("status"))));
    }

    private OfPort of(SwitchPorts.Plugged plugged) {
        PortCounters counters = plugged.counters();
        long socketDrops = plugged.queues().stream()
                .flatMap(queue -> SocketQueue.of(queue.readinessFd()).stream())
                .mapToLong(SocketQueue::drops)
                .sum();
        Optional<SwitchPorts.StampPoint> device = plugged.device(dataPlane);
        ProcFiles.Drops drops = device.flatMap(PressureSampler::drops).orElse(new ProcFiles.Drops(0, 0));
        boolean guestSide = device.filter(SwitchPorts.StampPoint::guestSide).isPresent();
        return new OfPort(
                plugged.port().kind().name().toLowerCase(Locale.ROOT),
                counters.drops(DropReason.QUEUE_FULL),
                counters.drops(DropReason.POOL_EMPTY),
                socketDrops + (guestSide ? drops.sent() : drops.received()),
                guestSide ? drops.received() : drops.sent(),
                depth(plugged));
    }

    /** A port may go while one looks. */
    private static Optional<ProcFiles.Drops> drops(SwitchPorts.StampPoint device) {
        try {
            return ProcFiles.drops(
                    device.namespace().call(() -> text(PROC.resolve("thread-self/net/dev"))), device.netdev());
        } catch (RuntimeException e) {
            LOG.debug("no figures of device {}: {}", device.netdev(), e.getMessage());
            return Optional.empty();
        }
    }

    private static Depth depth(SwitchPorts.Plugged plugged) {
        return plugged.queues().stream()
                .flatMap(queue -> SocketQueue.of(queue.readinessFd()).stream())
                .map(queue -> new Depth(queue.receiveBytes(), queue.sendBytes()))
                .reduce(Depth.NONE, Depth::and);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            LOG.debug("{} is not read: {}", file, e.getMessage());
            return "";
        }
    }
}
