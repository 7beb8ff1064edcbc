package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.guests.Guests;
import io.hopline.linux.MessageBatch;
import io.hopline.linux.NetNs;
import io.hopline.linux.UdpSocket;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Segmenter;
import io.hopline.packet.Tcp;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Vxlan;
import io.hopline.packet.Wire;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However segments come in messages, what is received and segmented again is what was sent, in each connection's order. */
@Tag("netns")
class VxlanReceiverTest {
    private static final byte[] HEADERS = HexFormat.of()
            .parseHex("0200000000020200000000010800" + "4500000000004000400600000a0100010a010002"
                    + "9c40005000000000000020008010010000000000" + "0101080a0000000100000002");
    private static final int L4 = 34;
    private static final int VNI = 77;
    private static final int MAX_MESSAGE_BYTES = 65_507;

    private final Guests guests = new Guests();
    private final FramePool pool = FramePool.of(512);
    private final Segmenter segmenter = new Segmenter();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment message = arena.allocate(MAX_MESSAGE_BYTES);
    private final MessageBatch messages = new MessageBatch(1, 1);
    private final List<UdpSocket> senders = new ArrayList<>();
    private VxlanPort port;

    /** What was sent and what came: by connection, the segments in order with the VTEP they came from. */
    private final Map<Integer, List<String>> sent = new TreeMap<>();

    private final Map<Integer, List<String>> received = new TreeMap<>();
    private final List<Integer> receivedLengths = new ArrayList<>();
    /** Next sequence number and identification of each connection. */
    private final Map<Integer, int[]> streams = new TreeMap<>();

    @BeforeEach
    void open() {
        assumeTrue(Guests.possible(), "needs root or a user namespace to make network namespaces");
        NetNs host = guests.create();
        host.ip("link", "set", "lo", "up");
        port = VxlanPort.open(host, Ipv4Address.parse("127.0.0.1"), "vxlan0");
        for (int i = 0; i < 2; i++) {
            byte[] address = Ipv4Address.parse("127.0.0." + (2 + i)).bytes();
            senders.add(host.call(() -> UdpSocket.open(address, 50_000)));
        }
    }

    @AfterEach
    void close() {
        senders.forEach(UdpSocket::close);
        if (port != null) {
            port.close();
        }
        messages.close();
        arena.close();
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
        guests.close();
    }

