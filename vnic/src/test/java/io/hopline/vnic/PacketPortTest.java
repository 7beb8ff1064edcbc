package io.hopline.vnic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.guests.PatchCable;
import io.hopline.linux.Clock;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.linux.Poller;
import io.hopline.linux.Tap;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv4;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port.Kind;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class PacketPortTest {
    private static final MacAddress GUEST_MAC = MacAddress.parse("02:00:00:00:00:0a");

    private final Guests guests = new Guests();

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
    }

    @AfterEach
    void close() {
        guests.close();
    }

    /** A veth whose near end is {@code name} in the host and whose far end is eth0 in a new guest. */
    private NetNs guestOnVeth(NetNs host, String name, String address) {
        NetNs guest = guests.create();
        host.ip("link", "add", name, "type", "veth", "peer", "name", name + "p");
        host.run(() -> guest.adopt(name + "p", "eth0"));
        host.ip("link", "set", name, "up");
        guest.ip("addr", "add", address, "dev", "eth0");
        return guest;
    }

    @Test
    void aTapGuestAndAnUplinkTransferSuperFramesWithStamps() throws Exception {
        NetNs host = guests.create();
        NetNs outside = guestOnVeth(host, "up0", "10.9.1.2/24");
        NetNs inside = guests.create();
        TapPort tap = TapPort.open(inside, "tap-in", "eth0", GUEST_MAC, 1500);
        inside.ip("addr", "add", "10.9.1.1/24", "dev", "eth0");
        PacketPort uplink = PacketPort.open(host, "up0", "up0", Kind.UPLINK);
        assertThat(uplink.mtu()).isEqualTo(1500);
        assertThat(uplink.isUp()).isTrue();
        AtomicInteger longest = new AtomicInteger();
        List<Long> waitsNs = Collections.synchronizedList(new ArrayList<>());
        try (PatchCable cable = PatchCable.between(tap, uplink, frame -> {
            longest.accumulateAndGet(frame.length(), Math::max);
            if (frame.rxKernelNs() != 0) {
                waitsNs.add(Clock.realtimeNs() - frame.rxKernelNs());
            }
        })) {
            assertThat(Guests.ping(inside, "10.9.1.2")).isTrue();
            Guests.transfer(inside, outside, "10.9.1.2", 20_000_000);
            Guests.transfer(outside, inside, "10.9.1.1", 20_000_000);
        }
        assertThat(longest.get()).isGreaterThan(20_000);
        assertThat(waitsNs).isNotEmpty().allSatisfy(ns -> assertThat(ns).isBetween(0L, 10_000_000_000L));
        assertThat(uplink.counters().rxFrames()).isEqualTo(waitsNs.size());
        for (DropReason reason : DropReason.values()) {
            assertThat(tap.counters().drops(reason) + uplink.counters().drops(reason))
                    .as(reason.label())
                    .isZero();
        }
    }

    /** Each flow comes in by one queue, nothing twice, and neither what the host nor what another queue sends. */
    @Test
    void queuesShareADevicesFlows() throws Exception {
        NetNs host = guests.create();
        NetNs guest = guestOnVeth(host, "vq", "10.9.4.2/24");
        host.ip("addr", "add", "10.9.4.1/24", "dev", "vq");
        int flows = 20;
        int each = 10;
        List<PacketPort> queues = PacketPort.openQueues(host, "vq", "vq", Kind.VNIC, 2);
        try (PacketPort first = queues.get(0);
                PacketPort second = queues.get(1);
                FramePool pool = FramePool.of(512)) {
            guest.ip("neigh", "add", "10.9.4.1", "lladdr", first.mac().toString(), "dev", "eth0");
            for (int i = 0; i < each; i++) {
                second.transmit(TapPortTest.broadcast(pool));
                second.flush();
                guest.run(() -> sendDatagrams(flows, "10.9.4.1"));
            }
            Map<Integer, Integer> byFlow = new HashMap<>();
            int bySecond = datagrams(second, pool, byFlow, 1 << 16);
            int byFirst = datagrams(first, pool, byFlow, 1);
            assertThat(byFirst).isPositive();
            assertThat(bySecond).isPositive();
            assertThat(byFirst + bySecond).as("nothing twice").isEqualTo(flows * each);
            assertThat(byFlow)
                    .hasSize(flows)
                    .allSatisfy((port, count) ->
                            assertThat(count).as("of one queue alone").isIn(each, each << 16));
            assertThat(pool.available()).isEqualTo(pool.capacity());
        }
    }

    /** One datagram from each of so many fixed ports. */
    private static void sendDatagrams(int flows, String address) {
        for (int i = 0; i < flows; i++) {
            try (DatagramSocket socket = new DatagramSocket(7_000 + i)) {
                socket.send(new DatagramPacket(new byte[20], 20, InetAddress.getByName(address), 9));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Receives all there is and counts IPv4 UDP frames, each as {@code unit} under its source port. */
    private static int datagrams(PacketPort port, FramePool pool, Map<Integer, Integer> byFlow, int unit) {
        int count = 0;
        Batch batch = new Batch();
        while (port.receive(pool, batch) > 0) {
            for (int i = 0; i < batch.size(); i++) {
                Frame frame = batch.frame(i);
                long ip = frame.offset() + Ethernet.BYTES;
                assertThat(Ethernet.type(frame.memory(), frame.offset()))
                        .as("what we send")
                        .isNotEqualTo(0x88b5);
                assertThat(Ethernet.source(frame.memory(), frame.offset()))
                        .as("what the host sends, which has nobody listening and says so")
                        .isNotEqualTo(port.mac().bits());
                if (Ethernet.type(frame.memory(), frame.offset()) == Ethernet.TYPE_IPV4
                        && Ipv4.protocol(frame.memory(), ip) == IpProtocol.UDP) {
                    byFlow.merge(Wire.u16(frame.memory(), ip + Ipv4.MIN_BYTES), unit, Integer::sum);
                    count++;
                }
                frame.release();
            }
            batch.clear();
        }
        return count;
    }

    @Test
    void guestsWhoseDevicesCannotSegmentAreServedAllTheSame() throws Exception {
        NetNs host = guests.create();
        NetNs a = guestOnVeth(host, "va", "10.9.2.1/24");
        NetNs b = guestOnVeth(host, "vb", "10.9.2.2/24");
        PacketPort left = PacketPort.open(host, "va", "va", Kind.VNIC);
        PacketPort right = PacketPort.open(host, "vb", "vb", Kind.VNIC);
        // Only now, as when a guest's driver comes up and negotiates less than the device had.
        host.run(() -> {
            for (String name : List.of("va", "vb")) {
                try (NetDevice device = NetDevice.open(name)) {
                    device.finishesPackets(false);
                }
            }
        });
        try (PatchCable cable = PatchCable.between(left, right)) {
            Guests.transfer(a, b, "10.9.2.2", 5_000_000);
            Guests.transfer(b, a, "10.9.2.1", 5_000_000);
        }
    }

    @Test
    void anSctpChecksumThatAVethLeftOpenIsFinished() {
        NetNs host = guests.create();
        NetNs guest = guestOnVeth(host, "vs", "10.9.3.1/24");
        try (FramePool pool = FramePool.of(8);
                PacketPort port = PacketPort.open(host, "vs", "vs", Kind.VNIC);
                PacketPort sender = PacketPort.open(guest, "eth0", "eth0", Kind.VNIC)) {
            Frame frame = TapPortTest.broadcast(pool);
            MemorySegment memory = frame.memory();
            frame.length(14 + 20 + 32);
            Ethernet.type(memory, frame.offset(), Ethernet.TYPE_IPV4);
            MemorySegment.copy(
                    HexFormat.of().parseHex("450000340000400040840000" + "0a0900010a090002" + "00".repeat(32)),
                    0,
                    memory,
                    ValueLayout.JAVA_BYTE,
                    frame.offset() + 14,
                    52);
            VnetHeader.flags(memory, frame.vnet(), VnetHeader.NEEDS_CHECKSUM);
            VnetHeader.checksumStart(memory, frame.vnet(), 34);
            VnetHeader.checksumOffset(memory, frame.vnet(), 8);
            Awaitility.await().until(() -> port.isUp() && sender.isUp());
            sender.transmit(frame);
            sender.flush();
            Frame arrived = first(port, pool, Ethernet.TYPE_IPV4);
            assertThat(VnetHeader.needsChecksum(arrived.memory(), arrived.vnet()))
                    .isFalse();
            // RFC 3720, appendix B.4: the CRC32c of 32 zeros.
            assertThat(arrived.memory().asSlice(arrived.offset() + 34 + 8, 4).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(HexFormat.of().parseHex("aa36918a"));
            arrived.release();
        }
    }

    @Test
    void aTapThatAnotherProgramHoldsIsAGuest() {
        NetNs host = guests.create();
        try (Tap vmm = host.call(() -> Tap.open("vm0"));
                FramePool pool = FramePool.of(8)) {
            host.ip("link", "set", "vm0", "up");
            try (PacketPort port = PacketPort.open(host, "vm0", "vm", Kind.VNIC)) {
                Awaitility.await().until(port::isUp);
                byte[] sent =
                        HexFormat.of().parseHex("00".repeat(10) + "ffffffffffff02000000000a88b5" + "5a".repeat(46));
                assertThat(write(vmm, sent)).isEqualTo(sent.length);
                Frame frame = first(port, pool, 0x88b5);
                assertThat(frame.length()).isEqualTo(60);
                assertThat(frame.rxKernelNs()).isPositive();
                port.transmit(frame);
                port.flush();
                assertThat(readUntil(vmm, "88b5")).isEqualTo(sent);
                assertThat(pool.available()).isEqualTo(8);
            }
        }
    }

    @Test
    void anOuterVlanTagIsPutBackAndThePartialChecksumMovesAlong() {
        NetNs host = guests.create();
        try (Tap vmm = host.call(() -> Tap.open("vm0"));
                FramePool pool = FramePool.of(8)) {
            host.ip("link", "set", "vm0", "up");
            try (PacketPort port = PacketPort.open(host, "vm0", "vm", Kind.VNIC)) {
                Awaitility.await().until(port::isUp);
                // Checksum from byte 38 on, stored 6 bytes on: UDP behind Ethernet, VLAN 7 with priority 1, and IPv4.
                byte[] sent = HexFormat.of()
                        .parseHex("01000000000026000600" + "ffffffffffff02000000000a" + "81002007" + "0800"
                                + "450000300000400040116ca90a4d00010a4d0002" + "1b581b59001c1234" + "5a".repeat(20));
                assertThat(write(vmm, sent)).isEqualTo(sent.length);
                Frame frame = first(port, pool, Ethernet.TYPE_VLAN);
                assertThat(frame.length()).isEqualTo(sent.length - 10);
                assertThat(VnetHeader.needsChecksum(frame.memory(), frame.vnet()))
                        .isTrue();
                assertThat(VnetHeader.checksumStart(frame.memory(), frame.vnet()))
                        .isEqualTo(38);
                byte[] received =
                        frame.memory().asSlice(frame.offset(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
                assertThat(received).isEqualTo(Arrays.copyOfRange(sent, 10, sent.length));
                port.transmit(frame);
                port.flush();
                byte[] back = readUntil(vmm, "81002007");
                assertThat(Arrays.copyOfRange(back, 10, back.length)).isEqualTo(received);
                assertThat(pool.available()).isEqualTo(8);
            }
        }
    }

    private static int write(Tap tap, byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            return tap.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), 0, bytes.length);
        }
    }

    /** The first frame, vnet header included, whose type field starts with these hex digits. */
    private static byte[] readUntil(Tap tap, String type) {
        byte[][] found = new byte[1][];
        Awaitility.await().until(() -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment memory = arena.allocate(2048);
                int read = tap.read(memory, 0, 2048);
                if (read < 24) {
                    return false;
                }
                byte[] bytes = memory.asSlice(0, read).toArray(ValueLayout.JAVA_BYTE);
                found[0] = bytes;
                return HexFormat.of().formatHex(bytes, 22, read).startsWith(type);
            }
        });
        return found[0];
    }

    /** Waits for the first frame of a type and releases the others. */
    private static Frame first(PacketPort port, FramePool pool, int type) {
        Batch batch = new Batch();
        Frame[] found = new Frame[1];
        try (Poller poller = new Poller(1)) {
            poller.watch(0, port.readinessFd());
            while (found[0] == null) {
                assertThat(poller.poll(5_000)).as("a frame within five seconds").isEqualTo(1);
                port.receive(pool, batch);
                for (int i = 0; i < batch.size(); i++) {
                    Frame frame = batch.frame(i);
                    if (found[0] == null && Ethernet.type(frame.memory(), frame.offset()) == type) {
                        found[0] = frame;
                    } else {
                        frame.release();
                    }
                }
                batch.clear();
            }
        }
        return found[0];
    }

    @Test
    void aDeviceThatGoesDownOrAwayIsNoticed() {
        NetNs host = guests.create();
        guestOnVeth(host, "va", "10.9.4.1/24");
        try (PacketPort port = PacketPort.open(host, "va", "va", Kind.VNIC);
                FramePool pool = FramePool.of(4)) {
            Awaitility.await().until(port::isUp);
            host.ip("link", "set", "va", "down");
            Awaitility.await().until(() -> !port.isUp());
            port.receive(pool, new Batch());
            port.transmit(TapPortTest.broadcast(pool));
            port.flush();
            assertThat(port.counters().drops(DropReason.NO_PORT)).isEqualTo(1);
            host.ip("link", "set", "va", "up");
            Awaitility.await().until(port::isUp);
            host.ip("link", "delete", "va");
            Awaitility.await().until(() -> !port.isUp());
            port.receive(pool, new Batch());
            port.transmit(TapPortTest.broadcast(pool));
            port.flush();
            assertThat(port.counters().drops(DropReason.NO_PORT)).isEqualTo(2);
            assertThat(pool.available()).isEqualTo(4);
        }
        assertThatThrownBy(() -> PacketPort.open(host, "va", "va", Kind.VNIC))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("device 'va'");
    }

    @Test
    void anEmptyPoolDropsWithItsReasonAndReadinessEnds() {
        NetNs host = guests.create();
        NetNs a = guestOnVeth(host, "va", "10.9.5.1/24");
        try (PacketPort port = PacketPort.open(host, "va", "va", Kind.VNIC);
                FramePool pool = FramePool.of(1)) {
            Frame only = TapPortTest.broadcast(pool);
            a.run(() -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    socket.send(new DatagramPacket(new byte[1], 1, InetAddress.getByName("10.9.5.9"), 9));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Awaitility.await().until(() -> {
                port.receive(pool, new Batch());
                return port.counters().drops(DropReason.POOL_EMPTY) > 0;
            });
            only.release();
        }
    }

    @Test
    void aVmmsTapIsMadeWhereTheHostIsAndTakenAsItIsWhenItIsThere() {
        NetNs host = guests.create();
        try (PacketPort made = PacketPort.openTap(host, "tap-vm", "vm", OptionalInt.of(1430), 1)
                .getFirst()) {
            assertThat(made.mtu()).isEqualTo(1430);
        }
        host.ip("link", "set", "tap-vm", "down");
        try (PacketPort again =
                PacketPort.openTap(host, "tap-vm", "vm", OptionalInt.empty(), 1).getFirst()) {
            assertThat(again.mtu()).isEqualTo(1430);
            assertThat(host.ip("link", "show", "tap-vm")).contains(",UP");
        }
        assertThatThrownBy(() -> PacketPort.openTap(host, "lo", "vm", OptionalInt.empty(), 1))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("'lo' is busy: an interface of another kind has that name");
    }
}
