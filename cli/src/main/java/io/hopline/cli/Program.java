package io.hopline.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a short program of the system to its end, such as {@code ip}. */
final class Program {
    private static final int TIMEOUT_S = 60;

    private Program() {}

    /**
     * What the program printed on standard output and standard error.
     *
     * @throws CliException when it cannot be started, takes more than a minute or does not exit with 0; the message is the
     *     command and what it printed
     */
    static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw CliException.failed(line(command) + ": not done after " + TIMEOUT_S + " s");
            }
            if (process.exitValue() != 0) {
                String hint = output.contains("not permitted") || output.contains("ermission denied")
                        ? "; this needs root"
                        : "";
                throw CliException.failed(line(command) + ": exit code " + process.exitValue() + ": " + output + hint);
            }
            return output;
        } catch (IOException failure) {
            throw CliException.failed(line(command) + ": " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CliException.failed(line(command) + ": interrupted");
        }
    }

    private static String line(String... command) {
        return String.join(" ", List.of(command));
    }
}