    /** The datagrams of a connection's next super-frame. */
    private List<byte[]> superFrame(Random random, int connection, int segmentBytes, int payload, int flags) {
        int[] stream = streams.computeIfAbsent(connection, key -> new int[2]);
        Frame frame = Objects.requireNonNull(pool.acquire());
        byte[] bytes = new byte[HEADERS.length + payload];
        random.nextBytes(bytes);
        System.arraycopy(HEADERS, 0, bytes, 0, HEADERS.length);
        frame.length(bytes.length);
        MemorySegment memory = frame.memory();
        long at = frame.offset();
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, bytes.length);
        Ipv4.totalBytes(memory, at + 14, bytes.length - 14);
        Ipv4.identification(memory, at + 14, stream[1]);
        Tcp.sourcePort(memory, at + L4, connection);
        Tcp.sequence(memory, at + L4, stream[0]);
        Tcp.flags(memory, at + L4, flags);
        VnetHeader.gsoType(memory, frame.vnet(), VnetHeader.GSO_TCPV4);
        VnetHeader.gsoSize(memory, frame.vnet(), segmentBytes);
        List<byte[]> datagrams = new ArrayList<>();
        for (byte[] segment : segments(frame)) {
            byte[] datagram = new byte[Vxlan.BYTES + segment.length];
            Vxlan.write(MemorySegment.ofArray(datagram), 0, VNI);
            System.arraycopy(segment, 0, datagram, Vxlan.BYTES, segment.length);
            datagrams.add(datagram);
        }
        stream[0] += payload;
        stream[1] += datagrams.size();
        return datagrams;
    }

    /** The segments of a frame, which is released. */
    private List<byte[]> segments(Frame frame) {
        List<byte[]> segments = new ArrayList<>();
        if (VnetHeader.isGso(frame.memory(), frame.vnet())) {
            int count = segmenter.begin(frame);
            assertThat(count).isPositive();
            for (int i = 0; i < count; i++) {
                byte[] segment = new byte[segmenter.frameBytes(i)];
                segmenter.emit(i, MemorySegment.ofArray(segment), 0);
                segments.add(segment);
            }
        } else {
            segments.add(frame.memory().asSlice(frame.offset(), frame.length()).toArray(ValueLayout.JAVA_BYTE));
        }
        frame.release();
        return segments;
    }

    /** Sends datagrams as one message; all but the last are as long as the first. */
    private void send(int sender, List<byte[]> datagrams) {
        int bytes = 0;
        for (byte[] datagram : datagrams) {
            MemorySegment.copy(datagram, 0, message, ValueLayout.JAVA_BYTE, bytes, datagram.length);
            bytes += datagram.length;
        }
        messages.buffer(0, message, 0, bytes);
        messages.destination(0, Ipv4Address.parse("127.0.0.1").bits(), Vxlan.UDP_PORT);
        if (datagrams.size() > 1) {
            messages.segmentSize(0, datagrams.getFirst().length);
        }
        assertThat(senders.get(sender).send(messages, 0, 1)).isEqualTo(1);
        for (byte[] datagram : datagrams) {
            if (datagram.length > Vxlan.BYTES && datagram[0] != 0) {
                note(sent, sender, Arrays.copyOfRange(datagram, Vxlan.BYTES, datagram.length));
            }
        }
    }

    private static void note(Map<Integer, List<String>> where, int sender, byte[] segment) {
        int connection = Wire.u16(MemorySegment.ofArray(segment), L4);
        where.computeIfAbsent(connection, key -> new ArrayList<>())
                .add(sender + " " + HexFormat.of().formatHex(segment));
    }

    /** Receives all that waits; {@code taken} places of the batch are taken each time. */
    private void receiveAll(int taken) {
        Batch batch = new Batch();
        int frames;
        do {
            for (int i = 0; i < taken; i++) {
                batch.add(Objects.requireNonNull(pool.acquire()));
            }
            frames = port.receive(pool, batch);
            for (int i = 0; i < batch.size(); i++) {
                Frame frame = batch.frame(i);
                if (i < taken) {
                    frame.release();
                    continue;
                }
                assertThat(frame.tunnelId()).isEqualTo(VNI);
                receivedLengths.add(frame.length());
                int sender = (frame.tunnelSource() & 0xff) - 2;
                segments(frame).forEach(segment -> note(received, sender, segment));
            }
            batch.clear();
        } while (frames > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 20})
    void aSuperFrameInTwoMessagesArrivesAsOne(int restSegments) {
        Random random = new Random(restSegments);
        List<byte[]> datagrams = superFrame(random, 40_000, 1_000, (40 + restSegments) * 1_000, Tcp.ACK | Tcp.PSH);
        send(0, datagrams.subList(0, 40));
        send(0, datagrams.subList(40, datagrams.size()));
        receiveAll(0);
        assertThat(receivedLengths).containsExactly(HEADERS.length + (40 + restSegments) * 1_000);
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void whatOtherVtepsSendIsNotJoined() {
        List<byte[]> datagrams = superFrame(new Random(1), 40_000, 1_000, 45_000, Tcp.ACK);
        send(0, datagrams.subList(0, 20));
        send(1, datagrams.subList(20, 40));
        send(0, datagrams.subList(40, 45));
        receiveAll(0);
        assertThat(receivedLengths).hasSize(3);
        assertThat(received).isEqualTo(sent);
    }

    /** Trains cut anywhere, of connections that mix, of two VTEPs, with malformed datagrams between and inside them. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void mixedTrainsComeOutAsTheyWentIn(long seed) {
        Random random = new Random(seed);
        long malformed = 0;
        for (int round = 0; round < 30; round++) {
            for (int i = 1 + random.nextInt(8); i > 0; i--) {
                int segmentBytes = 100 + random.nextInt(1_300);
                int payload = Math.min(64_000, 1 + random.nextInt(60 * segmentBytes));
                int flags = Tcp.ACK | (random.nextBoolean() ? Tcp.PSH : 0);
                List<byte[]> datagrams = superFrame(random, 1 + random.nextInt(3), segmentBytes, payload, flags);
                if (random.nextInt(4) == 0) {
                    datagrams.get(random.nextInt(datagrams.size()))[0] = 0;
                    malformed++;
                }
                if (random.nextInt(4) == 0) {
                    send(0, List.of(new byte[1 + random.nextInt(Vxlan.BYTES)]));
                    malformed++;
                }
                sendInPieces(random, datagrams);
            }
            receiveAll(random.nextBoolean() ? 0 : random.nextInt(Batch.CAPACITY));
        }
        assertThat(port.counters().drops(DropReason.VXLAN_MALFORMED)).isEqualTo(malformed);
        assertThat(port.counters().drops(DropReason.POOL_EMPTY)).isZero();
        assertThat(received).isEqualTo(sent);
    }

    private void sendInPieces(Random random, List<byte[]> datagrams) {
        int most = Math.min(64, MAX_MESSAGE_BYTES / datagrams.getFirst().length);
        int sender = random.nextInt(8) == 0 ? 1 : 0;
        for (int from = 0; from < datagrams.size(); ) {
            int left = Math.min(most, datagrams.size() - from);
            int count = random.nextBoolean() ? left : 1 + random.nextInt(left);
            send(sender, datagrams.subList(from, from + count));
            from += count;
        }
    }
}
