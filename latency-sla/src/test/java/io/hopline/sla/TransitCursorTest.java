package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TransitCursorTest {
    /** Every kind of record, twice over. */
    private static final List<Sighting> RECORDS =
            Stream.concat(SightingTest.sightings(), SightingTest.sightings()).toList();

    private static ByteBuffer batch() {
        MemorySegment memory = MemorySegment.ofArray(new byte[RECORDS.size() * Sighting.BYTES]);
        for (int i = 0; i < RECORDS.size(); i++) {
            SightingWriter.write(memory, (long) i * Sighting.BYTES, RECORDS.get(i));
        }
        return memory.asByteBuffer();
    }

    @Test
    void stopsAtEveryTransitAndAtNothingElse() {
        TransitCursor way = new TransitCursor(batch());
        for (Sighting sighting : RECORDS) {
            if (sighting instanceof Sighting.Transit transit) {
                assertThat(way.next()).isTrue();
                assertThat(way.direction()).isEqualTo(transit.direction());
                assertThat(way.in()).isEqualTo(transit.in());
                assertThat(way.out()).isEqualTo(transit.out());
                assertThat(new long[] {way.t0Ns(), way.t1Ns(), way.t2Ns(), way.t3Ns()})
                        .containsExactly(transit.t0Ns(), transit.t1Ns(), transit.t2Ns(), transit.t3Ns());
            }
        }
        assertThat(way.next()).isFalse();
    }

    @Test
    void goesFromTheBuffersPositionToItsLimit() {
        ByteBuffer batch = batch().position(Sighting.BYTES).limit(2 * Sighting.BYTES);
        TransitCursor way = new TransitCursor(batch);
        assertThat(way.next()).isTrue();
        assertThat(way.t0Ns()).isEqualTo(((Sighting.Transit) RECORDS.get(1)).t0Ns());
        assertThat(way.next()).isFalse();
        assertThat(new TransitCursor(batch().limit(0)).next()).isFalse();
    }
}
