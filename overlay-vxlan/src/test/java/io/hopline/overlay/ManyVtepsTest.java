package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.linux.NetNs;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.Vxlan;
import io.hopline.packet.Wire;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One tunnel port that sends to two hundred hosts, in turns of one to three frames of random length. */
@Tag("netns")
class ManyVtepsTest {
    private static final int VTEPS = 200;
    private static final int TURNS = 4_000;

    private final Guests guests = new Guests();
    private final List<DatagramChannel> receivers = new ArrayList<>();

    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
    }

    @AfterEach
    void close() throws IOException {
        for (DatagramChannel receiver : receivers) {
            receiver.close();
        }
        guests.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.", "2001:db8::"})
    void everyFrameArrivesWhereItWasSentInOrder(String network) throws Exception {
        NetNs host = guests.create();
        NetNs peers = guests.create();
        String far = "hlm" + ThreadLocalRandom.current().nextInt(1_000_000);
        host.ip("link", "add", "under0", "type", "veth", "peer", "name", far);
        host.run(() -> peers.adopt(far, "under0"));
        String length = network.contains(":") ? "/64" : "/24";
        for (NetNs end : List.of(host, peers)) {
            end.ip("link", "set", "under0", "up");
        }
        host.ip("addr", "add", network + 250 + length, "dev", "under0", "nodad");
        for (int i = 1; i <= VTEPS; i++) {
            peers.ip("addr", "add", network + i + length, "dev", "under0", "nodad");
            receivers.add(receiver(peers, network + i));
        }
        List<List<Integer>> expected = new ArrayList<>();
        receivers.forEach(receiver -> expected.add(new ArrayList<>()));
        try (VxlanPort port = VxlanPort.open(host, IpAddress.parse(network + 250), "vxlan0");
                FramePool pool = FramePool.of(128)) {
            Awaitility.await().until(port::isUp);
            Random random = new Random(200);
            int number = 0;
            for (int turn = 0; turn < TURNS; turn++) {
                int vtep = random.nextInt(VTEPS);
                for (int i = random.nextInt(3); i >= 0; i--) {
                    expected.get(vtep).add(number);
                    port.transmit(frame(pool, random, IpAddress.parse(network + (vtep + 1)), vtep, number++));
                }
                if (random.nextInt(20) == 0) {
                    port.flush();
                }
            }
            port.flush();
            assertThat(port.counters().txFrames()).isEqualTo(number);
            for (DropReason reason : DropReason.values()) {
                assertThat(port.counters().drops(reason)).as(reason.label()).isZero();
            }
            assertThat(pool.available()).isEqualTo(pool.capacity());
        }
        for (int i = 0; i < VTEPS; i++) {
            assertThat(arrived(i, expected.get(i).size())).as("VTEP " + i).isEqualTo(expected.get(i));
        }
    }

    private static DatagramChannel receiver(NetNs ns, String address) throws IOException {
        return ns.call(() -> {
            DatagramChannel channel = DatagramChannel.open();
            channel.configureBlocking(false);
            return channel.bind(new InetSocketAddress(InetAddress.getByName(address), Vxlan.UDP_PORT));
        });
    }

    /** An Ethernet frame for a VTEP, whose VNI is the VTEP's index and whose payload is a number. */
    private static Frame frame(FramePool pool, Random random, IpAddress vtep, int index, int number) {
        Frame frame = Objects.requireNonNull(pool.acquire());
        frame.length(60 + random.nextInt(3) * 100);
        frame.memory().asSlice(frame.offset(), frame.length()).fill((byte) 0);
        Ethernet.type(frame.memory(), frame.offset(), 0x88b5);
        Wire.i32(frame.memory(), frame.offset() + Ethernet.BYTES, number);
        frame.tunnelId(index);
        switch (vtep) {
            case Ipv4Address ipv4 -> frame.tunnelDestination(ipv4.bits());
            case Ipv6Address ipv6 -> frame.tunnelDestination(ipv6.high(), ipv6.low());
        }
        return frame;
    }

    /** The numbers that came to a VTEP, each under its VNI. */
    private List<Integer> arrived(int vtep, int count) {
        List<Integer> numbers = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.allocate(2_000);
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> {
                    while (receivers.get(vtep).receive(bytes.clear()) != null) {
                        MemorySegment datagram = MemorySegment.ofArray(bytes.array());
                        assertThat(Vxlan.vni(datagram, 0)).isEqualTo(vtep);
                        numbers.add(Wire.i32(datagram, Vxlan.BYTES + Ethernet.BYTES));
                    }
                    return numbers.size() >= count;
                });
        return numbers;
    }
}
