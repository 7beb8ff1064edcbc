package io.hopline.node;

import com.sun.management.OperatingSystemMXBean;
import io.hopline.packet.Port;
import io.hopline.sla.HostCost;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shares the workers' processor time out among the guests. Everything is read where the kernel or the workers count it
 * anyway; the workers do nothing for it. One thread samples, any thread reads {@link #cpuNs}.
 *
 * <p>A worker's time goes by the {@link PortWork} of its queues. What it did at the host NIC and the tunnel it did for guests
 * and counts as theirs, but no more of it than it did at their own ports: each of their frames passes one other port at most.
 * The rest, such as a flood that no guest gets, is nobody's.
 */
final class CostSampler {
    private static final Logger LOG = LoggerFactory.getLogger(CostSampler.class);
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final Path STATUS = Path.of("/proc/self/status");

    private final List<Worker> workers;
    private final Supplier<List<SwitchPorts.Plugged>> ports;
    private final OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private Look before;
    /** Of each guest that is plugged in; replaced as a whole. */
    private volatile Map<String, Long> cpuNs = Map.of();

    /** Sums since the beginning: of each worker its time, of each queue of a port its work. */
    private record Look(long atMs, List<Long> runNs, long processNs, Map<Port, PortWork> work) {}

    CostSampler(List<Worker> workers, Supplier<List<SwitchPorts.Plugged>> ports) {
        this.workers = List.copyOf(workers);
        this.ports = ports;
        before = look(ports.get());
    }

    private Look look(List<SwitchPorts.Plugged> plugged) {
        Map<Port, PortWork> work = new IdentityHashMap<>();
        plugged.forEach(port -> port.queues().forEach(queue -> work.put(queue, PortWork.of(queue.counters()))));
        return new Look(
                System.currentTimeMillis(),
                workers.stream().map(CostSampler::runNs).toList(),
                Math.max(0, process.getProcessCpuTime()),
                work);
    }

    private static long runNs(Worker worker) {
        return ProcFiles.schedStat(
                        text(TASKS.resolve(Integer.toString(worker.task())).resolve("schedstat")))
                .runNs();
    }

    /** Takes a sample: what has been spent since the one before. */
    HostCost sample() {
        List<SwitchPorts.Plugged> plugged = ports.get();
        Look now = look(plugged);
        Map<String, HostCost.Guest> guests = new HashMap<>();
        long workersNs = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            long spentNs = now.runNs.get(worker) - before.runNs.get(worker);
            workersNs += spentNs;
            share(spentNs, worker, plugged, now, guests);
        }
        long processNs = now.processNs - before.processNs;
        HostCost cost = new HostCost(
                before.atMs,
                Math.max(before.atMs, now.atMs),
                workersNs,
                processNs,
                ProcFiles.residentBytes(text(STATUS)),
                (int) plugged.stream().filter(CostSampler::isGuest).count(),
                new ArrayList<>(guests.values()));
        before = now;
        count(plugged, guests);
        return cost;
    }

    private static boolean isGuest(SwitchPorts.Plugged plugged) {
        return plugged.port().kind() == Port.Kind.VNIC;
    }

    private void share(
            long spentNs, int worker, List<SwitchPorts.Plugged> plugged, Look now, Map<String, HostCost.Guest> guests) {
        double ofGuests = 0;
        double ofOthers = 0;
        for (SwitchPorts.Plugged port : plugged) {
            double weight = done(port, worker, now).weight();
            if (isGuest(port)) {
                ofGuests += weight;
            } else {
                ofOthers += weight;
            }
        }
        double nsPerWeight = nsPerWeight(spentNs, ofGuests, ofOthers);
        for (SwitchPorts.Plugged port : plugged) {
            PortWork done = done(port, worker, now);
            if (isGuest(port) && done.frames() > 0) {
                String name = port.port().name();
                HostCost.Guest was = guests.getOrDefault(name, new HostCost.Guest(name, 0, 0, 0));
                guests.put(
                        name,
                        new HostCost.Guest(
                                name,
                                was.cpuNs() + (long) (done.weight() * nsPerWeight),
                                was.frames() + done.frames(),
                                was.bytes() + done.bytes()));
            }
        }
    }

    /** What a guest is charged for its own weight: with it for that of other ports, but no more than as much again. */
    static double nsPerWeight(long spentNs, double ofGuests, double ofOthers) {
        return ofGuests == 0
                ? 0
                : spentNs / (ofGuests + ofOthers) * (ofGuests + Math.min(ofGuests, ofOthers)) / ofGuests;
    }

    /** A port that was not there before began with nothing. */
    private PortWork done(SwitchPorts.Plugged port, int worker, Look now) {
        Port queue = port.queues().get(worker);
        PortWork is = now.work.getOrDefault(queue, PortWork.NONE);
        return is.since(before.work.getOrDefault(queue, PortWork.NONE));
    }

    private void count(List<SwitchPorts.Plugged> plugged, Map<String, HostCost.Guest> guests) {
        Map<String, Long> sums = new HashMap<>();
        for (SwitchPorts.Plugged port : plugged) {
            if (isGuest(port)) {
                String name = port.port().name();
                HostCost.Guest spent = guests.get(name);
                sums.put(name, cpuNs.getOrDefault(name, 0L) + (spent == null ? 0 : spent.cpuNs()));
            }
        }
        cpuNs = Map.copyOf(sums);
    }

    /** Workers' time that went into a guest so far, nanoseconds, up to the last sample; 0 for one not known. */
    long cpuNs(String guest) {
        return cpuNs.getOrDefault(guest, 0L);
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
