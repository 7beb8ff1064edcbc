package io.hopline.cli;

import io.hopline.packet.MacAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A guest in a virtual machine: QEMU with its NIC on a TAP that already exists, and inside it the distribution's
 * kernel, busybox's DHCP client and a real nginx whose page names the guest.
 *
 * <p>QEMU interprets (TCG), so it needs no /dev/kvm and works in a machine that is itself virtual. It is our child, told by
 * the kernel to end with us, and is ended by {@link #close}.
 */
public final class VmGuest implements AutoCloseable {
    /** What the guest prints on its console when nginx listens. */
    static final String READY = "hopline-guest: ready";
    /** What it prints when nginx ended. */
    static final String ENDED = "hopline-guest: nginx ended";

    /** Name of the socket in the guest's directory. */
    static final String SHELL = "shell";

    private static final Path GUEST_DIRECTORY = Path.of("/srv");
    private static final int MEMORY_MB = 256;
    private static final int POLL_MS = 50;
    private static final int CONSOLE_LINES = 15;

    /**
     * What tells one guest from another.
     *
     * @param name the guest's name, which its page shows; 1 to 15 letters, digits and dashes
     * @param netns the namespace the TAP is in; empty for our own
     * @param tap name of a persistent TAP that is up; nobody else may have it open
     * @param nic the NIC's kind, for which the image was made
     * @param mac the address of the guest's NIC
     * @param delayMs how long nginx sleeps before each answer; 0 for not at all
     * @param accessLog where nginx sends a syslog line per request, see {@link NginxConfig}
     */
    public record Plan(
            String name,
            Optional<String> netns,
            String tap,
            VmNic nic,
            MacAddress mac,
            int delayMs,
            Optional<String> accessLog) {
        public Plan {
            if (!name.matches("[A-Za-z0-9-]{1,15}")) {
                throw CliException.badInput("a VM's name has 1 to 15 letters, digits and dashes: '" + name + "'");
            }
            if (!tap.matches("[^/\\s:,]{1,15}")) {
                throw CliException.badInput("not a TAP's name: '" + tap + "'");
            }
            if (mac.isGroup()) {
                throw CliException.badInput("a NIC cannot have the group address " + mac);
            }
        }
    }

    private final String name;
    private final ChildProcess qemu;
    private final Path console;

    private VmGuest(String name, ChildProcess qemu, Path console) {
        this.name = name;
        this.qemu = qemu;
        this.console = console;
    }

    /**
     * Starts the machine and returns at once; see {@link #awaitReady}.
     *
     * @param directory of this guest's own: its initramfs, {@code console.log}, {@code qemu.log} and {@code shell}, a socket
     *     behind which the guest's shell is
     */
    public static VmGuest start(VmImage image, Plan plan, Path directory) {
        if (plan.delayMs() > 0 && !Files.exists(NginxConfig.ECHO_MODULE)) {
            throw CliException.failed(
                    "a sleeping server needs " + NginxConfig.ECHO_MODULE + ": apt-get install libnginx-mod-http-echo");
        }
        Path initramfs = directory.resolve("initramfs.cpio");
        Path console = directory.resolve("console.log");
        try {
            Files.createDirectories(directory);
            Files.deleteIfExists(console);
            writeInitramfs(image, plan, initramfs);
        } catch (IOException failure) {
            throw CliException.failed("cannot write " + plan.name() + "'s files: " + failure.getMessage());
        }
        List<String> command = command(image, plan, initramfs, console);
        String what = "VM " + plan.name();
        Path log = directory.resolve("qemu.log");
        ChildProcess qemu = plan.netns()
                .map(netns -> ChildProcess.startIn(netns, what, log, command))
                .orElseGet(() -> ChildProcess.start(what, log, command));
        return new VmGuest(plan.name(), qemu, console);
    }

    /** The image's archive with one of the guest's own behind it: the kernel unpacks both. */
    private static void writeInitramfs(VmImage image, Plan plan, Path to) throws IOException {
        Files.copy(image.initramfs(), to, StandardCopyOption.REPLACE_EXISTING);
        try (var archive = new CpioArchive(Files.newOutputStream(to, StandardOpenOption.APPEND))) {
            archive.file("srv/www/index.html", NginxGuest.page(plan.name()), false);
            archive.directory("srv/tmp");
            archive.link("srv/nginx.log", "/dev/console");
            archive.file(
                    "srv/nginx.conf", new NginxConfig(GUEST_DIRECTORY, plan.delayMs(), plan.accessLog()).text(), false);
        }
    }

    /**
     * The q35 machine has timers that the guest can calibrate its clock against. A microvm boots a second faster but has
     * none, and on a busy host its kernel then hangs.
     */
    private static List<String> command(VmImage image, Plan plan, Path initramfs, Path console) {
        var command = new ArrayList<>(List.of("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot"));
        command.addAll(List.of("-display", "none", "-accel", "tcg", "-M", "q35", "-m", String.valueOf(MEMORY_MB)));
        command.addAll(List.of("-kernel", image.kernel().toString(), "-initrd", initramfs.toString()));
        command.addAll(List.of("-append", "console=ttyS0 quiet panic=-1 mitigations=off"));
        command.addAll(List.of("-serial", "file:" + doubleCommas(console)));
        Path shell = console.resolveSibling(SHELL);
        command.addAll(List.of("-serial", "unix:" + doubleCommas(shell) + ",server=on,wait=off"));
        command.addAll(List.of(
                "-netdev", "tap,id=nic,ifname=" + plan.tap() + ",script=no,downscript=no,vhost=off",
                // No boot ROM: it would need another package, and nothing boots from the network.
                "-device", plan.nic().model() + ",netdev=nic,romfile=,mac=" + plan.mac()));
        return List.copyOf(command);
    }

    /** As QEMU's option lists want a file's name. */
    private static String doubleCommas(Path file) {
        return file.toString().replace(",", ",,");
    }

    /**
     * Returns when the guest has its address and nginx listens.
     *
     * @throws CliException with the end of the console when QEMU or nginx ended, or it took longer
     */
    public void awaitReady(Duration timeout) throws InterruptedException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (!consoleText().contains(READY)) {
            qemu.requireAlive();
            if (consoleText().contains(ENDED)) {
                throw CliException.failed("nginx in VM " + name + " ended; its console ends with:\n" + consoleTail());
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw CliException.failed("VM " + name + " is not ready after " + timeout.toSeconds()
                        + " s; its console ends with:\n" + consoleTail());
            }
            Thread.sleep(POLL_MS);
        }
    }

    /** What the guest printed so far; a console is a few kilobytes. */
    private String consoleText() {
        try {
            return Files.exists(console) ? Files.readString(console, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException unreadable) {
            return "";
        }
    }

    private String consoleTail() {
        List<String> lines = consoleText().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - CONSOLE_LINES), lines.size()));
    }

    /** Of QEMU. */
    public long pid() {
        return qemu.pid();
    }

    boolean alive() {
        return qemu.alive();
    }

    @Override
    public void close() throws InterruptedException {
        qemu.close();
    }
}
