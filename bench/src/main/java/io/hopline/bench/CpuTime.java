package io.hopline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * CPU time that processes have used, in user and kernel mode, from {@code /proc/PID/stat} (proc_pid_stat(5)).
 *
 * @param ticks hundredths of a second: USER_HZ is 100 on every Linux that Java runs on
 */
record CpuTime(long ticks) {
    private static final double TICKS_PER_S = 100;
    /** Fields utime and stime, counted from the one behind the command's closing parenthesis. */
    private static final int UTIME = 11;

    private static final int STIME = 12;

    static CpuTime of(List<Long> pids) throws IOException {
        long ticks = 0;
        for (long pid : pids) {
            ticks += ticks(Files.readString(Path.of("/proc", String.valueOf(pid), "stat")));
        }
        return new CpuTime(ticks);
    }

    static long ticks(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
    }

    double secondsSince(CpuTime before) {
        return (ticks - before.ticks) / TICKS_PER_S;
    }
}
