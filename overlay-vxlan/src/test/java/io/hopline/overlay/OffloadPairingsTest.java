package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.guests.PatchCable;
import io.hopline.linux.Errno;
import io.hopline.linux.MessageBatch;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.linux.UdpSocket;
import io.hopline.packet.DropReason;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.vnic.PacketPort;
import io.hopline.vnic.TapPort;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every way to a guest with every other, with and without offloads at either end: TCP, datagram trains (UDP_SEGMENT) and
 * fragmented datagrams up to the largest, over IPv4 and IPv6, in both directions, compared byte by byte.
 */
@Tag("netns")
class OffloadPairingsTest {
    private static final int TCP_BYTES = 1_000_000;
    private static final int TRAIN = 40;
    private static final int DATAGRAM_BYTES = 1_200;
    private static final int VNI = 7;
    /** What an IPv6 underlay of 1,500 leaves. */
    private static final int MTU = 1_430;

    /** Where a guest is, as the switch sees it. */
    private enum Place {
        TAP,
        VETH,
        VMM,
        /** On another host, behind our tunnel over IPv6, on a TAP there. */
        REMOTE
    }

    private record Guest(NetNs ns, int number, Port port, List<Runnable> offloadsOff, List<Runnable> offloadsOn) {
        String ipv4() {
            return "10.7.0." + number;
        }

        String ipv6() {
            return "fd00:7::" + number;
        }

        void offloads(boolean on) {
            (on ? offloadsOn : offloadsOff).forEach(Runnable::run);
        }
    }

