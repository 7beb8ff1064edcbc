package io.hopline.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A real nginx in a guest's network namespace, with everything it writes under a directory of its own. */
public final class NginxGuest {
    private static final int BODY_BYTES = 1024;
    private static final long START_TIMEOUT_NS = 10_000_000_000L;
    private static final int POLL_MS = 20;

    private NginxGuest() {}

    /** The page a guest serves: its name in the first line, then enough text to fill one kilobyte. */
    static byte[] page(String guest) {
        var page = new StringBuilder(guest).append('\n');
        while (page.length() < BODY_BYTES - 1) {
            page.append((char) ('a' + page.length() % 26));
        }
        return page.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Writes the configuration and starts the server.
     *
     * @param delayMs how long the server sleeps before each answer; 0 for not at all
     */
    public static ChildProcess start(String netns, String guest, Path directory, int delayMs) {
        Path configuration = directory.resolve("nginx.conf");
        try {
            Files.createDirectories(directory.resolve("www"));
            Files.createDirectories(directory.resolve("tmp"));
            Files.write(directory.resolve("www/index.html"), page(guest));
            Files.writeString(configuration, new NginxConfig(directory, delayMs, Optional.empty()).text());
        } catch (IOException failure) {
            throw CliException.failed("cannot write nginx's files: " + failure.getMessage());
        }
        Path log = directory.resolve("nginx.log");
        return ChildProcess.startIn(
                netns,
                "nginx of " + guest,
                log,
                List.of("nginx", "-p", directory + "/", "-e", log.toString(), "-c", configuration.toString()));
    }

    /** Returns when the server listens; throws with its log when it ends or takes too long. */
    public static void awaitListening(ChildProcess nginx, String netns) throws InterruptedException {
        long deadlineNs = System.nanoTime() + START_TIMEOUT_NS;
        while (!Program.run("nsenter", "--net=/run/netns/" + netns, "ss", "-Hltn", "sport", "=", ":80")
                .contains("LISTEN")) {
            nginx.requireAlive();
            if (System.nanoTime() - deadlineNs > 0) {
                throw CliException.failed("nginx in " + netns + " does not listen; its log:\n" + nginx.logTail());
            }
            Thread.sleep(POLL_MS);
        }
    }
}
