package io.hopline.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the demo is told.
 *
 * @param vm the network card with which guest web1 is a QEMU virtual machine; empty for a network namespace
 * @param mode {@code l4} or {@code l7}
 * @param load the requests to send
 * @param out where results, logs and sockets go
 * @param keep whether to stay up until Ctrl-C afterwards
 * @param sample one in so many connections is timed, or {@code auto}
 * @param objectives OpenSLO YAML to judge the run by
 * @param guestDelayMs how long the guests' servers sleep before each answer
 * @param guestProbe whether the nodes ask the kernel how the guests' time divides
 */
record DemoOptions(
        Optional<VmNic> vm,
        String mode,
        LoadPlan load,
        Path out,
        boolean keep,
        String sample,
        String objectives,
        int guestDelayMs,
        boolean guestProbe) {
    /** sockaddr_un holds 108 bytes with the terminating zero; the longest name under run/ is added to the directory. */
    private static final int MAX_SOCKET_DIRECTORY_BYTES = 107 - "/run/web1/shell".length();

    DemoOptions {
        if (out.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_DIRECTORY_BYTES) {
            throw new IllegalArgumentException(
                    "--out: the path of a unix socket has at most 107 bytes, so this one may have "
                            + MAX_SOCKET_DIRECTORY_BYTES + ": " + out);
        }
        if (guestDelayMs < 0 || guestDelayMs > 10_000) {
            throw new IllegalArgumentException("--guest-delay: 0 to 10000 ms are possible, not " + guestDelayMs);
        }
    }

    Path run() {
        return out.resolve("run");
    }
}
