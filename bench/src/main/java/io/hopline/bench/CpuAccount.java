package io.hopline.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Time that processors have spent since the machine or the processes began: what {@link CpuShares} are the differences of.
 * Threads' times are the scheduler's, in nanoseconds ({@code /proc/PID/task/TID/schedstat}), the machine's its clock ticks.
 *
 * @param atNs when it was looked at, {@link System#nanoTime()}
 */
record CpuAccount(
        long atNs, long workersNs, long nodeNs, long guestsNs, long loadNs, long controllerNs, long machineNs) {
    private static final String WORKER = "worker-";
    private static final long TICK_NS = 10_000_000;
    /** Words of the first line of /proc/stat: user, nice, system, then idle and iowait, irq and softirq (proc(5)). */
    private static final int[] BUSY = {1, 2, 3, 6, 7};

    /** Which processes are whose. */
    record Pids(long node, List<Long> guests, List<Long> load, long controller) {}

    static CpuAccount of(Pids pids) throws IOException {
        return new CpuAccount(
                System.nanoTime(),
                runNs(pids.node, true),
                runNs(pids.node, false),
                sum(pids.guests),
                sum(pids.load),
                sum(List.of(pids.controller)),
                busyNs(Files.readString(Path.of("/proc/stat"))));
    }

    private static long sum(List<Long> pids) throws IOException {
        long sum = 0;
        for (long pid : pids) {
            sum += runNs(pid, true) + runNs(pid, false);
        }
        return sum;
    }

    /** Of a process's forwarding threads, or of all others; a thread may end while one looks. */
    private static long runNs(long pid, boolean workers) throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
            for (Path task : tasks) {
                try {
                    if (Files.readString(task.resolve("comm")).startsWith(WORKER) == workers) {
                        sum += runNs(Files.readString(task.resolve("schedstat")));
                    }
                } catch (NoSuchFileException ended) {
                    continue;
                }
            }
        }
        return sum;
    }

    /** The first word: time on a processor. */
    static long runNs(String schedstat) {
        return Long.parseLong(schedstat.strip().split(" ")[0]);
    }

    /** Time that all processors together were busy, what the hypervisor took apart. */
    static long busyNs(String stat) {
        String[] words = stat.lines().findFirst().orElse("").split("\\s+");
        long ticks = 0;
        for (int word : BUSY) {
            ticks += Long.parseLong(words[word]);
        }
        return ticks * TICK_NS;
    }

    /** What was spent since an earlier look. */
    CpuShares since(CpuAccount before) {
        double ns = Math.max(1, atNs - before.atNs);
        double known = workersNs + nodeNs + guestsNs + loadNs + controllerNs;
        double knownBefore = before.workersNs + before.nodeNs + before.guestsNs + before.loadNs + before.controllerNs;
        return new CpuShares(
                share(workersNs, before.workersNs, ns),
                share(nodeNs, before.nodeNs, ns),
                share(guestsNs, before.guestsNs, ns),
                share(loadNs, before.loadNs, ns),
                share(controllerNs, before.controllerNs, ns),
                share(machineNs - known, before.machineNs - knownBefore, ns));
    }

    /** A thread that ended takes its time with it. */
    private static double share(double now, double before, double ns) {
        return Math.max(0, now - before) / ns;
    }
}
