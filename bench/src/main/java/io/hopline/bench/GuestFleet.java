package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import io.hopline.cli.NginxGuest;
import io.hopline.cli.VmGuest;
import io.hopline.cli.VmImage;
import io.hopline.packet.MacAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Guests of one kind on one host, each with an nginx that serves the same page; they end with the rig. */
final class GuestFleet {
    private static final String NETWORK = "bench";
    private static final String SUBNET = "10.99.0.0/16";
    private static final int PREFIX = 16;
    private static final int PER_BLOCK = 250;
    /** Virtual machines that boot at once: each keeps a processor busy. */
    private static final int BOOTING = 4;

    private static final Duration BOOT_TIMEOUT = Duration.ofMinutes(2);

    private final Rig rig;
    private final HoplineHost host;
    private final GuestKind kind;
    private final Optional<VmImage> image;
    private final List<Guest> guests = new ArrayList<>();

    /** A guest and the process that is it, or that serves in it. */
    private record Guest(String ip, long pid) {}

    /** What the controller says of a vNIC. */
    private record Vnic(String name, String ip, String mac, int mtu) {}

    /** Makes the network and plugs the rig's first guest into it, the client. */
    GuestFleet(Rig rig, HoplineHost host, GuestKind kind, Consumer<String> progress) {
        this.rig = rig;
        this.host = host;
        this.kind = kind;
        image = kind.nic().map(nic -> VmImage.prepare(nic, VmImage.defaultCache(System.getenv()), progress));
        host.rest().post("/api/v1/networks", Map.of("name", NETWORK, "subnet", SUBNET, "vni", 100));
        plug(vnic("client", rig.first().ip()), rig.first().netns());
    }

    private Vnic vnic(String name, String ip) {
        JsonNode vnic = host.rest().post("/api/v1/vnics", Map.of("name", name, "network", NETWORK, "ip", ip));
        return new Vnic(name, ip, vnic.path("mac").asString(), vnic.path("mtu").asInt());
    }

    private void plug(Vnic vnic, String netns) {
        host.node().plug(vnic.name, netns, vnic.mac, vnic.mtu);
        Rig.ip(netns, "addr", "add", vnic.ip + "/" + PREFIX, "dev", "eth0");
    }

    /** Adds guests until there are so many; returns when all of them serve. */
    void grow(int count) throws InterruptedException {
        while (guests.size() < count) {
            if (image.isPresent()) {
                boot(Math.min(BOOTING, count - guests.size()));
            } else {
                guests.add(container(next()));
            }
        }
    }

    private Vnic next() {
        int number = guests.size() + 1;
        return vnic("s" + number, "10.99." + (1 + number / PER_BLOCK) + "." + (1 + number % PER_BLOCK));
    }

    private Guest container(Vnic vnic) throws InterruptedException {
        String netns = rig.namespace(vnic.name);
        plug(vnic, netns);
        ChildProcess nginx = NginxGuest.start(netns, vnic.name, directory(vnic), 0);
        rig.undoLater("nginx of " + vnic.name, nginx::close);
        NginxGuest.awaitListening(nginx, netns);
        return new Guest(vnic.ip, nginx.pid());
    }

    private void boot(int count) throws InterruptedException {
        List<VmGuest> booting = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Vnic vnic = next();
            VmGuest machine = machine(vnic);
            booting.add(machine);
            guests.add(new Guest(vnic.ip, machine.pid()));
        }
        for (VmGuest machine : booting) {
            machine.awaitReady(BOOT_TIMEOUT);
        }
    }

    private VmGuest machine(Vnic vnic) {
        String tap = "t" + vnic.name;
        host.node().plugTap(vnic.name, tap, vnic.mtu);
        var plan = new VmGuest.Plan(
                vnic.name,
                Optional.of(host.namespace()),
                tap,
                kind.nic().orElseThrow(),
                MacAddress.parse(vnic.mac),
                0,
                Optional.empty());
        VmGuest machine = VmGuest.start(image.orElseThrow(), plan, directory(vnic));
        rig.undoLater("VM " + vnic.name, machine::close);
        return machine;
    }

    private Path directory(Vnic vnic) {
        return rig.directory().resolve(vnic.name);
    }

    int size() {
        return guests.size();
    }

    /** Addresses of the first so many. */
    String addresses(int count) {
        return String.join(",", guests.stream().limit(count).map(Guest::ip).toList());
    }

    /** All processes that are guests or serve in one: QEMU, or nginx and its worker. */
    List<Long> pids() {
        return guests.stream()
                .flatMap(guest -> Stream.concat(
                        Stream.of(guest.pid),
                        ProcessHandle.of(guest.pid).stream()
                                .flatMap(ProcessHandle::descendants)
                                .map(ProcessHandle::pid)))
                .toList();
    }

    /** Resident memory of a guest's processes, on average, MiB. */
    double guestMib() throws IOException {
        return ResidentMemory.residentKib(pids()) / 1024 / Math.max(1, guests.size());
    }
}
