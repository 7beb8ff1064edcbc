package io.hopline.linux;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** iproute2's {@code ip}, for what has no ioctl: namespaces, veth pairs, moving a link. Control side only. */
final class IpTool {
    private IpTool() {}

    /** Runs it in the calling thread's network namespace and returns its output, errors included. */
    static String run(String... arguments) {
        List<String> command = new ArrayList<>(arguments.length + 1);
        command.add("ip");
        command.addAll(List.of(arguments));
        String shown = String.join(" ", arguments);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int status = process.waitFor();
            if (status != 0) {
                throw new LinuxException("ip", shown, 0, output.isEmpty() ? "exit status " + status : output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run 'ip " + shown + "' (package iproute2)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinuxException("ip", shown, Errno.EINTR, "interrupted");
        }
    }
}
