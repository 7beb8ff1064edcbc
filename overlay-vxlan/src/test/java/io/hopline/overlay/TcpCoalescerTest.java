package io.hopline.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Checksum;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Segmenter;
import io.hopline.packet.Tcp;
import io.hopline.packet.VnetHeader;
import io.hopline.packet.Wire;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes in, what is merged and then segmented again is what came in, byte for byte. */
class TcpCoalescerTest {
    private static final String MACS = "02000000000b02000000000a";
    private static final String VLAN = "81000007";
    private static final String IPV4 = "0800" + "4502000012344000400600000a0100010a010002";
    private static final String IPV6 =
            "86dd" + "6002000000000640" + "fd" + "00".repeat(14) + "01" + "fd" + "00".repeat(14) + "02";
    private static final String TCP = "9c40005000001000000020005010010000000000";
    private static final String TCP_OPTIONS = "9c40005000001000000020008010010000000000" + "0101080a0000000100000002";

    private final FramePool pool = FramePool.of(256);
    private final TcpCoalescer coalescer = new TcpCoalescer();
    private final Segmenter segmenter = new Segmenter();

    @AfterEach
    void close() {
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
    }

    private Frame frame(byte[] bytes) {
        Frame frame = Objects.requireNonNull(pool.acquire());
        frame.length(bytes.length);
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        return frame;
    }

    /** Segments of a random super-frame, as another host's software segmentation makes them. */
    private List<byte[]> train(
            Random random, boolean ipv4, boolean vlan, boolean options, int flags, int size, int payload) {
        String tcp = options ? TCP_OPTIONS : TCP;
        byte[] head = HexFormat.of().parseHex(MACS + (vlan ? VLAN : "") + (ipv4 ? IPV4 : IPV6) + tcp);
        byte[] bytes = Arrays.copyOf(head, head.length + payload);
        for (int i = head.length; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        Frame frame = frame(bytes);
        int l4 = head.length - tcp.length() / 2;
        int l3 = l4 - (ipv4 ? 20 : 40);
        MemorySegment memory = frame.memory();
        long at = frame.offset();
        Wire.u16(memory, at + l3 + (ipv4 ? 2 : 4), ipv4 ? bytes.length - l3 : bytes.length - l4);
        if (ipv4) {
            Ipv4.updateChecksum(memory, at + l3);
        }
        Tcp.flags(memory, at + l4, flags);
        VnetHeader.gsoType(memory, frame.vnet(), ipv4 ? VnetHeader.GSO_TCPV4 : VnetHeader.GSO_TCPV6);
        VnetHeader.gsoSize(memory, frame.vnet(), size);
        List<byte[]> segments = new ArrayList<>();
        expand(frame, segments);
        return segments;
    }

    private void expand(Frame frame, List<byte[]> into) {
        if (!VnetHeader.isGso(frame.memory(), frame.vnet())) {
            into.add(frame.memory().asSlice(frame.offset(), frame.length()).toArray(ValueLayout.JAVA_BYTE));
        } else {
            int count = segmenter.begin(frame);
            assertThat(count).isPositive();
            for (int i = 0; i < count; i++) {
                Frame segment = Objects.requireNonNull(pool.acquire());
                segmenter.emit(i, segment);
                into.add(segment.memory()
                        .asSlice(segment.offset(), segment.length())
                        .toArray(ValueLayout.JAVA_BYTE));
                segment.release();
            }
        }
        frame.release();
    }

    private List<Frame> coalesce(List<byte[]> segments) {
        return coalesce(segments, new int[segments.size()]);
    }

    /** @param vnis the network of each segment */
    private List<Frame> coalesce(List<byte[]> segments, int[] vnis) {
        List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < vnis.length; i++) {
            Frame frame = frame(segments.get(i));
            frame.tunnelId(vnis[i]);
            if (coalescer.append(vnis[i], frame.memory(), frame.offset(), frame.length())) {
                frame.release();
                continue;
            }
            frames.add(frame);
            coalescer.start(frame);
        }
        coalescer.finish();
        return frames;
    }

