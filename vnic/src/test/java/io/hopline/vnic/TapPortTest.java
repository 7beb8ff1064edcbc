package io.hopline.vnic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.guests.PatchCable;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.linux.Poller;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.VnetHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class TapPortTest {
    private static final MacAddress MAC_A = MacAddress.parse("02:00:00:00:00:0a");
    private static final MacAddress MAC_B = MacAddress.parse("02:00:00:00:00:0b");

    /** Less than ten frames received, as {@code ip -s link} prints it. */
    private static final Pattern RX_FEW = Pattern.compile("RX:[^\\n]*\\n\\s+\\d+\\s+\\d\\s");

    private final Guests guests = new Guests();

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
    }

    @AfterEach
    void close() {
        guests.close();
    }

    private static TapPort port(NetNs host, NetNs guest, String name, MacAddress mac, String address) {
        TapPort port = host.call(() -> TapPort.open(guest, name, "eth0", mac, 1500));
        guest.ip("addr", "add", address, "dev", "eth0", "nodad");
        return port;
    }

    @Test
    void twoGuestsPingAndTransferWithSuperFrames() throws Exception {
        NetNs host = guests.create();
        NetNs a = guests.create();
        NetNs b = guests.create();
        TapPort left = port(host, a, "tap-a", MAC_A, "10.9.0.1/24");
        TapPort right = port(host, b, "tap-b", MAC_B, "10.9.0.2/24");
        AtomicInteger longest = new AtomicInteger();
        try (PatchCable cable =
                PatchCable.between(left, right, frame -> longest.accumulateAndGet(frame.length(), Math::max))) {
            assertThat(Guests.ping(a, "10.9.0.2")).isTrue();
            Guests.transfer(a, b, "10.9.0.2", 20_000_000);
            Guests.transfer(b, a, "10.9.0.1", 20_000_000);
        }
        assertThat(longest.get()).isGreaterThan(20_000);
        assertThat(left.counters().rxBytes()).isGreaterThan(20_000_000);
        assertThat(left.counters().txBytes()).isGreaterThan(20_000_000);
        for (DropReason reason : DropReason.values()) {
            assertThat(left.counters().drops(reason) + right.counters().drops(reason))
                    .as(reason.label())
                    .isZero();
        }
    }

    /** A burst of equal datagrams enters the guest's kernel as one frame, and its socket gets every one of them. */
    @Test
    void aBurstOfDatagramsArrivesWholeAndInOrderAndIsCountedByTheDatagram() throws Exception {
        NetNs host = guests.create();
        NetNs a = guests.create();
        NetNs b = guests.create();
        int datagrams = 50;
        try (TapPort left = port(host, a, "tap-a", MAC_A, "10.9.0.1/24");
                TapPort right = port(host, b, "tap-b", MAC_B, "10.9.0.2/24");
                FramePool pool = FramePool.of(128);
                DatagramSocket receiver = b.call(() -> new DatagramSocket(7000, InetAddress.getByName("10.9.0.2")));
                DatagramSocket sender = a.call(() -> new DatagramSocket())) {
            a.ip("neigh", "add", "10.9.0.2", "lladdr", MAC_B.toString(), "dev", "eth0");
            Batch batch = new Batch();
            left.receive(pool, batch);
            forward(batch, right);
            long before = right.counters().txFrames();
            for (int i = 0; i < datagrams; i++) {
                byte[] payload = {(byte) i, (byte) (i * 7), 3};
                sender.send(new DatagramPacket(payload, 3, InetAddress.getByName("10.9.0.2"), 7000));
            }
            assertThat(left.receive(pool, batch)).isEqualTo(datagrams);
            forward(batch, right);

            assertThat(right.counters().txFrames() - before).isEqualTo(datagrams);
            assertThat(pool.available()).isEqualTo(pool.capacity());
            receiver.setSoTimeout(10_000);
            DatagramPacket got = new DatagramPacket(new byte[16], 16);
            for (int i = 0; i < datagrams; i++) {
                receiver.receive(got);
                assertThat(got.getLength()).isEqualTo(3);
                assertThat(got.getData()).startsWith(i, i * 7, 3);
            }
            assertThat(b.ip("-s", "link", "show", "dev", "eth0"))
                    .as("frames the guest got")
                    .containsPattern(RX_FEW);
        }
    }

    /** What is written on a queue has its answers come out of the same queue, and a flow keeps to one. */
    @Test
    void bothDirectionsOfAConnectionKeepToOneQueue() throws Exception {
        NetNs host = guests.create();
        NetNs a = guests.create();
        NetNs b = guests.create();
        List<TapPort> left = host.call(() -> TapPort.openQueues(a, "tap-a", "eth0", MAC_A, 1500, 2));
        List<TapPort> right = host.call(() -> TapPort.openQueues(b, "tap-b", "eth0", MAC_B, 1500, 2));
        a.ip("addr", "add", "10.9.0.1/24", "dev", "eth0");
        b.ip("addr", "add", "10.9.0.2/24", "dev", "eth0");
        int used = 0;
        try (PatchCable first = PatchCable.between(left.get(0), right.get(0));
                PatchCable second = PatchCable.between(left.get(1), right.get(1))) {
            for (int connection = 0; connection < 12; connection++) {
                long[] sent = received(left);
                long[] answered = received(right);
                Guests.transfer(a, b, "10.9.0.2", 2_000_000);
                int queue = received(left)[0] - sent[0] > 1_000_000 ? 0 : 1;
                assertThat(received(left)[queue] - sent[queue]).isGreaterThan(2_000_000);
                assertThat(received(right)[queue] - answered[queue]).isGreaterThan(500);
                // ARP and neighbour discovery have flows of their own.
                assertThat(received(left)[1 - queue] - sent[1 - queue]).isLessThan(500);
                assertThat(received(right)[1 - queue] - answered[1 - queue]).isLessThan(500);
                used |= 1 << queue;
            }
        }
        assertThat(used).as("both queues, one bit each").isEqualTo(3);
        assertThatThrownBy(() -> a.ip("link", "show", "dev", "eth0")).isInstanceOf(LinuxException.class);
    }

    private static long[] received(List<TapPort> queues) {
        return queues.stream().mapToLong(queue -> queue.counters().rxBytes()).toArray();
    }

    @Test
    void queuesOfANameThatIsTakenLeaveNothingBehind() {
        NetNs host = guests.create();
        NetNs guest = guests.create();
        try (TapPort single = TapPort.open(guest, "one", "eth0", MAC_A, 1500)) {
            assertThatThrownBy(() -> host.call(() -> TapPort.openQueues(guest, "two", "eth0", MAC_B, 1500, 2)))
                    .hasMessageContaining("has a device of that name already");
            assertThat(single.isUp()).isTrue();
        }
        assertThatThrownBy(() -> host.call(() -> TapPort.openQueues(guest, "tap-z", "eth0", MAC_A, 10, 2)))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("mtu 10");
        assertThat(guest.ip("link", "show")).doesNotContain("eth0");
    }

    private static void forward(Batch batch, TapPort to) {
        for (int i = 0; i < batch.size(); i++) {
            to.transmit(batch.frame(i));
        }
        batch.clear();
        to.flush();
    }

    @Test
    void theGuestsDeviceHasTheNameAddressAndMtuAskedFor() {
        NetNs host = guests.create();
        NetNs guest = guests.create();
        try (TapPort port = host.call(() -> TapPort.open(guest, "tap-x", "lan1", MAC_A, 1450))) {
            assertThat(guest.ip("link", "show", "dev", "lan1"))
                    .contains("mtu 1450")
                    .contains("link/ether " + MAC_A)
                    .contains("UP");
            assertThat(port.name()).isEqualTo("tap-x");
            assertThat(port.mtu()).isEqualTo(1450);
            assertThat(port.mac()).isEqualTo(MacAddress.parse("fe:00:00:00:00:0a"));
            assertThat(port.isUp()).isTrue();
        }
        assertThatThrownBy(() -> guest.ip("link", "show", "dev", "lan1")).isInstanceOf(LinuxException.class);
    }

    @Test
    void twoNodesMayAttachGuestsOfTheSameNames() {
        NetNs one = guests.create();
        NetNs two = guests.create();
        try (TapPort first = TapPort.open(one, "web1", "eth0", MAC_A, 1500);
                TapPort second = TapPort.open(two, "web1", "eth0", MAC_A, 1500)) {
            assertThat(first.isUp()).isTrue();
            assertThat(second.isUp()).isTrue();
        }
    }

    @Test
    void aDeviceNameTakenInTheGuestIsSaidAndNothingIsLeftBehind() {
        NetNs host = guests.create();
        NetNs guest = guests.create();
        guest.ip("tuntap", "add", "dev", "eth0", "mode", "tap");
        assertThatThrownBy(() -> host.call(() -> TapPort.open(guest, "tap-y", "eth0", MAC_A, 1500)))
                .hasMessageContaining("device 'eth0'")
                .hasMessageContaining("has a device of that name already");
        assertThat(host.ip("link", "show")).doesNotContain("tap-y");
    }

    @Test
    void anOddMtuIsRefusedAndNothingIsLeftBehind() {
        NetNs host = guests.create();
        NetNs guest = guests.create();
        assertThatThrownBy(() -> host.call(() -> TapPort.open(guest, "tap-z", "eth0", MAC_A, 10)))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("mtu 10");
        assertThat(host.ip("link", "show")).doesNotContain("tap-z");
    }

    @Test
    void aPortWhoseDeviceIsDownSaysSoAndComesBack() {
        NetNs host = guests.create();
        NetNs guest = guests.create();
        try (TapPort port = port(host, guest, "tap-d", MAC_A, "10.9.0.1/24");
                FramePool pool = FramePool.of(4)) {
            guest.ip("link", "set", "eth0", "down");
            port.transmit(broadcast(pool));
            port.flush();
            assertThat(port.isUp()).isFalse();
            assertThat(port.counters().drops(DropReason.NO_PORT)).isEqualTo(1);
            guest.ip("link", "set", "eth0", "up");
            port.transmit(broadcast(pool));
            port.flush();
            assertThat(port.isUp()).isTrue();
            assertThat(port.counters().txFrames()).isEqualTo(1);
            assertThat(pool.available()).isEqualTo(4);
        }
    }

    @Test
    void aPortWhoseGuestIsGoneFailsQuietly() {
        NetNs host = guests.create();
        NetNs guest = guests.create();
        try (TapPort port = port(host, guest, "tap-g", MAC_A, "10.9.0.1/24");
                FramePool pool = FramePool.of(4);
                Poller poller = new Poller(1)) {
            guest.ip("link", "delete", "eth0");
            poller.watch(0, port.readinessFd());
            assertThat(poller.poll(0)).isEqualTo(1);
            assertThat(poller.failed(0)).isTrue();
            assertThat(port.receive(pool, new Batch())).isZero();
            assertThat(port.isUp()).isFalse();
            port.transmit(broadcast(pool));
            port.flush();
            assertThat(port.counters().drops(DropReason.NO_PORT)).isEqualTo(1);
            assertThat(pool.available()).isEqualTo(4);
        }
    }

    @Test
    void anEmptyPoolDropsWithItsReasonAndABrokenVnetHeaderIsMalformed() throws Exception {
        NetNs host = guests.create();
        NetNs guest = guests.create();
        try (TapPort port = port(host, guest, "tap-e", MAC_A, "10.9.0.1/24");
                FramePool pool = FramePool.of(1)) {
            Frame only = broadcast(pool);
            guest.run(() -> TapPortTest.sendDatagram("10.9.0.9"));
            assertThat(port.receive(pool, new Batch())).isZero();
            assertThat(port.counters().drops(DropReason.POOL_EMPTY)).isEqualTo(1);
            VnetHeader.flags(only.memory(), only.vnet(), VnetHeader.NEEDS_CHECKSUM);
            VnetHeader.checksumStart(only.memory(), only.vnet(), 60_000);
            port.transmit(only);
            port.flush();
            assertThat(port.counters().drops(DropReason.MALFORMED)).isEqualTo(1);
        }
    }

    /** Makes the guest's kernel ask for a neighbour. */
    private static void sendDatagram(String address) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[1], 1, InetAddress.getByName(address), 9));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Frame broadcast(FramePool pool) {
        Frame frame = pool.acquire();
        if (frame == null) {
            throw new IllegalStateException("pool is empty");
        }
        frame.length(60);
        frame.memory().asSlice(frame.offset(), 60).fill((byte) 0);
        Ethernet.destination(frame.memory(), frame.offset(), MacAddress.BROADCAST.bits());
        Ethernet.source(frame.memory(), frame.offset(), MAC_B.bits());
        Ethernet.type(frame.memory(), frame.offset(), 0x88b5);
        return frame;
    }
}
