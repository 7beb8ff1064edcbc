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
        return Stream.of(
                new Sighting.Transit(
                        0xC6336407,
                        65535,
                        0x0A000164,
                        80,
                        Direction.REQUEST,
                        0x18,
                        -1,
                        Integer.MIN_VALUE,
                        65_000,
                        Port.Kind.UPLINK,
                        Port.Kind.TUNNEL,
                        Long.MAX_VALUE,
                        2,
                        3,
                        4,
                        5),
                new Sighting.Transit(
                        1, 0, 2, 443, Direction.RESPONSE, 0xff, 5, 6, 0, Port.Kind.VNIC, null, 0, 2, 3, 0, 0),
                new Sighting.Edge(
                        -1,
                        40000,
                        -2,
                        80,
                        Direction.RESPONSE,
                        0x12,
                        1,
                        2,
                        3,
                        Port.Kind.VNIC,
                        true,
                        1_700_000_000_000_000_000L),
                new Sighting.Edge(1, 40000, 2, 80, Direction.REQUEST, 2, 1, 2, 3, Port.Kind.UPLINK, false, 77),
                new Sighting.Transit(
                        Protocol.UDP,
                        1,
                        40000,
                        2,
                        53,
                        Direction.REQUEST,
                        Sighting.MATCHING,
                        0xbeef,
                        0,
                        40,
                        Port.Kind.UPLINK,
                        Port.Kind.VNIC,
                        1,
                        2,
                        3,
                        4,
                        5),
                new Sighting.Edge(
                        Protocol.ICMP, 1, 7, 2, 0, Direction.RESPONSE, 1, 9, 0, 56, Port.Kind.UPLINK, true, 77),
                new Sighting.Phases(1, 50000, 3, 60000, 404, 1, 2, 3, 4, 5, 6),
                new Sighting.ServerLog(1, 50000, 200, 1_700_000_000_123_000_000L, 2_000_000),
                new Sighting.ServerTurn(1, 50000, 2, 80, 5, 6, 7),
                new Sighting.Notice(
                        1, 50000, 2, 80, Direction.RESPONSE, Sighting.Notice.What.ZERO_WINDOW, -5, 1_700_000_000L));
    }

    @ParameterizedTest
    @MethodSource("sightings")
    void readsWhatItWrote(Sighting sighting) {
        assertThat(Sighting.decode(bytes(sighting), 0)).isEqualTo(sighting);
    }

    @Test
    void fieldsStandWhereTheRecordSaysAndAreLittleEndian() {
        ByteBuffer b = bytes(sightings().findFirst().orElseThrow());
        assertThat(b.get(0)).isEqualTo((byte) 1);
        assertThat(b.getInt(8)).isEqualTo(0xC6336407);
        assertThat(b.get(8)).isEqualTo((byte) 0x07);
        assertThat(b.getShort(18)).isEqualTo((short) 80);
        assertThat(b.getLong(40)).isEqualTo(2);
        assertThat(b.getLong(80)).isZero();
    }

    @Test
    void writerSetsPiecesInPlace() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment m = arena.allocate(3L * Sighting.BYTES);
            long at = Sighting.BYTES;
            SightingWriter.transit(m, at, Direction.RESPONSE, Port.Kind.TUNNEL);
            SightingWriter.connection(m, at, 1, 2, 3, 4);
            SightingWriter.segment(m, at, 0x10, 5, 6, 7);
            SightingWriter.entered(m, at, 8, 9);
            SightingWriter.left(m, at, Port.Kind.UPLINK, 10);
            SightingWriter.sent(m, at, 11, 12);
            assertThat(Sighting.decode(m.asByteBuffer(), Sighting.BYTES))
                    .isEqualTo(new Sighting.Transit(
                            1,
                            2,
                            3,
                            4,
                            Direction.RESPONSE,
                            0x10,
                            5,
                            6,
                            7,
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
            bytes[0] = (byte) random.nextInt(9);
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
