package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.MacAddress;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Real VMs, a virtio and an e1000 one on each of two hosts, in a network with jumbo frames: every byte they send one another
 * is compared, and the switches' counters tell who left segmentation to whom.
 */
@Tag("qemu")
class VmTrafficTest {
    /** What the controller leaves guests of an underlay of this MTU is 50 bytes less. */
    private static final int UNDERLAY_MTU = 8_950;

    private static final int MTU = 8_900;
    private static final int ETHERNET_BYTES = 14;
    private static final int BLOB_MIB = 6;
    private static final Path PERL = Path.of("/usr/bin/perl");
    private static final Path PERL_LIBRARY = Path.of("/usr/lib/x86_64-linux-gnu/perl-base");

    private final Cleanup cleanup = new Cleanup();
    private final Topology topology =
            new Topology("hlt" + ProcessHandle.current().pid() + "v");
    private final Map<VmNic, VmImage> images = new EnumMap<>(VmNic.class);

    @TempDir
    private Path directory;

    private @Nullable DemoHosts hosts;

    /** A VM in the network. */
    private record Vm(String name, String host, String ip, MacAddress mac, VmNic nic, VmGuest machine, Path directory) {
        VmShell shell() throws Exception {
            return new VmShell(directory);
        }
    }

    /** Frames and bytes that somebody counted. */
    private record Count(long frames, long bytes) {
        double meanBytesSince(Count before) {
            return (double) (bytes - before.bytes) / (frames - before.frames);
        }
    }

