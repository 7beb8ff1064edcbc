package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/**
 * What may have held up requests on one host for a while: the processor not given, the program stopped, queues full.
 *
 * @param fromMs beginning of the interval, Unix milliseconds of the host
 * @param toMs its end
 * @param cpus processors of the host
 * @param stealNs what the hypervisor gave others of all processors' time (proc(5), {@code /proc/stat}); in steps of 10 ms
 * @param gcPauses of the node's Java process
 * @param gcPauseNs together; in steps of 1 ms
 * @param workers threads that forward
 * @param ports those where something was dropped or waits; the worst first, at most {@value #MAX_PORTS}
 * @param samples what became of the host's part in timing
 */
public record HostPressure(
        long fromMs,
        long toMs,
        int cpus,
        long stealNs,
        long gcPauses,
        long gcPauseNs,
        List<Worker> workers,
        List<PortQueue> ports,
        SampleCounts samples) {
    /** Ports told of in one interval. */
    public static final int MAX_PORTS = 16;

    /**
     * A thread that forwards (proc(5): {@code schedstat} and {@code status} of the task).
     *
     * @param runNs on a processor
     * @param runQueueNs ready to run and waiting for one
     * @param preempted times it was taken off one against its will
     */
    public record Worker(String name, long runNs, long runQueueNs, long preempted) {
        private Worker and(Worker other) {
            return new Worker(name, runNs + other.runNs, runQueueNs + other.runQueueNs, preempted + other.preempted);
        }
    }

    /**
     * A port of the switch. What of it can be seen depends on its kind: docs/latency-model.md.
     *
     * @param kind {@code vnic}, {@code uplink} or {@code tunnel}
     * @param queueFull frames to it that its queue had no room for: a guest that does not read
     * @param poolEmpty frames from it that the worker had no slot for
     * @param lostBefore frames that the kernel dropped before the worker took them, of the port's device and its socket
     * @param lostAfter frames that the port's device dropped after the worker gave them
     * @param receiveQueueBytes most that waited for the worker at one look, kernel bookkeeping and all
     * @param sendQueueBytes most that waited to leave at one look
     */
    public record PortQueue(
            String name,
            String kind,
            long queueFull,
            long poolEmpty,
            long lostBefore,
            long lostAfter,
            long receiveQueueBytes,
            long sendQueueBytes) {
        /** Frames that did not get through. */
        public long lost() {
            return queueFull + poolEmpty + lostBefore + lostAfter;
        }

        /** True when there is something to tell. */
        public boolean pressed() {
            return lost() + receiveQueueBytes + sendQueueBytes > 0;
        }

        private PortQueue and(PortQueue other) {
            return new PortQueue(
                    name,
                    kind,
                    queueFull + other.queueFull,
                    poolEmpty + other.poolEmpty,
                    lostBefore + other.lostBefore,
                    lostAfter + other.lostAfter,
                    Math.max(receiveQueueBytes, other.receiveQueueBytes),
                    Math.max(sendQueueBytes, other.sendQueueBytes));
        }
    }

    public HostPressure {
        if (toMs < fromMs) {
            throw new IllegalArgumentException("an interval from " + fromMs + " to " + toMs + " ms");
        }
        // A report of before this was told has none.
        samples = samples == null ? SampleCounts.NONE : samples;
        workers = List.copyOf(workers);
        ports = worst(ports);
    }

    /** Of a host whose samples are not told of. */
    public HostPressure(
            long fromMs,
            long toMs,
            int cpus,
            long stealNs,
            long gcPauses,
            long gcPauseNs,
            List<Worker> workers,
            List<PortQueue> ports) {
        this(fromMs, toMs, cpus, stealNs, gcPauses, gcPauseNs, workers, ports, SampleCounts.NONE);
    }

    /** Of nothing but samples. */
    static HostPressure of(long atMs, SampleCounts samples) {
        return new HostPressure(atMs, atMs, 0, 0, 0, 0, List.of(), List.of(), samples);
    }

    /** The same with other samples. */
    public HostPressure with(SampleCounts others) {
        return new HostPressure(fromMs, toMs, cpus, stealNs, gcPauses, gcPauseNs, workers, ports, others);
    }

    private static List<PortQueue> worst(List<PortQueue> ports) {
        return ports.stream()
                .filter(PortQueue::pressed)
                .sorted((a, b) -> a.lost() != b.lost()
                        ? Long.compare(b.lost(), a.lost())
                        : Long.compare(b.receiveQueueBytes + b.sendQueueBytes, a.receiveQueueBytes + a.sendQueueBytes))
                .limit(MAX_PORTS)
                .toList();
    }

    /** This interval and another of the same host as one. */
    public HostPressure and(HostPressure other) {
        return new HostPressure(
                Math.min(fromMs, other.fromMs),
                Math.max(toMs, other.toMs),
                Math.max(cpus, other.cpus),
                stealNs + other.stealNs,
                gcPauses + other.gcPauses,
                gcPauseNs + other.gcPauseNs,
                together(workers, other.workers, Worker::name, Worker::and),
                together(ports, other.ports, PortQueue::name, PortQueue::and),
                samples.and(other.samples));
    }

    private static <T> List<T> together(List<T> some, List<T> others, Function<T, String> name, BinaryOperator<T> sum) {
        Map<String, T> byName = new TreeMap<>();
        some.forEach(one -> byName.merge(name.apply(one), one, sum));
        others.forEach(one -> byName.merge(name.apply(one), one, sum));
        return new ArrayList<>(byName.values());
    }
}
