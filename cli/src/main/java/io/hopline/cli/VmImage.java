package io.hopline.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a VM boots from, made of this machine's Debian packages alone: one of the distribution's kernels, fetched by apt, and
 * an initramfs with busybox, nginx, the libraries they need and the kernel modules of the VM's NIC.
 *
 * <p>It is kept in a cache directory under a name made of everything it was made from, so that a later run starts at once
 * and an upgraded package makes a new one; entries nobody used for a week are removed.
 *
 * @param kernel the compressed kernel
 * @param initramfs an uncompressed cpio archive, to which a guest's own files are appended
 */
public record VmImage(Path kernel, Path initramfs) {
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final Path NGINX = Path.of("/usr/sbin/nginx");
    private static final Duration UNUSED_KEPT = Duration.ofDays(7);
    private static final Pattern LIBRARY = Pattern.compile("(?:=> |^\\s*)(/\\S+)", Pattern.MULTILINE);
    /** Raise it when what {@link #buildInitramfs} writes changes. */
    private static final int LAYOUT = 2;

    /** The user's own cache directory (XDG Base Directory Specification). */
    public static Path defaultCache(Map<String, String> environment) {
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // Not user.home: in a user namespace that is root's, where we may not write.
        Path base = xdg.startsWith("/") ? Path.of(xdg) : Path.of(environment.getOrDefault("HOME", "/root"), ".cache");
        return base.resolve("hopline").resolve("vm");
    }

    /**
     * Takes the image from the cache, or makes it: about 27 MB are fetched, or 71 MB for a NIC that is not virtio.
     *
     * @param nic what the guest must have a driver for
     * @param cache a directory of our own, made when it is not there
     * @param progress told what is being done, in a few words
     * @throws CliException naming the package that is missing and how to install it
     */
    public static VmImage prepare(VmNic nic, Path cache, Consumer<String> progress) {
        requirePrograms();
        String kernelPackage = kernelPackage(nic.kernelMetaPackage());
        try {
            Files.createDirectories(cache);
            Path entry = cache.resolve(key(kernelPackage));
            if (!Files.isDirectory(entry)) {
                build(nic, kernelPackage, cache, entry, progress);
            }
            Files.setLastModifiedTime(entry, FileTime.from(Instant.now()));
            removeUnused(cache);
            return new VmImage(entry.resolve("vmlinuz"), entry.resolve("initramfs.cpio"));
        } catch (IOException failure) {
            throw CliException.failed("cannot make the VM's image in " + cache + ": " + failure);
        }
    }

    private static void requirePrograms() {
        if (!System.getProperty("os.arch").equals("amd64")) {
            throw CliException.failed("VM guests need an amd64 machine; this one is " + System.getProperty("os.arch"));
        }
        Map<Path, String> needed = Map.of(
                BUSYBOX,
                "busybox-static",
                NGINX,
                "nginx-light",
                Path.of("/usr/bin/qemu-system-x86_64"),
                "qemu-system-x86");
        needed.forEach((path, packageName) -> {
            if (!Files.isExecutable(path)) {
                throw CliException.failed("VM guests need " + path + ": apt-get install " + packageName);
            }
        });
        if (!ldd(BUSYBOX).isEmpty()) {
            throw CliException.failed(BUSYBOX + " is not a static program: apt-get install busybox-static");
        }
    }

    /** What the meta package stands for today, for example linux-image-6.1.0-56-cloud-amd64. */
    private static String kernelPackage(String metaPackage) {
        Optional<String> known = dependsOnKernel(metaPackage);
        if (known.isEmpty() && System.getProperty("user.name").equals("root")) {
            Program.run("apt-get", "update", "-q");
            known = dependsOnKernel(metaPackage);
        }
        return known.orElseThrow(() -> CliException.failed(
                "apt knows no " + metaPackage + ": VM guests need Debian's package lists (apt-get update)"));
    }

    private static Optional<String> dependsOnKernel(String metaPackage) {
        Matcher depends = Pattern.compile("Depends: (linux-image-\\S+)")
                .matcher(Program.run("sh", "-c", "apt-cache depends " + metaPackage + " 2>&1 || true"));
        return depends.find() ? Optional.of(depends.group(1)) : Optional.empty();
    }

    /** A name for this kernel and these programs, whose size and date stand for their versions. */
    private static String key(String kernelPackage) throws IOException {
        var parts = new ArrayList<String>();
        parts.add(String.valueOf(LAYOUT));
        parts.add(Program.run("apt-cache", "show", "--no-all-versions", kernelPackage));
        for (Path path : copied()) {
            parts.add(path + " " + Files.size(path) + " " + Files.getLastModifiedTime(path));
        }
        int hash = String.join("\n", parts).hashCode();
        return kernelPackage + "-" + HexFormat.of().toHexDigits(hash);
    }

    /** The programs, the nginx module that makes it sleep if it is there, and all their libraries. */
    private static List<Path> copied() {
        var all = new ArrayList<>(List.of(BUSYBOX, NGINX));
        if (Files.exists(NginxConfig.ECHO_MODULE)) {
            all.add(NginxConfig.ECHO_MODULE);
        }
        for (Path program : List.copyOf(all)) {
            ldd(program).stream().filter(library -> !all.contains(library)).forEach(all::add);
        }
        return all;
    }

