package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import io.hopline.cli.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Open vSwitch with the userspace data path, database and daemon of its own in one namespace, so that it meets no other
 * Open vSwitch of the machine.
 */
final class OpenVSwitch implements Contender.MorePorts {
    static final List<String> PROGRAMS =
            List.of("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl", "ovs-appctl");
    static final List<String> PACKAGES = List.of("openvswitch-switch");

    private static final Path SCHEMA = Path.of("/usr/share/openvswitch/vswitch.ovsschema");
    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);
    private static final int PORTS_PER_TRANSACTION = 50;

    private final String netns;
    private final Path directory;
    private final List<Long> pids = new ArrayList<>();

    private OpenVSwitch(String netns, Path directory) {
        this.netns = netns;
        this.directory = directory;
    }

    /**
     * Starts it in a namespace.
     *
     * @param otherConfig {@code key=value}, set before the daemon starts
     */
    static OpenVSwitch start(Rig rig, String netns, List<String> otherConfig) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(rig.directory().resolve("ovs-" + netns));
        var ovs = new OpenVSwitch(netns, directory);
        Program.run("ovsdb-tool", "create", ovs.file("conf.db"), SCHEMA.toString());
        ChildProcess database = rig.start(
                netns,
                "ovsdb-server " + netns,
                ovs.inEnvironment(
                        "ovsdb-server",
                        "--remote=punix:" + ovs.file("db.sock"),
                        "--unixctl=" + ovs.file("ovsdb.ctl"),
                        ovs.file("conf.db")));
        database.await("not started", START_TIMEOUT, () -> Files.exists(directory.resolve("db.sock")));
        ovs.vsctl("--no-wait", "init");
        for (String setting : otherConfig) {
            ovs.vsctl("--no-wait", "set", "Open_vSwitch", ".", "other_config:" + setting);
        }
        ChildProcess daemon = rig.start(
                netns,
                "ovs-vswitchd " + netns,
                ovs.inEnvironment(
                        "ovs-vswitchd", "unix:" + ovs.file("db.sock"), "--unixctl=" + ovs.file("vswitchd.ctl")));
        daemon.await("not started", START_TIMEOUT, () -> Files.exists(directory.resolve("vswitchd.ctl")));
        ovs.pids.addAll(List.of(database.pid(), daemon.pid()));
        return ovs;
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private List<String> inEnvironment(String... command) {
        var whole = new ArrayList<>(
                List.of("env", "OVS_RUNDIR=" + directory, "OVS_DBDIR=" + directory, "OVS_LOGDIR=" + directory));
        whole.addAll(Arrays.asList(command));
        return whole;
    }

    List<Long> pids() {
        return List.copyOf(pids);
    }

    /** Runs ovs-vsctl, which waits until the daemon has done what it says. */
    String vsctl(String... arguments) {
        var command = new ArrayList<>(List.of("ovs-vsctl", "--timeout=30", "--db=unix:" + file("db.sock")));
        command.addAll(Arrays.asList(arguments));
        return Program.run(command.toArray(String[]::new));
    }

    /** Runs ovs-appctl on the daemon. */
    String appctl(String... arguments) {
        var command = new ArrayList<>(List.of("ovs-appctl", "-t", file("vswitchd.ctl")));
        command.addAll(Arrays.asList(arguments));
        return Program.run(command.toArray(String[]::new));
    }

    /** Makes a bridge; a secure one forwards by its flows alone, a standalone one learns addresses. */
    void bridge(String name, String failMode) {
        vsctl("add-br", name, "--", "set", "bridge", name, "datapath_type=netdev", "fail_mode=" + failMode);
    }

    /** Plugs a guest in with a TAP. */
    void plug(String bridge, Rig.Guest guest) {
        String tap = "tap" + guest.port();
        vsctl("add-port", bridge, tap, "--", "set", "interface", tap, "type=tap", "ofport_request=" + guest.port());
        Rig.moveIntoGuest(netns, tap, guest);
    }

    /** Adds a flow in ovs-ofctl's notation. */
    void flow(String bridge, String flow) {
        Program.run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", "unix:" + file(bridge + ".mgmt"), flow);
    }

    /** Adds a group in ovs-ofctl's notation. */
    void group(String bridge, String group) {
        Program.run("ovs-ofctl", "-O", "OpenFlow13", "add-group", "unix:" + file(bridge + ".mgmt"), group);
    }

    @Override
    public void plug(String guestNetns, int from, int to) {
        for (int i = from; i < to; i += PORTS_PER_TRANSACTION) {
            int end = Math.min(to, i + PORTS_PER_TRANSACTION);
            var transaction = new ArrayList<String>();
            for (int number = i; number < end; number++) {
                String tap = "tap" + number;
                transaction.addAll(List.of("--", "add-port", "br0", tap, "--", "set", "interface", tap, "type=tap"));
            }
            vsctl(transaction.toArray(String[]::new));
            for (int number = i; number < end; number++) {
                Rig.ip(netns, "link", "set", "tap" + number, "netns", guestNetns);
                Rig.ip(guestNetns, "link", "set", "tap" + number, "up");
            }
        }
    }
}
