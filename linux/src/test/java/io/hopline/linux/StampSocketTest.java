package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.linux.BpfProgram.Assembler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class StampSocketTest {
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Namespaces.possible(), Namespaces.REASON);
    }

    /** UDP to or from port 7000. */
    private static BpfProgram filter() {
        return BpfProgram.assembler()
                .loadHalf(12)
                .ifEqual(0x800, Assembler.NEXT, "drop")
                .loadByte(23)
                .ifEqual(17, Assembler.NEXT, "drop")
                .loadXIpHeaderLength(14)
                .loadHalfAtX(14)
                .ifEqual(7000, "keep", Assembler.NEXT)
                .loadHalfAtX(16)
                .ifEqual(7000, "keep", "drop")
                .label("keep")
                .returns(StampSocket.SNAP_BYTES)
                .label("drop")
                .returns(0)
                .assemble();
    }

    private static void echoOnce(NetNs client, NetNs server, int bytes) {
        try (DatagramSocket listening = server.call(() -> new DatagramSocket(7000, address("10.7.0.2")));
                DatagramSocket asking = client.call(() -> new DatagramSocket(0, address("10.7.0.1")))) {
            listening.setSoTimeout(5_000);
            asking.setSoTimeout(5_000);
            asking.send(new DatagramPacket(new byte[bytes], bytes, address("10.7.0.2"), 7000));
            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            listening.receive(packet);
            listening.send(packet);
            asking.receive(packet);
            asking.send(new DatagramPacket(new byte[8], 8, address("10.7.0.2"), 7001));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InetAddress address(String text) throws UnknownHostException, SocketException {
        return InetAddress.getByName(text);
    }

    @Test
    void seesBothDirectionsOfWhatTheFilterChoosesWithPlausibleStamps() {
        try (NetNs client = NetNs.anonymous();
                NetNs server = NetNs.anonymous()) {
            client.ip("link", "add", "c0", "type", "veth", "peer", "name", "s0");
            client.run(() -> server.adopt("s0", "s0"));
            client.ip("addr", "add", "10.7.0.1/24", "dev", "c0");
            client.ip("link", "set", "c0", "up");
            server.ip("addr", "add", "10.7.0.2/24", "dev", "s0");
            try (StampSocket socket = StampSocket.open(client, "c0")) {
                echoOnce(client, server, 1000);
                assertThat(socket.next()).as("before there is a filter").isFalse();
                socket.filter(filter());
                long before = Clock.realtimeNs();
                assertThat(socket.next()).isFalse();
                echoOnce(client, server, 1000);
                long after = Clock.realtimeNs();
                long asked = check(socket, true, before, after);
                assertThat(socket.memory().get(BE16, socket.offset() + 36)).isEqualTo((short) 7000);
                check(socket, false, asked, after);
                assertThat(socket.memory().get(BE16, socket.offset() + 34)).isEqualTo((short) 7000);
                assertThat(socket.next()).isFalse();
                assertThat(socket.lost()).isZero();
                socket.filter(BpfProgram.drop());
                echoOnce(client, server, 10);
                assertThat(socket.next()).isFalse();
            }
        }
    }

    private static long check(StampSocket socket, boolean outgoing, long fromNs, long toNs) {
        assertThat(socket.next()).isTrue();
        assertThat(socket.outgoing()).isEqualTo(outgoing);
        assertThat(socket.kernelNs()).isBetween(fromNs, toNs);
        assertThat(socket.length()).isEqualTo(StampSocket.SNAP_BYTES);
        assertThat(socket.wireLength()).isEqualTo(14 + 20 + 8 + 1000);
        assertThat(socket.memory().get(BE16, socket.offset() + 12)).isEqualTo((short) 0x0800);
        return socket.kernelNs();
    }

    @Test
    void framesBeyondTheRingAreLostAndCounted() {
        try (NetNs ns = NetNs.anonymous();
                StampSocket socket = StampSocket.open(ns, "lo");
                DatagramSocket sender = ns.call(() -> new DatagramSocket(7000, address("127.0.0.1")))) {
            socket.filter(filter());
            int datagrams = StampRing.SLOTS;
            for (int i = 0; i < datagrams; i++) {
                sender.send(new DatagramPacket(new byte[8], 8, address("127.0.0.1"), 7000));
            }
            // On loopback each is seen twice, as it leaves and as it arrives.
            assertThat(drain(socket)).isEqualTo(StampRing.SLOTS);
            sender.send(new DatagramPacket(new byte[8], 8, address("127.0.0.1"), 7000));
            assertThat(drain(socket)).isEqualTo(2);
            assertThat(socket.lost()).isEqualTo(2L * datagrams - StampRing.SLOTS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int drain(StampSocket socket) {
        int frames = 0;
        while (socket.next()) {
            frames++;
        }
        return frames;
    }

    @Test
    void aDeviceThatGoesDownIsAnErrorUntilItIsTaken() {
        try (NetNs ns = NetNs.anonymous();
                StampSocket socket = StampSocket.open(ns, "lo");
                Poller poller = new Poller(1)) {
            socket.filter(filter());
            poller.watch(0, socket.fd());
            assertThat(poller.poll(0)).isZero();
            ns.ip("link", "set", "lo", "down");
            assertThat(poller.poll(0)).isEqualTo(1);
            assertThat(poller.failed(0)).isTrue();
            socket.takeError();
            assertThat(poller.poll(0)).isZero();
            ns.ip("link", "set", "lo", "up");
            assertThat(socket.next()).isFalse();
        }
    }

    @Test
    void aDeviceThatIsNotThereIsNamed() {
        try (NetNs ns = NetNs.anonymous()) {
            assertThatThrownBy(() -> StampSocket.open(ns, "nothing0"))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("nothing0")
                    .hasMessageContaining("No such device");
        }
    }
}
