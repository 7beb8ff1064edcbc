package io.hopline.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a guest is, as the node's control socket is told.
 *
 * @param arguments what goes into the attach command beside name and MAC
 * @param tap name of the TAP a VMM is to open, empty for a namespace
 */
record GuestPlace(Map<String, Object> arguments, Optional<String> tap) {
    private static final String INTERFACE_NAME = "[^/\\s:]{1,15}";

    GuestPlace {
        arguments = Map.copyOf(arguments);
    }

    /** Exactly one of the first three is given. */
    static GuestPlace of(
            @Nullable String netns, @Nullable String container, @Nullable String tap, String interfaceName) {
        if (tap != null) {
            requireInterfaceName("--tap", tap);
            return new GuestPlace(Map.of("tap", tap), Optional.of(tap));
        }
        requireInterfaceName("--ifname", interfaceName);
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("ifname", interfaceName);
        if (container != null) {
            arguments.put("pid", containerProcess(container));
        } else if (netns != null) {
            if (!Files.exists(Path.of("/run/netns", netns))) {
                throw CliException.failed(
                        "--netns: there is no network namespace '" + netns + "'; see `ip netns list`");
            }
            arguments.put("netns", netns);
        }
        return new GuestPlace(arguments, Optional.empty());
    }

    private static void requireInterfaceName(String option, String name) {
        if (!name.matches(INTERFACE_NAME)) {
            throw CliException.badInput(
                    option + ": an interface's name has 1 to 15 characters, no '/', ':' or space: '" + name + "'");
        }
    }

    /** The container's first process; the node takes its namespace and so needs no knowledge of who runs containers. */
    private static long containerProcess(String container) {
        String pid = container.matches("[0-9]{1,7}") && Files.exists(Path.of("/proc", container))
                ? container
                : Program.run("docker", "inspect", "--format", "{{.State.Pid}}", container);
        if (!pid.matches("[1-9][0-9]{0,9}")) {
            throw CliException.failed("--container: '" + container + "' is not running");
        }
        return Long.parseLong(pid);
    }

    /** What the user does next: for a TAP, the arguments that make QEMU open it with the address the switch expects. */
    Optional<String> nextStep(String mac) {
        return tap.map(name -> """

                Start the VM with these arguments; it gets its address by DHCP:
                  -netdev tap,id=%1$s,ifname=%1$s,script=no,downscript=no,vhost=off \\
                  -device virtio-net-pci,netdev=%1$s,mac=%2$s
                (or e1000 instead of virtio-net-pci, for a guest without virtio)""".formatted(name, mac));
    }
}
