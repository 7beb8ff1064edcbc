package io.hopline.node;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel says in the files of proc(5); pure functions of a file's text. */
final class ProcFiles {
    /** USER_HZ is 100 wherever Linux runs Java. */
    private static final long TICK_NS = 10_000_000;

    private static final int STEAL = 8;
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final Pattern PREEMPTED = Pattern.compile("(?m)^nonvoluntary_ctxt_switches:\\s+(\\d+)$");

    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

    private ProcFiles() {}

    /** The first line of {@code /proc/stat}: processors' time that the hypervisor gave others, nanoseconds since the start. */
    static long stealNs(String stat) {
        String[] words = SPACE.split(firstLine(stat));
        return words.length > STEAL && words[0].equals("cpu") ? Long.parseLong(words[STEAL]) * TICK_NS : 0;
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /**
     * A task's time since it began.
     *
     * @param runNs on a processor
     * @param runQueueNs waiting for one
     */
    record SchedStat(long runNs, long runQueueNs) {}

    /** {@code /proc/PID/task/TID/schedstat}; zeros of a kernel that does not keep count. */
    static SchedStat schedStat(String schedstat) {
        String[] words = SPACE.split(schedstat.strip());
        return words.length < 2
                ? new SchedStat(0, 0)
                : new SchedStat(Long.parseLong(words[0]), Long.parseLong(words[1]));
    }

    /** {@code /proc/PID/task/TID/status}: times the task was taken off a processor against its will. */
    static long preempted(String status) {
        Matcher matcher = PREEMPTED.matcher(status);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** {@code /proc/PID/status}: bytes of the process that are in RAM; 0 when it does not say. */
    static long residentBytes(String status) {
        Matcher matcher = RESIDENT.matcher(status);
        return matcher.find() ? Long.parseLong(matcher.group(1)) * 1024 : 0;
    }

    /**
     * Frames that a device dropped since it was made.
     *
     * @param received coming in from outside
     * @param sent going out
     */
    record Drops(long received, long sent) {}

    /** A device's line of {@code /proc/net/dev}; empty when it is not there. */
    static Optional<Drops> drops(String netDev, String device) {
        String label = device + ":";
        return netDev.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(label))
                .map(line -> SPACE.split(line.substring(label.length()).strip()))
                .filter(words -> words.length >= 12)
                .map(words -> new Drops(Long.parseLong(words[3]), Long.parseLong(words[11])))
                .findFirst();
    }
}