    private final Guests guests = new Guests();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final List<Port> ports = new ArrayList<>();
    private NetNs host = NetNs.current();
    /** Of the frames between two guests of this host. */
    private final AtomicInteger longest = new AtomicInteger();

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
        host = guests.create();
    }

    @AfterEach
    void close() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        guests.close();
    }

    private Guest attach(Place place, int number) {
        NetNs ns = guests.create();
        String near = "h" + number + "x" + ThreadLocalRandom.current().nextInt(1_000_000);
        Port port = switch (place) {
            case TAP, REMOTE -> TapPort.open(ns, "guest" + number, "eth0", mac(number), MTU);
            case VETH -> {
                host.ip("link", "add", near, "type", "veth", "peer", "name", near + "p");
                host.run(() -> ns.adopt(near + "p", "eth0"));
                yield packetPort(near, number);
            }
            case VMM -> {
                opened.push(new VmmGuest(host, near, ns));
                yield packetPort(near, number);
            }
        };
        ports.add(port);
        ns.ip("link", "set", "eth0", "mtu", Integer.toString(MTU), "up");
        Guest guest = new Guest(ns, number, port, new ArrayList<>(), new ArrayList<>());
        ns.ip("addr", "add", guest.ipv4() + "/24", "dev", "eth0");
        ns.ip("addr", "add", guest.ipv6() + "/64", "dev", "eth0", "nodad");
        switchable(guest, ns, "eth0");
        if (place == Place.VETH || place == Place.VMM) {
            switchable(guest, host, near);
        }
        return guest;
    }

    private PacketPort packetPort(String device, int number) {
        host.ip("link", "set", device, "mtu", Integer.toString(MTU), "up");
        return PacketPort.open(host, device, "guest" + number, Port.Kind.VNIC);
    }

    private static MacAddress mac(int number) {
        return new MacAddress(0x0200_0000_0000L | number);
    }

    /** Without checksum offload a device has no segmentation offload either: the kernel finishes what it is given. */
    private static void switchable(Guest guest, NetNs ns, String device) {
        guest.offloadsOff().add(() -> finishes(ns, device, false));
        guest.offloadsOn().add(() -> finishes(ns, device, true));
    }

    private static void finishes(NetNs ns, String name, boolean byDevice) {
        ns.run(() -> {
            try (NetDevice device = NetDevice.open(name)) {
                device.finishesPackets(byDevice);
            }
        });
    }

    private void connect(Place right, Guest a, Guest b) {
        if (right != Place.REMOTE) {
            opened.push(PatchCable.between(
                    a.port(), b.port(), frame -> longest.accumulateAndGet(frame.length(), Math::max)));
            return;
        }
        NetNs far = guests.create();
        String there = "hlp" + ThreadLocalRandom.current().nextInt(1_000_000);
        host.ip("link", "add", "under0", "type", "veth", "peer", "name", there);
        host.run(() -> far.adopt(there, "under0"));
        host.ip("link", "set", "under0", "up");
        far.ip("link", "set", "under0", "up");
        host.ip("addr", "add", "2001:db8::1/64", "dev", "under0", "nodad");
        far.ip("addr", "add", "2001:db8::2/64", "dev", "under0", "nodad");
        IpAddress ours = IpAddress.parse("2001:db8::1");
        IpAddress theirs = IpAddress.parse("2001:db8::2");
        VxlanPort here = VxlanPort.open(host, ours, "vxlan0");
        VxlanPort farTunnel = VxlanPort.open(far, theirs, "vxlan0");
        assertThat(here.mtu()).isEqualTo(MTU);
        ports.add(here);
        ports.add(farTunnel);
        opened.push(TunnelCable.between(a.port(), here, theirs, VNI));
        opened.push(TunnelCable.between(b.port(), farTunnel, ours, VNI));
    }

    @ParameterizedTest
    @CsvSource({
        "TAP, TAP",
        "TAP, VETH",
        "TAP, VMM",
        "VETH, VETH",
        "VETH, VMM",
        "VMM, VMM",
        "TAP, REMOTE",
        "VETH, REMOTE",
        "VMM, REMOTE"
    })
    void everyByteArrivesWhicheverOffloadsThereAre(Place left, Place right) throws Exception {
        Guest a = attach(left, 1);
        Guest b = attach(right, 2);
        connect(right, a, b);
        Awaitility.await().until(() -> Guests.ping(a.ns(), b.ipv4()));
        Awaitility.await().until(() -> Guests.ping(a.ns(), b.ipv6()));
        for (int offloads = 0; offloads < 4; offloads++) {
            a.offloads((offloads & 1) == 0);
            b.offloads((offloads & 2) == 0);
            longest.set(0);
            both(a, b);
            both(b, a);
            if (right != Place.REMOTE) {
                boolean superFrames = longest.get() > 14 + MTU;
                assertThat(superFrames).as("super-frames").isEqualTo(offloads != 3);
            }
        }
        a.offloads(true);
        b.offloads(true);
        fourStreams(a, b);
        for (Port port : ports) {
            for (DropReason reason : DropReason.values()) {
                assertThat(port.counters().drops(reason))
                        .as(port.name() + " " + reason.label())
                        .isZero();
            }
        }
        for (Guest guest : List.of(a, b)) {
            long sent = tcpCount(guest.ns(), "OutSegs");
            assertThat(tcpCount(guest.ns(), "RetransSegs")).as("of " + sent).isLessThanOrEqualTo(10 + sent / 20);
        }
    }

    private static void both(Guest from, Guest to) throws Exception {
        for (String address : List.of(to.ipv4(), to.ipv6())) {
            Guests.transfer(from.ns(), to.ns(), address, TCP_BYTES);
            try (DatagramSocket receiver = to.ns().call(() -> new DatagramSocket(0, InetAddress.getByName(address)))) {
                receiver.setSoTimeout(10_000);
                train(from.ns(), address, receiver);
                fragmented(from.ns(), receiver);
            }
        }
    }

    /** One super-datagram that the guest's kernel, its device, or somebody further on has to cut. */
    private static void train(NetNs from, String address, DatagramSocket receiver) throws IOException {
        byte[] payload = new byte[TRAIN * DATAGRAM_BYTES - 77];
        new Random(payload.length).nextBytes(payload);
        IpAddress to = IpAddress.parse(address);
        try (UdpSocket sender = from.call(() -> UdpSocket.open(new byte[to.bytes().length], 0));
                MessageBatch message = new MessageBatch(1, 1);
                Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(payload.length);
            memory.copyFrom(MemorySegment.ofArray(payload));
            message.buffer(0, memory, 0, payload.length);
            switch (to) {
                case Ipv4Address ipv4 -> message.destination(0, ipv4.bits(), receiver.getLocalPort());
                case Ipv6Address ipv6 -> message.destination(0, ipv6.high(), ipv6.low(), receiver.getLocalPort());
            }
            message.segmentSize(0, DATAGRAM_BYTES);
            int sent = sender.send(message, 0, 1);
            // Kernels before 6.11 have no UDP_SEGMENT for devices without checksum offload.
            if (sent == -Errno.EIO) {
                return;
            }
            assertThat(sent).isEqualTo(1);
        }
        for (int at = 0; at < payload.length; at += DATAGRAM_BYTES) {
            assertThat(received(receiver))
                    .isEqualTo(Arrays.copyOfRange(payload, at, Math.min(payload.length, at + DATAGRAM_BYTES)));
        }
    }

    private static void fragmented(NetNs from, DatagramSocket receiver) throws IOException {
        try (DatagramSocket sender = from.call(() -> new DatagramSocket())) {
            sender.setSendBufferSize(1 << 20);
            for (int bytes : new int[] {0, 1, 1_402, 1_403, 5_001, 65_507}) {
                byte[] payload = new byte[bytes];
                new Random(bytes).nextBytes(payload);
                sender.send(new DatagramPacket(
                        payload, bytes, new InetSocketAddress(receiver.getLocalAddress(), receiver.getLocalPort())));
                assertThat(received(receiver)).isEqualTo(payload);
            }
        }
    }

    private static byte[] received(DatagramSocket receiver) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        receiver.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private static void fourStreams(Guest a, Guest b) throws InterruptedException {
        AtomicInteger whole = new AtomicInteger();
        List<Thread> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(Thread.ofPlatform().start(() -> {
                try {
                    Guests.transfer(a.ns(), b.ns(), b.ipv4(), 4 * TCP_BYTES);
                    whole.incrementAndGet();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Thread stream : streams) {
            stream.join();
        }
        assertThat(whole).hasValue(4);
    }

    /** A counter of the namespace's TCP, from /proc/net/snmp. */
    private static long tcpCount(NetNs ns, String name) throws IOException {
        List<String> lines = ns.call(() -> Files.readAllLines(Path.of("/proc/thread-self/net/snmp"))).stream()
                .filter(line -> line.startsWith("Tcp:"))
                .toList();
        int column = Arrays.asList(lines.getFirst().split(" ")).indexOf(name);
        return Long.parseLong(lines.getLast().split(" ")[column]);
    }
}