    /** All segments come out as they went in, and those of one connection in the same order. */
    private void assertSameAgain(List<byte[]> segments) {
        List<byte[]> again = new ArrayList<>();
        coalesce(segments).forEach(frame -> expand(frame, again));
        assertThat(byConnection(again)).isEqualTo(byConnection(segments));
    }

    /** The segments of each connection, and what is of none, in order, as text. */
    private static Map<String, List<String>> byConnection(List<byte[]> segments) {
        Map<String, List<String>> connections = new TreeMap<>();
        FrameHeaders headers = new FrameHeaders();
        for (byte[] segment : segments) {
            String text = HexFormat.of().formatHex(segment);
            boolean tcp = headers.parse(MemorySegment.ofArray(segment), 0, segment.length) == FrameHeaders.Verdict.OK
                    && headers.isTcp()
                    && headers.l4Offset() > 0;
            int addresses = 2 * headers.l3Offset() + (headers.ipVersion() == 4 ? 24 : 16);
            String connection = tcp
                    ? text.substring(addresses, addresses + (headers.ipVersion() == 4 ? 16 : 64))
                            + text.substring(2 * headers.l4Offset(), 2 * headers.l4Offset() + 8)
                    : "none";
            connections.computeIfAbsent(connection, key -> new ArrayList<>()).add(text);
        }
        return connections;
    }

