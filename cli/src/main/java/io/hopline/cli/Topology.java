package io.hopline.cli;

import java.util.List;

/**
 * The demo's wires, all in network namespaces of this run's own: an outside client, two hosts and the guests.
 *
 * <pre>
 *   client eth0 192.0.2.2 --- 192.0.2.1 eth0 host-a under0 198.51.100.1 --- 198.51.100.2 under0 host-b
 *          (route to the guests' subnet)  (the host NIC)           (the underlay, VXLAN)
 * </pre>
 *
 * <p>Addresses are from the ranges kept for documentation (RFC 5737). The veth pairs keep the offloads they are born with.
 */
final class Topology {
    static final String CLIENT_IP = "192.0.2.2";
    static final String UPLINK_IP = "192.0.2.1";
    static final String VTEP_A = "198.51.100.1";
    static final String VTEP_B = "198.51.100.2";
    static final String SUBNET = "10.0.1.0/24";
    static final String UPLINK = "eth0";

    private final String prefix;

    /** A topology whose namespaces are called {@code PREFIX-client} and so on. */
    Topology(String prefix) {
        this.prefix = prefix;
    }

    String client() {
        return prefix + "-client";
    }

    /** Host {@code a} or {@code b}. */
    String host(String name) {
        return prefix + "-host-" + name;
    }

    String guest(String name) {
        return prefix + "-" + name;
    }

    /** Makes the namespaces and wires; {@code guests} are the guests that are namespaces. */
    void create(List<String> guests, Cleanup cleanup) {
        for (String guest : guests) {
            namespace(guest(guest), cleanup);
        }
        namespace(client(), cleanup);
        namespace(host("a"), cleanup);
        namespace(host("b"), cleanup);
        wire(client(), "eth0", CLIENT_IP, host("a"), UPLINK, UPLINK_IP);
        wire(host("a"), "under0", VTEP_A, host("b"), "under0", VTEP_B);
        ip(client(), "route", "add", SUBNET, "via", UPLINK_IP);
    }

    private static void namespace(String name, Cleanup cleanup) {
        cleanup.add("network namespace " + name, () -> {
            if (Program.run("ip", "netns", "list").lines().anyMatch(line -> line.split(" ")[0].equals(name))) {
                Program.run("ip", "netns", "delete", name);
            }
        });
        Program.run("ip", "netns", "add", name);
        // A namespace takes this over from the machine; a kernel that forwards answers for guests whom it has no route
        // to.
        String forward = "/proc/sys/net/ipv4/ip_forward";
        Program.run("ip", "netns", "exec", name, "sh", "-c", "grep -q 0 " + forward + " || echo 0 > " + forward);
        ip(name, "link", "set", "lo", "up");
    }

    private static void wire(
            String leftNs, String leftIf, String leftIp, String rightNs, String rightIf, String rightIp) {
        ip(leftNs, "link", "add", leftIf, "type", "veth", "peer", "name", rightIf, "netns", rightNs);
        ip(leftNs, "addr", "add", leftIp + "/24", "dev", leftIf);
        ip(rightNs, "addr", "add", rightIp + "/24", "dev", rightIf);
        ip(leftNs, "link", "set", leftIf, "up");
        ip(rightNs, "link", "set", rightIf, "up");
    }

    private static void ip(String netns, String... arguments) {
        var command = new String[arguments.length + 3];
        command[0] = "ip";
        command[1] = "-n";
        command[2] = netns;
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        Program.run(command);
    }
}
