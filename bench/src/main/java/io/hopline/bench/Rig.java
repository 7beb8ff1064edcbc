package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import io.hopline.cli.Cleanup;
import io.hopline.cli.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Guests in network namespaces, and namespaces for what joins them; made for one system in one round and gone with
 * it. The interface of a guest, {@code eth0}, is made by the system under test; all else about it is the same for all.
 */
final class Rig implements AutoCloseable {
    private static final int MTU_BYTES = 1500;
    /** A node gives its tunnel the lowest number, 1. */
    private static final int FIRST_PORT = 2;

    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);

    private final String prefix = "hlb" + ProcessHandle.current().pid() + "-";
    private final Cleanup cleanup = new Cleanup();
    private final Path directory;
    private final List<Guest> guests = new ArrayList<>();

    /**
     * A guest.
     *
     * @param netns its namespace
     * @param port number of the switch port it hangs on
     */
    record Guest(String netns, String ip, String mac, int port) {}

    /**
     * @param work directory for the rig's own, which is removed with the rig
     * @param count guests, 2 to 9
     */
    Rig(Path work, int count) throws IOException {
        directory = Files.createTempDirectory(work, "rig");
        cleanup.add("directory " + directory, () -> deleteTree(directory));
        try {
            for (int number = 1; number <= count; number++) {
                guests.add(guest(number));
            }
        } catch (RuntimeException failure) {
            cleanup.close();
            throw failure;
        }
    }

    private Guest guest(int number) {
        return new Guest(
                namespace("g" + number), "10.99.0.1" + number, "02:00:0a:63:00:0" + number, FIRST_PORT + number - 1);
    }

    /** Makes a namespace that lives as long as the rig, and returns its name; nothing in it speaks IPv6. */
    String namespace(String suffix) {
        String name = prefix + suffix;
        cleanup.add("namespace " + name, () -> {
            if (Files.exists(Path.of("/run/netns", name))) {
                Program.run("ip", "netns", "delete", name);
            }
        });
        Program.run("ip", "netns", "add", name);
        shellIn(name, "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6");
        shellIn(name, "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
        ip(name, "link", "set", "lo", "up");
        return name;
    }

    /** Client side of every measure. */
    Guest first() {
        return guests.get(0);
    }

    /** Server side of every measure, the first of them where there are several. */
    Guest second() {
        return guests.get(1);
    }

    List<Guest> guests() {
        return List.copyOf(guests);
    }

    Path directory() {
        return directory;
    }

    /** Registers how to undo something that is about to be done. */
    void undoLater(String what, Cleanup.Undo undo) {
        cleanup.add(what, undo);
    }

    /** Runs iproute2 on a namespace. */
    static String ip(String netns, String... arguments) {
        var command = new ArrayList<>(List.of("ip", "-n", netns));
        command.addAll(Arrays.asList(arguments));
        return Program.run(command.toArray(String[]::new));
    }

    /** Runs a line of shell in a namespace. */
    static String shellIn(String netns, String line) {
        return Program.run("nsenter", "--net=/run/netns/" + netns, "--", "sh", "-c", line);
    }

    /** Starts a process in a namespace; it ends with the rig at the latest. */
    ChildProcess start(String netns, String name, List<String> command) {
        ChildProcess process = ChildProcess.startIn(netns, name, log(name), command);
        cleanup.add(name, process::close);
        return process;
    }

    /** Starts a process in our own namespace; it ends with the rig at the latest. */
    ChildProcess startHere(String name, List<String> command) {
        ChildProcess process = ChildProcess.start(name, log(name), command);
        cleanup.add(name, process::close);
        return process;
    }

    private Path log(String name) {
        return directory.resolve(name.replace(' ', '-') + ".log");
    }

    /** Gives the guests addresses, and each the others' hardware addresses: a flood must not be able to lose an ARP reply. */
    void configureGuests() {
        guests.forEach(this::configure);
    }

    private void configure(Guest guest) {
        ip(guest.netns, "link", "set", "eth0", "mtu", String.valueOf(MTU_BYTES), "up");
        ip(guest.netns, "addr", "add", guest.ip + "/24", "dev", "eth0");
        // Each datagram is to be a frame, see UdpSender.
        shellIn(guest.netns, "ethtool -K eth0 tx-udp-segmentation off");
        guests.stream().filter(other -> other != guest).forEach(other -> knows(guest, other.ip, other.mac));
    }

    /** Tells a guest for good which hardware address an address on its network has. */
    static void knows(Guest guest, String ip, String mac) {
        ip(guest.netns, "neigh", "replace", ip, "lladdr", mac, "nud", "permanent", "dev", "eth0");
    }

    /** Makes a TAP that some process of this namespace made into a guest's {@code eth0}. */
    static void moveIntoGuest(String fromNetns, String device, Guest guest) {
        ip(fromNetns, "link", "set", device, "down");
        ip(fromNetns, "link", "set", device, "netns", guest.netns);
        ip(guest.netns, "link", "set", device, "name", "eth0", "address", guest.mac);
    }

    /** Waits until somebody in the namespace listens on a TCP port. */
    static void awaitListener(String netns, int port, ChildProcess server) throws InterruptedException {
        server.await(
                "does not listen on port " + port,
                START_TIMEOUT,
                () -> !Program.run("ss", "-N", netns, "-Hltn", "sport = :" + port)
                        .isEmpty());
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** What could not be undone, in words. */
    List<String> problems() {
        return cleanup.problems();
    }

    @Override
    public void close() {
        cleanup.close();
    }
}
