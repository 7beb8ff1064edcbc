package io.hopline.bench;

import io.hopline.linux.NetNs;
import io.hopline.packet.MacAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A guest of a soak: a namespace with one network device, {@code eth0}.
 *
 * @param name of the namespace, which {@code ip netns} knows
 * @param host index of the host it is on
 * @param port its OpenFlow port
 * @param number 1 to 254; its addresses end in it
 */
record SoakGuest(String name, NetNs ns, int host, int port, int number) {
    static final String DEVICE = "eth0";

    MacAddress mac() {
        return new MacAddress(0x0200_0000_7700L + number);
    }

    String ipv4() {
        return "10.77.0." + number;
    }

    String ipv6() {
        return "fd77::" + Integer.toHexString(number);
    }

    String address(boolean ipv6) {
        return ipv6 ? ipv6() : ipv4();
    }

    /** Gives the device its addresses; those of IPv6 are to survive a flap, as IPv4's do. */
    void configure() {
        ns.run(() -> {
            try {
                Files.writeString(Path.of("/proc/sys/net/ipv6/conf/" + DEVICE + "/keep_addr_on_down"), "1");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        ns.ip("addr", "add", ipv4() + "/24", "dev", DEVICE);
        ns.ip("addr", "add", ipv6() + "/64", "dev", DEVICE, "nodad");
        ns.ip("link", "set", DEVICE, "up");
    }

    /** Packets that the guest's kernel found to have a wrong checksum or header, all protocols together. */
    long refusedByKernel() {
        return ns.call(() -> {
            try {
                List<String> ipv4 = Files.readAllLines(Path.of("/proc/thread-self/net/snmp"));
                List<String> ipv6 = Files.readAllLines(Path.of("/proc/thread-self/net/snmp6"));
                return column(ipv4, "Tcp:", "InCsumErrors")
                        + column(ipv4, "Udp:", "InCsumErrors")
                        + column(ipv4, "Icmp:", "InCsumErrors")
                        + column(ipv4, "Ip:", "InHdrErrors")
                        + line(ipv6, "Udp6InCsumErrors")
                        + line(ipv6, "Icmp6InCsumErrors")
                        + line(ipv6, "Ip6InHdrErrors");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** snmp has a line of names and a line of values for each protocol. */
    private static long column(List<String> lines, String protocol, String name) {
        List<String[]> rows = lines.stream()
                .filter(line -> line.startsWith(protocol))
                .map(line -> line.split(" "))
                .toList();
        int column = List.of(rows.get(0)).indexOf(name);
        return Long.parseLong(rows.get(1)[column]);
    }

    private static long line(List<String> lines, String name) {
        return lines.stream()
                .map(line -> line.split("\\s+"))
                .filter(words -> words[0].equals(name))
                .mapToLong(words -> Long.parseLong(words[1]))
                .sum();
    }
}
