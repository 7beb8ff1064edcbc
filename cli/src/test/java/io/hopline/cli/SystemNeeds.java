package io.hopline.cli;

import io.hopline.linux.LinuxException;
import io.hopline.linux.Tracepoint;
import io.hopline.linux.TracepointRing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** What a test finds on the machine it runs on. */
final class SystemNeeds {
    private SystemNeeds() {}

    static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Whether nodes may ask the kernel, by its tracepoints, about servers in namespaces. */
    static boolean guestProbe() {
        try (TracepointRing ring = TracepointRing.open()) {
            ring.filter(Tracepoint.of("tcp:tcp_sendmsg_locked"), "common_pid == 0");
            return true;
        } catch (LinuxException e) {
            return false;
        }
    }

    static boolean programs(String... names) {
        return Arrays.stream(names)
                .allMatch(name -> Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name))));
    }
}