    private List<byte[]> randomTrain(Random random) {
        int size = 1 + random.nextInt(1460);
        int segments = 1 + random.nextInt(40);
        int payload = Math.min(60_000, Math.max(1, size * segments - random.nextInt(size)));
        int flags = Tcp.ACK
                | (random.nextBoolean() ? Tcp.PSH : 0)
                | (random.nextInt(8) == 0 ? Tcp.FIN : 0)
                | (random.nextInt(8) == 0 ? Tcp.ECE : 0);
        return train(
                random,
                random.nextBoolean(),
                random.nextInt(4) == 0,
                random.nextBoolean(),
                flags,
                size,
                Math.min(payload, size * 200));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aTrainBecomesOneFrameAndTheSameTrainAgain(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            List<byte[]> segments = randomTrain(random);
            List<Frame> frames = coalesce(segments);
            assertThat(frames).hasSize(1);
            List<byte[]> again = new ArrayList<>();
            expand(frames.getFirst(), again);
            for (int i = 0; i < segments.size(); i++) {
                assertThat(again.get(i)).isEqualTo(segments.get(i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void hostileTrainsComeOutAsTheyWentIn(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 150; round++) {
            List<byte[]> segments = new ArrayList<>(randomTrain(random));
            if (random.nextBoolean()) {
                segments.addAll(randomTrain(random));
            }
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                spoil(segments, random);
            }
            assertSameAgain(segments);
        }
    }

    /** Breaks, cuts, swaps, repeats or takes out one segment; half the time with checksums that fit what is broken. */
    private static void spoil(List<byte[]> segments, Random random) {
        int victim = random.nextInt(segments.size());
        byte[] bytes = segments.get(victim).clone();
        switch (random.nextInt(5)) {
            case 0 -> bytes[random.nextInt(Math.min(bytes.length, 90))] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
            case 2 -> {
                int other = random.nextInt(segments.size());
                segments.set(victim, segments.get(other));
                segments.set(other, bytes);
                return;
            }
            case 3 -> {
                segments.add(victim, bytes);
                return;
            }
            default -> {
                if (segments.size() > 1) {
                    segments.remove(victim);
                }
                return;
            }
        }
        if (random.nextBoolean()) {
            fixChecksums(bytes);
        }
        segments.set(victim, bytes);
    }

    private static void fixChecksums(byte[] bytes) {
        MemorySegment memory = MemorySegment.ofArray(bytes);
        FrameHeaders headers = new FrameHeaders();
        if (headers.parse(memory, 0, bytes.length) != FrameHeaders.Verdict.OK || !headers.isTcp()) {
            return;
        }
        int l3 = headers.l3Offset();
        int l4 = headers.l4Offset();
        int transport = headers.ipBytes() - headers.ipHeaderBytes();
        if (headers.ipVersion() == 4) {
            Ipv4.updateChecksum(memory, l3);
        }
        int pseudo = headers.ipVersion() == 4
                ? Checksum.pseudoIpv4(memory, l3, headers.ipProtocol(), transport)
                : Checksum.pseudoIpv6(memory, l3, headers.ipProtocol(), transport);
        Wire.u16(memory, l4 + 16, 0);
        Wire.u16(memory, l4 + 16, Checksum.finish(Checksum.add(pseudo, Checksum.sum(memory, l4, transport))));
    }

    /** More connections than may be open, pure acknowledgments, repeated and lost segments in between. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void mixedConnectionsEachComeOutInOrder(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            List<List<byte[]>> flows = new ArrayList<>();
            for (int i = 1 + random.nextInt(2 * TcpCoalescer.MAX_OPEN); i > 0; i--) {
                List<byte[]> flow = new ArrayList<>(randomTrain(random));
                int first = flow.size() > 12 ? random.nextInt(flow.size() - 12) : 0;
                flow = new ArrayList<>(flow.subList(first, Math.min(flow.size(), first + 12)));
                for (int j = 0; j < flow.size(); j++) {
                    flow.set(j, withPorts(flow.get(j), 1000 + i));
                }
                disturb(flow, random);
                flows.add(flow);
            }
            assertSameAgain(interleave(flows, random));
        }
    }

    private void disturb(List<byte[]> flow, Random random) {
        int at = random.nextInt(flow.size());
        byte[] segment = flow.get(at);
        switch (random.nextInt(6)) {
            case 0 -> flow.add(at, segment);
            case 1 -> flow.add(at, pureAcknowledgment(segment));
            case 2 -> flow.add(at, withIpOptions(segment));
            case 3 -> flow.remove(at);
            case 4 -> Collections.swap(flow, at, random.nextInt(flow.size()));
            default -> {}
        }
        if (flow.isEmpty()) {
            flow.add(segment);
        }
    }

    private static List<byte[]> interleave(List<List<byte[]>> flows, Random random) {
        List<byte[]> mixed = new ArrayList<>();
        List<Deque<byte[]>> left = new ArrayList<>();
        flows.forEach(flow -> left.add(new ArrayDeque<>(flow)));
        while (!left.isEmpty()) {
            int flow = random.nextInt(left.size());
            for (int i = 1 + random.nextInt(3); i > 0 && !left.get(flow).isEmpty(); i--) {
                mixed.add(left.get(flow).remove());
            }
            left.removeIf(Deque::isEmpty);
        }
        return mixed;
    }

    private static byte[] withPorts(byte[] segment, int source) {
        byte[] bytes = segment.clone();
        FrameHeaders headers = new FrameHeaders();
        headers.parse(MemorySegment.ofArray(bytes), 0, bytes.length);
        Wire.u16(MemorySegment.ofArray(bytes), headers.l4Offset(), source);
        fixChecksums(bytes);
        return bytes;
    }

    /** The segment without its payload. */
    private static byte[] pureAcknowledgment(byte[] segment) {
        FrameHeaders headers = new FrameHeaders();
        headers.parse(MemorySegment.ofArray(segment), 0, segment.length);
        return withLength(Arrays.copyOf(segment, headers.payloadOffset()), headers);
    }

    /** The segment with four bytes of IPv4 options, or a hop-by-hop header. */
    private static byte[] withIpOptions(byte[] segment) {
        FrameHeaders headers = new FrameHeaders();
        headers.parse(MemorySegment.ofArray(segment), 0, segment.length);
        boolean ipv4 = headers.ipVersion() == 4;
        byte[] options = HexFormat.of().parseHex(ipv4 ? "01010100" : "0600010400000000");
        int l4 = headers.l4Offset();
        byte[] bytes = Arrays.copyOf(segment, segment.length + options.length);
        System.arraycopy(segment, l4, bytes, l4 + options.length, segment.length - l4);
        System.arraycopy(options, 0, bytes, l4, options.length);
        bytes[headers.l3Offset() + (ipv4 ? 0 : 6)] = (byte) (ipv4 ? 0x46 : 0);
        return withLength(bytes, headers);
    }

    private static byte[] withLength(byte[] bytes, FrameHeaders headers) {
        int l3 = headers.l3Offset();
        boolean ipv4 = headers.ipVersion() == 4;
        Wire.u16(MemorySegment.ofArray(bytes), l3 + (ipv4 ? 2 : 4), bytes.length - l3 - (ipv4 ? 0 : 40));
        fixChecksums(bytes);
        return bytes;
    }

    @Test
    void fourStreamsTurnByTurnBecomeFourFrames() {
        List<byte[]> mixed = new ArrayList<>();
        List<List<byte[]>> flows = new ArrayList<>();
        for (int flow = 0; flow < 4; flow++) {
            List<byte[]> segments = new ArrayList<>();
            for (byte[] segment :
                    train(new Random(flow), flow % 2 == 0, false, true, Tcp.ACK | Tcp.PSH, 1398, 16 * 1398)) {
                segments.add(withPorts(segment, 1000 + flow));
            }
            flows.add(segments);
        }
        for (int i = 0; i < 16; i++) {
            for (List<byte[]> flow : flows) {
                mixed.add(flow.get(i));
            }
        }
        List<Frame> frames = coalesce(mixed);
        assertThat(frames).hasSize(4);
        List<byte[]> again = new ArrayList<>();
        frames.forEach(frame -> expand(frame, again));
        assertThat(byConnection(again)).isEqualTo(byConnection(mixed));
    }

    @Test
    void networksWithTheSameAddressesStayApart() {
        List<byte[]> segments = train(new Random(3), true, false, true, Tcp.ACK, 1000, 8_000);
        int[] vnis = {1, 2, 1, 2, 2, 2, 1, 1};
        List<Frame> frames = coalesce(segments, vnis);
        Map<Long, List<byte[]>> byNetwork = new TreeMap<>();
        for (Frame frame : frames) {
            expand(frame, byNetwork.computeIfAbsent(frame.tunnelId(), vni -> new ArrayList<>()));
        }
        for (int i = 0; i < vnis.length; i++) {
            byte[] next = Objects.requireNonNull(byNetwork.get((long) vnis[i])).removeFirst();
            assertThat(next).as("segment " + i).isEqualTo(segments.get(i));
        }
    }

    @Test
    void mergesInPlaceBehindTheFrameInItsOwnSlot() {
        List<byte[]> segments = train(new Random(5), true, false, true, Tcp.ACK | Tcp.PSH, 1398, 40_000);
        Frame slot = Objects.requireNonNull(pool.acquire());
        int stride = 8 + segments.getFirst().length;
        for (int i = 0; i < segments.size(); i++) {
            byte[] segment = segments.get(i);
            MemorySegment.copy(
                    segment,
                    0,
                    slot.memory(),
                    ValueLayout.JAVA_BYTE,
                    slot.offset() + (long) i * stride,
                    segment.length);
        }
        slot.length(segments.getFirst().length);
        coalescer.start(slot);
        for (int i = 1; i < segments.size(); i++) {
            assertThat(coalescer.append(0, slot.memory(), slot.offset() + (long) i * stride, segments.get(i).length))
                    .isTrue();
        }
        coalescer.finish();
        assertThat(slot.length()).isEqualTo(14 + 20 + 32 + 40_000);
        List<byte[]> again = new ArrayList<>();
        expand(slot, again);
        assertThat(again).hasSameSizeAs(segments);
        for (int i = 0; i < segments.size(); i++) {
            assertThat(again.get(i)).isEqualTo(segments.get(i));
        }
    }

    @Test
    void twoSuperFramesOfOneFlowStayWithinAnIpPacket() {
        List<byte[]> segments = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            byte[] segment = train(new Random(i), true, false, false, Tcp.ACK, 1400, 1400)
                    .getFirst();
            MemorySegment memory = MemorySegment.ofArray(segment);
            Ipv4.identification(memory, 14, 100 + i);
            Tcp.sequence(memory, 34, i * 1400);
            fixChecksums(segment);
            segments.add(segment);
        }
        List<Frame> frames = coalesce(segments);
        assertThat(frames).hasSize(2);
        assertThat(frames.getFirst().length()).isEqualTo(14 + 40 + 46 * 1400);
        List<byte[]> again = new ArrayList<>();
        frames.forEach(frame -> expand(frame, again));
        assertThat(again).hasSameSizeAs(segments);
    }
}
