package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Port;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SightingTest {
    /** The record of a sighting, little-endian. */
    static ByteBuffer bytes(Sighting sighting) {
        MemorySegment memory = MemorySegment.ofArray(new byte[Sighting.BYTES]);
        memory.fill((byte) 0x55);
        SightingWriter.write(memory, 0, sighting);
        return memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    static Stream<Sighting> sightings() {
        Endpoint client = Endpoint.parse("198.51.100.7:65535");
        Endpoint client6 = Endpoint.parse("[2001:db8::ffff:ffff:0:1]:40000");
        Endpoint service = Endpoint.parse("[fd00:1::100]:443");
        return Stream.of(
                new Sighting.Transit(
                        packet(client, HandMade.VIP, Direction.REQUEST, 0x18, -1, Integer.MIN_VALUE, 65_000),
                        Port.Kind.UPLINK,
                        Port.Kind.TUNNEL,
                        Long.MAX_VALUE,
                        2,
                        3,
                        4,
                        5),
                new Sighting.Transit(
                        packet(Endpoint.of(1, 0), Endpoint.of(-2, 443), Direction.RESPONSE, 0xff, 5, 6, 0),
                        Port.Kind.VNIC,
                        null,
                        0,
                        2,
                        3,
                        0,
                        0),
                new Sighting.Transit(
                        packet(client6, service, Direction.REQUEST, 0x18, -1, Integer.MIN_VALUE, 65_000),
                        Port.Kind.UPLINK,
                        Port.Kind.TUNNEL,
                        Long.MAX_VALUE,
                        2,
                        3,
                        4,
                        -5),
                new Sighting.Edge(
                        packet(Endpoint.of(-1, 40000), service, Direction.RESPONSE, 0x12, 1, 2, 3),
                        Port.Kind.VNIC,
                        true,
                        1_700_000_000_000_000_000L),
                new Sighting.Edge(
                        packet(client6, service, Direction.REQUEST, 2, 1, 2, 3),
                        Port.Kind.VNIC,
                        false,
                        0xffff_ffff_fffeL,
                        77),
                new Sighting.Edge(
                        new Sighting.Packet(
                                Protocol.ICMP, client6, HandMade.VIP, Direction.RESPONSE, Sighting.MATCHING, 9, 0, 56),
                        Port.Kind.UPLINK,
                        true,
                        77),
                new Sighting.Phases(true, client, HandMade.PROXY, 200, 1, 2, 3, 4, 5, 6, 7),
                new Sighting.Phases(false, client6, HandMade.PROXY, 404, 1, 2, 0xfedc_ba98L, 3, 4, 5, 6),
                new Sighting.OwnAnswer(true, false, client6, HandMade.VIP, 503, 1, -2),
                new Sighting.OwnAnswer(false, true, client, service, 308, 1_700_000_000_123_000_000L, 5),
                new Sighting.ServerLog(client, 200, 1_700_000_000_123_000_000L, 2_000_000),
                new Sighting.ServerTurn(client6, service, 5, 6, 7),
                new Sighting.Notice(
                        client, service, Direction.RESPONSE, Sighting.Notice.What.ZERO_WINDOW, -5, 1_700_000_000L));
    }

    private static Sighting.Packet packet(
            Endpoint client, Endpoint service, Direction direction, int flags, int seq, int ack, int length) {
        return new Sighting.Packet(Protocol.TCP, client, service, direction, flags, seq, ack, length);
    }

    @ParameterizedTest
    @MethodSource("sightings")
    void readsWhatItWrote(Sighting sighting) {
        assertThat(Sighting.decode(bytes(sighting), 0)).isEqualTo(sighting);
    }

    @Test
    void fieldsStandWhereTheRecordSaysAndAreLittleEndian() {
        ByteBuffer b = bytes(sightings().findFirst().orElseThrow());
        assertThat(b.get(0)).isEqualTo((byte) 11);
        assertThat(b.getLong(24)).isZero();
        assertThat(b.getLong(32)).isEqualTo(0xC6336407L);
        assertThat(b.get(32)).isEqualTo((byte) 0x07);
        assertThat(b.getShort(10)).isEqualTo((short) 80);
        assertThat(b.getLong(64)).isEqualTo(2);
        assertThat(b.getLong(88)).isEqualTo(5);
    }

    @Test
    void writerSetsPiecesInPlace() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment m = arena.allocate(3L * Sighting.BYTES);
            long at = Sighting.BYTES;
            SightingWriter.transit(m, at, Direction.RESPONSE, Port.Kind.TUNNEL);
            SightingWriter.client(m, at, 0, 1, 2);
            SightingWriter.service(m, at, 0, 3, 4);
            SightingWriter.segment(m, at, 0x10, 5, 6, 7);
            SightingWriter.entered(m, at, 8, 9);
            SightingWriter.left(m, at, Port.Kind.UPLINK, 10);
            SightingWriter.sent(m, at, 11, 12);
            assertThat(Sighting.decode(m.asByteBuffer(), Sighting.BYTES))
                    .isEqualTo(new Sighting.Transit(
                            packet(Endpoint.of(1, 2), Endpoint.of(3, 4), Direction.RESPONSE, 0x10, 5, 6, 7),
                            Port.Kind.TUNNEL,
                            Port.Kind.UPLINK,
                            8,
                            9,
                            10,
                            11,
                            12));
        }
    }

    @Test
    void anyBytesDecodeOrAreRefusedWithoutThrowing() {
        Random random = new Random(42);
        byte[] bytes = new byte[Sighting.BYTES];
        for (int i = 0; i < 100_000; i++) {
            random.nextBytes(bytes);
            bytes[0] = (byte) random.nextInt(20);
            bytes[1] = (byte) random.nextInt(3);
            bytes[4] = (byte) random.nextInt(5);
            bytes[5] = (byte) random.nextInt(5);
            Sighting sighting = Sighting.decode(ByteBuffer.wrap(bytes), 0);
            if (sighting != null) {
                assertThat(Sighting.decode(bytes(sighting), 0)).isEqualTo(sighting);
            }
        }
    }

    @Test
    void segmentHoldsItsBytesModuloTheSequenceSpace() {
        Sighting.Segment s = HandMade.edge(
                HandMade.CLIENT,
                HandMade.VIP,
                Direction.REQUEST,
                HandMade.Tcp.data(-10, 0, 20),
                Port.Kind.VNIC,
                true,
                1);
        assertThat(s.holds(-11)).isFalse();
        assertThat(s.holds(-10)).isTrue();
        assertThat(s.holds(9)).isTrue();
        assertThat(s.holds(10)).isFalse();
        assertThat(s.end()).isEqualTo(10);
    }
}
