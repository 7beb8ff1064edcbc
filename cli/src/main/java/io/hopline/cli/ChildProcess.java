package io.hopline.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A long-running program with a log file. It gets a session of its own, so that Ctrl-C reaches us alone and everything is
 * stopped in order; and it is told by the kernel (PR_SET_PDEATHSIG) to end when the thread that started it is gone, so
 * that even a killed demo leaves no process.
 */
public final class ChildProcess implements AutoCloseable {
    private static final int TERMINATE_S = 5;
    private static final int LOG_LINES = 12;
    private static final long POLL_MS = 20;

    private final String name;
    private final Process process;
    private final Path log;

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts a program in the caller's own namespaces. */
    public static ChildProcess start(String name, Path log, List<String> command) {
        var whole = new ArrayList<>(List.of("setsid", "setpriv", "--pdeathsig", "TERM", "--"));
        whole.addAll(command);
        try {
            Process process = new ProcessBuilder(whole)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            return new ChildProcess(name, process, log);
        } catch (IOException failure) {
            throw CliException.failed("cannot start " + name + ": " + failure.getMessage());
        }
    }

    /** Starts a program in a network namespace made by {@code ip netns}. */
    public static ChildProcess startIn(String netns, String name, Path log, List<String> command) {
        var whole = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + netns, "--"));
        whole.addAll(command);
        return start(name, log, whole);
    }

    /** Of the program itself: what stands before it on the command line gives way to it by exec. */
    public long pid() {
        return process.pid();
    }

    /** True until it has ended. */
    public boolean alive() {
        return process.isAlive();
    }

    /** Throws with the end of its log when the program has ended although it should be running. */
    public void requireAlive() {
        if (!process.isAlive()) {
            throw CliException.failed(
                    name + " ended with exit code " + process.exitValue() + "; " + log + " ends with:\n" + logTail());
        }
    }

    /** What a started program is waited for to have done. */
    public interface Milestone {
        boolean reached();
    }

    /**
     * Waits until the program has got so far.
     *
     * @param what says it in the message of the failure
     * @throws CliException with the end of its log when it ends before, or takes longer
     */
    public void await(String what, Duration longest, Milestone milestone) throws InterruptedException {
        long deadlineNs = System.nanoTime() + longest.toNanos();
        while (!milestone.reached()) {
            requireAlive();
            if (System.nanoTime() > deadlineNs) {
                throw CliException.failed(
                        name + ": " + what + " after " + longest.toSeconds() + " s; its log ends with:\n" + logTail());
            }
            Thread.sleep(POLL_MS);
        }
    }

    /** The last lines of its log. */
    public String logTail() {
        try (Stream<String> lines = Files.lines(log)) {
            List<String> all = lines.toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - LOG_LINES), all.size()));
        } catch (IOException | RuntimeException unreadable) {
            return "(no log: " + unreadable.getMessage() + ")";
        }
    }

    /** Asks it to end, and after five seconds makes it; its own children that are still there are ended too. */
    @Override
    public void close() throws InterruptedException {
        List<ProcessHandle> descendants = process.descendants().toList();
        process.destroy();
        if (!process.waitFor(TERMINATE_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            process.waitFor(TERMINATE_S, TimeUnit.SECONDS);
        }
        descendants.forEach(ProcessHandle::destroyForcibly);
    }
}