    @BeforeEach
    void needs() throws Exception {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "nginx", "busybox", "qemu-system-x86_64", "apt-get", "dpkg"),
                "needs ip, nginx, busybox, QEMU and apt");
        Assumptions.assumeTrue(Files.isDirectory(PERL_LIBRARY), "needs Debian's perl-base");
        for (VmNic nic : VmNic.values()) {
            images.put(nic, withEcho(VmImage.prepare(nic, VmImage.defaultCache(System.getenv()), what -> {}), nic));
        }
    }

    @AfterEach
    void leaveNothing() {
        cleanup.close();
        assertThat(cleanup.problems()).isEmpty();
    }

    /** The image with Perl in it, for which Debian's busybox has no UDP tool to stand in. */
    private VmImage withEcho(VmImage image, VmNic nic) throws Exception {
        Path initramfs = directory.resolve(nic.label() + ".cpio");
        Files.copy(image.initramfs(), initramfs, StandardCopyOption.REPLACE_EXISTING);
        try (var archive = new CpioArchive(Files.newOutputStream(initramfs, StandardOpenOption.APPEND));
                InputStream echo = Objects.requireNonNull(VmTrafficTest.class.getResourceAsStream("echo.pl"));
                Stream<Path> library = Files.walk(PERL_LIBRARY)) {
            archive.file("srv/echo.pl", echo.readAllBytes(), false);
            var files = new ArrayList<>(List.of(PERL));
            Pattern.compile("(?:=> |^\\s*)(/\\S+)", Pattern.MULTILINE)
                    .matcher(Program.run("ldd", PERL.toString()))
                    .results()
                    .forEach(found -> files.add(Path.of(found.group(1))));
            library.filter(Files::isRegularFile).forEach(files::add);
            for (Path file : files) {
                archive.copy(file, file.toString().substring(1), true);
            }
        }
        return new VmImage(image.kernel(), initramfs);
    }

    private DemoHosts hosts() {
        return Objects.requireNonNull(hosts);
    }

    @Test
    void virtioAndEmulatedCardsCarryEveryByteOnOneHostAndAcrossTwo() throws Exception {
        startHosts();
        List<Vm> vms = new ArrayList<>();
        // One TAP made as its user's tool makes it, the others by the node, where its ports are.
        Program.run("ip", "-n", topology.host("a"), "tuntap", "add", "dev", "tap-v1", "mode", "tap", "vnet_hdr");
        vms.add(start("v1", "a", "10.0.1.21", VmNic.VIRTIO));
        vms.add(start("e1", "a", "10.0.1.22", VmNic.E1000));
        vms.add(start("v2", "b", "10.0.1.23", VmNic.VIRTIO));
        vms.add(start("e2", "b", "10.0.1.24", VmNic.E1000));
        assertThat(Program.run("ip", "-n", topology.host("a"), "link", "show", "tap-e1"))
                .contains("mtu " + MTU);
        assertThat(hopline("vnic", "attach", "second", "--network=blue", "--tap=tap-v1", "--node=" + socket("a")))
                .contains("device 'tap-v1' is attached already, as 'v1'; detach that first");
        for (Vm vm : vms) {
            vm.machine.awaitReady(Duration.ofSeconds(120));
            try (VmShell shell = vm.shell()) {
                assertThat(shell.run("ip link show eth0")).contains("mtu " + MTU);
                shell.run("head -c " + BLOB_MIB + "m /dev/urandom >/srv/www/blob");
                shell.run("(/usr/bin/perl /srv/echo.pl serve 7 >/dev/console 2>&1 &)");
            }
        }
        Vm v1 = vms.get(0);
        Vm e1 = vms.get(1);
        Vm v2 = vms.get(2);
        Vm e2 = vms.get(3);
        exchange(v1, e1);
        exchange(v1, v2);
        exchange(e1, e2);
    }

    private void startHosts() throws Exception {
        topology.create(List.of(), cleanup);
        for (String host : List.of("a", "b")) {
            Program.run("ip", "-n", topology.host(host), "link", "set", "under0", "mtu", String.valueOf(UNDERLAY_MTU));
        }
        var options = new DemoOptions(
                Optional.empty(), "l4", LoadPlan.of(1, 1), directory.resolve("o"), false, "auto", "", 0, false);
        Files.createDirectories(options.run());
        hosts = new DemoHosts(options, topology, cleanup);
        hosts.start();
        hosts.rest().post("/api/v1/networks", Map.of("name", "blue", "subnet", Topology.SUBNET, "vni", 100));
    }

    private String socket(String host) {
        return "unix:" + directory.resolve("o/run/" + host + ".ctl");
    }

    /** Runs a command line as its user does; returns what it printed. */
    private String hopline(String... arguments) {
        var output = new StringWriter();
        var whole = new ArrayList<>(List.of(arguments));
        whole.add("--controller=" + hosts().controllerUrl());
        try (var writer = new PrintWriter(output)) {
            Main.commandLine().setOut(writer).setErr(writer).execute(whole.toArray(String[]::new));
        }
        return output.toString();
    }

    private Vm start(String name, String host, String ip, VmNic nic) {
        String tap = "tap-" + name;
        String attached = hopline(
                "vnic",
                "attach",
                name,
                "--network=blue",
                "--ip=" + ip,
                "--tap=" + tap,
                "--node=" + socket(host),
                "-o",
                "json");
        Matcher mac = Pattern.compile("\"mac\"\\s*:\\s*\"([0-9a-f:]+)\"").matcher(attached);
        assertThat(mac.find()).as(attached).isTrue();
        MacAddress address = MacAddress.parse(mac.group(1));
        Path place = directory.resolve(name);
        var plan = new VmGuest.Plan(name, Optional.of(topology.host(host)), tap, nic, address, 0, Optional.empty());
        VmGuest machine = VmGuest.start(Objects.requireNonNull(images.get(nic)), plan, place);
        cleanup.add("VM " + name, machine::close);
        return new Vm(name, host, ip, address, nic, machine, place);
    }

    /** What the switch got from a VM ({@code rx}) or sent it ({@code tx}). */
    private Count atSwitch(String direction, Vm vm) {
        for (JsonNode port :
                hosts().control(vm.host).request(Map.of("cmd", "list")).path("ports")) {
            if (port.path("name").asString().equals(vm.name)) {
                return new Count(
                        port.path(direction + "_frames").asLong(),
                        port.path(direction + "_bytes").asLong());
            }
        }
        throw new AssertionError("no port " + vm.name);
    }

    private static Count receivedInGuest(VmShell shell) throws Exception {
        String[] counts = shell.run("cd /sys/class/net/eth0/statistics; cat rx_packets rx_bytes")
                .split("\\s+");
        return new Count(Long.parseLong(counts[0]), Long.parseLong(counts[1]));
    }

    private void exchange(Vm one, Vm other) throws Exception {
        try (VmShell first = one.shell();
                VmShell second = other.shell()) {
            pings(one, first, other);
            fetches(one, first, other, second);
            fetches(other, second, one, first);
            assertThat(first.run("/usr/bin/perl /srv/echo.pl ask " + other.ip
                            + " 7 4 60 511 1472 1473 4096 8871 8872 8873 17000 32768 65507 65507 65507"))
                    .contains("echoed 14 datagrams");
        }
    }

    /** The longest that fits leaves as one frame, because guests forbid fragmenting it; it would be lost on a way too narrow. */
    private void pings(Vm one, VmShell shell, Vm other) throws Exception {
        assertThat(shell.run("ping -c 3 -s 56 " + other.ip)).contains(" 0% packet loss");
        Count before = atSwitch("rx", one);
        assertThat(shell.run("ping -c 3 -s " + (MTU - 28) + " " + other.ip)).contains(" 0% packet loss");
        assertThat(atSwitch("rx", one).bytes - before.bytes).isGreaterThanOrEqualTo(3 * (MTU + ETHERNET_BYTES));
        assertThat(atSwitch("rx", one).frames - before.frames).isLessThan(8);
        assertThat(shell.run("ping -c 2 -s 20000 " + other.ip)).contains(" 0% packet loss");
    }

    /** Over TCP from nginx in {@code server}. What a virtio card sends whole is cut for an emulated one by the host's kernel. */
    private void fetches(Vm client, VmShell clientShell, Vm server, VmShell serverShell) throws Exception {
        String sum = serverShell.run("md5sum </srv/www/blob");
        Count sent = atSwitch("rx", server);
        Count forwarded = atSwitch("tx", client);
        Count received = receivedInGuest(clientShell);
        assertThat(clientShell.run("wget -q -O - http://" + server.ip + "/blob | md5sum"))
                .isEqualTo(sum);
        double sentBytes = atSwitch("rx", server).meanBytesSince(sent);
        double forwardedBytes = atSwitch("tx", client).meanBytesSince(forwarded);
        double receivedBytes = receivedInGuest(clientShell).meanBytesSince(received);
        String means = "from %s %.0f bytes a frame, to %s %.0f, in it %.0f"
                .formatted(server.name, sentBytes, client.name, forwardedBytes, receivedBytes);
        if (server.nic == VmNic.VIRTIO) {
            assertThat(sentBytes).as(means).isGreaterThan(1.5 * MTU);
            assertThat(forwardedBytes).as(means).isGreaterThan(1.5 * MTU);
        } else {
            assertThat(sentBytes).as(means).isBetween(0.5 * MTU, MTU + ETHERNET_BYTES + 0.0);
        }
        if (client.nic == VmNic.E1000) {
            assertThat(receivedBytes).as(means).isLessThan(MTU + 20.0);
        }
    }
}