    private static List<Path> ldd(Path program) {
        Matcher libraries =
                LIBRARY.matcher(Program.run("sh", "-c", "ldd \"$0\" 2>/dev/null || true", program.toString()));
        return libraries.results().map(found -> Path.of(found.group(1))).toList();
    }

    private static void build(VmNic nic, String kernelPackage, Path cache, Path entry, Consumer<String> progress)
            throws IOException {
        Path work = Files.createTempDirectory(cache, "making-");
        try {
            progress.accept("fetching " + kernelPackage);
            // apt-get download writes into the current directory; its own sandbox user may not be able to.
            Program.run(
                    "sh",
                    "-c",
                    "cd \"$0\" && apt-get -q -o APT::Sandbox::User=root download \"$1\" && dpkg -x \"$1\"_*.deb unpacked",
                    work.toString(),
                    kernelPackage);
            progress.accept("making the VM's initramfs");
            Path made = Files.createDirectory(work.resolve("made"));
            Path unpacked = work.resolve("unpacked");
            Files.move(find(unpacked.resolve("boot"), "vmlinuz-.*"), made.resolve("vmlinuz"));
            buildInitramfs(nic, unpacked, made.resolve("initramfs.cpio"));
            try {
                Files.move(made, entry, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileAlreadyExistsException otherRunWasFaster) {
                // Its image is made of the same things.
            }
        } finally {
            delete(work);
        }
    }

    private static void buildInitramfs(VmNic nic, Path unpacked, Path to) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(to));
                var archive = new CpioArchive(out)) {
            for (String directory :
                    List.of("bin", "dev", "proc", "sys", "run", "tmp", "var/log/nginx", "var/lib/nginx")) {
                archive.directory(directory);
            }
            for (Path path : copied()) {
                archive.copy(path, path.toString().substring(1), true);
            }
            archive.link("bin/sh", "busybox");
            archive.file("etc/passwd", "root:x:0:0:root:/:/bin/sh\n", false);
            archive.file("etc/group", "root:x:0:\n", false);
            Path modules = unpacked.resolve("lib/modules");
            var loaded = new ArrayList<String>();
            for (String module : nic.modules()) {
                if (addModule(modules, module, archive)) {
                    loaded.add(module);
                }
            }
            archive.file("etc/modules", String.join("\n", loaded) + "\n", false);
            archive.file("init", INIT, true);
            archive.file("etc/udhcpc.sh", DhcpClient.SCRIPT, true);
        }
    }

    /** False for a module that this kernel has built in. */
    private static boolean addModule(Path modules, String name, CpioArchive archive) throws IOException {
        Path builtin = find(modules, "modules\\.builtin");
        if (Files.readString(builtin).contains("/" + name + ".ko")) {
            return false;
        }
        Path file = find(modules, name + "\\.ko(\\.xz)?");
        if (file.toString().endsWith(".xz")) {
            Program.run("xz", "-dk", file.toString());
            file = file.resolveSibling(name + ".ko");
        }
        archive.copy(file, "modules/" + name + ".ko", false);
        return true;
    }

    private static Path find(Path directory, String name) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().matches(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException("the kernel's package has no " + name));
        }
    }

    private static void removeUnused(Path cache) throws IOException {
        Instant oldest = Instant.now().minus(UNUSED_KEPT);
        List<Path> entries;
        try (Stream<Path> listed = Files.list(cache)) {
            entries = listed.toList();
        }
        for (Path entry : entries) {
            if (Files.getLastModifiedTime(entry).toInstant().isBefore(oldest)) {
                delete(entry);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(directory)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    /** The guest's first process. What it prints goes to the serial console, from where {@link VmGuest} reads it. */
    private static final String INIT = """
            #!/bin/busybox sh
            export PATH=/bin:/sbin:/usr/sbin
            busybox=/bin/busybox
            $busybox --install -s /bin
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t devtmpfs dev /dev
            # A shell for whoever connects to the second serial port; in a session of its own it gets the terminal.
            while :; do setsid sh -c 'exec sh -i </dev/ttyS1 >/dev/ttyS1 2>&1'; sleep 1; done &
            while read -r module; do insmod "/modules/$module.ko"; done </etc/modules
            ip link set lo up
            ip link set eth0 up
            # A discover sent before the link is up would be lost, and the next one is a second away.
            until [ "$(cat /sys/class/net/eth0/carrier 2>/dev/null)" = 1 ]; do usleep 20000; done
            # Asks until it is answered, then stays in the background to renew; RFC 2132's option 26 is the MTU.
            udhcpc -i eth0 -s /etc/udhcpc.sh -O mtu -t 3 -T 1 -A 1
            ip -4 addr show dev eth0
            nginx -p /srv/ -e /srv/nginx.log -c /srv/nginx.conf &
            nginx=$!
            until grep -q ':0050 00000000:0000 0A' /proc/net/tcp || ! kill -0 $nginx 2>/dev/null; do usleep 20000; done
            kill -0 $nginx 2>/dev/null && echo "%1$s"
            wait $nginx
            echo "%2$s"
            while :; do sleep 3600; done
            """.formatted(VmGuest.READY, VmGuest.ENDED);
}
