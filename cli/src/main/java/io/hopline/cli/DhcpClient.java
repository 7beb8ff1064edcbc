package io.hopline.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Gives a guest's interface its address with busybox's DHCP client, the way the guest would do it itself. Address, router
 * and MTU come from the answer alone.
 */
final class DhcpClient {
    /** Works with iproute2's and with busybox's {@code ip}, so that a VM can use it as well. */
    static final String SCRIPT = """
            #!/bin/sh
            # Called by udhcpc with the event as $1 and the lease in the environment.
            case $1 in
              deconfig) ip link set "$interface" up; ip -4 addr flush dev "$interface" ;;
              bound|renew)
                ip -4 addr replace "$ip/$mask" dev "$interface"
                [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
                for r in $router; do ip -4 route replace default via "$r" dev "$interface"; break; done ;;
            esac
            """;

    private static final int TRIES = 20;

    private DhcpClient() {}

    /**
     * Asks for a lease and returns when the interface is configured.
     *
     * @param directory where the script goes
     * @param addressWanted what the lease must say
     * @throws CliException when nobody answers within some seconds, or with another address
     */
    static void configure(String netns, String interfaceName, Path directory, String addressWanted) {
        Path script = directory.resolve("udhcpc.sh");
        try {
            Files.createDirectories(directory);
            Files.writeString(script, SCRIPT);
            if (!script.toFile().setExecutable(true)) {
                throw new IOException(script + " cannot be made executable");
            }
        } catch (IOException failure) {
            throw CliException.failed("cannot write the DHCP client's script: " + failure.getMessage());
        }
        // -f -q: in the foreground, and out once there is a lease; -O mtu: RFC 2132 section 5.1.
        var command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + netns, "--"));
        command.addAll(client());
        command.addAll(List.of("-f", "-q", "-n", "-t", String.valueOf(TRIES), "-T", "1", "-A", "1"));
        command.addAll(List.of("-O", "mtu", "-i", interfaceName, "-s", script.toString()));
        Program.run(command.toArray(String[]::new));
        String addresses = Program.run("ip", "-n", netns, "-4", "-o", "addr", "show", "dev", interfaceName);
        if (!addresses.contains(" " + addressWanted + "/")) {
            throw CliException.failed(String.format(
                    Locale.ROOT, "%s got another address than %s by DHCP: %s", netns, addressWanted, addresses));
        }
    }

    private static List<String> client() {
        boolean own = Arrays.stream(
                        System.getenv().getOrDefault("PATH", "/usr/sbin:/sbin").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "udhcpc")));
        return own ? List.of("udhcpc") : List.of("busybox", "udhcpc");
    }
}
