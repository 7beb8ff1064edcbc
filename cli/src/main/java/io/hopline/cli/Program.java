package io.hopline.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a short program of the system to its end, such as {@code ip}. */
public final class Program {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private Program() {}

    /**
     * What the program printed on standard output and standard error.
     *
     * @throws CliException when it cannot be started, takes more than a minute or does not exit with 0; the message is the
     *     command and what it printed
     */
    public static String run(String... command) {
        return run(TIMEOUT, command);
    }

    /** As above, with another limit than a minute. */
    public static String run(Duration timeout, String... command) {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
        } catch (IOException failure) {
            throw CliException.failed(line(command) + ": " + failure.getMessage());
        }
        try {
            // Read beside the wait, because a read cannot be interrupted and a full pipe would block the program.
            var output = CompletableFuture.supplyAsync(() -> read(process), Thread::startVirtualThread);
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw CliException.failed(line(command) + ": not done after " + timeout.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw failure(process.exitValue(), output.join(), command);
            }
            return output.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CliException.failed(line(command) + ": interrupted");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException closed) {
            return "";
        }
    }

    private static CliException failure(int exitCode, String output, String... command) {
        String hint =
                output.contains("not permitted") || output.contains("ermission denied") ? "; this needs root" : "";
        return CliException.failed(line(command) + ": exit code " + exitCode + ": " + output + hint);
    }

    private static String line(String... command) {
        return String.join(" ", List.of(command));
    }
}
