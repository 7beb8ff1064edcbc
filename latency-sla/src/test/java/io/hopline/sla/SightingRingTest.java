package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SightingRingTest {
    private final MemorySegment record = MemorySegment.ofArray(new long[Sighting.BYTES / Long.BYTES]);
    private final MemorySegment into = MemorySegment.ofArray(new long[3 * Sighting.BYTES / Long.BYTES]);

    @Test
    void givesBackInOrderWhatWasPutIn() {
        try (SightingRing ring = new SightingRing(8)) {
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < 5; i++) {
                    assertThat(ring.offer(numbered(round * 5L + i), 0)).isTrue();
                }
                assertThat(ring.size()).isEqualTo(5);
                assertThat(ring.drain(into)).isEqualTo(3);
                assertThat(number(0)).isEqualTo(round * 5L);
                assertThat(number(2)).isEqualTo(round * 5L + 2);
                assertThat(ring.drain(into)).isEqualTo(2);
                assertThat(number(1)).isEqualTo(round * 5L + 4);
            }
            assertThat(ring.overflow()).isZero();
        }
    }

    @Test
    void fullRingDropsAndCounts() {
        try (SightingRing ring = new SightingRing(2)) {
            assertThat(ring.offer(numbered(1), 0)).isTrue();
            assertThat(ring.offer(numbered(2), 0)).isTrue();
            assertThat(ring.offer(numbered(3), 0)).isFalse();
            assertThat(ring.overflow()).isEqualTo(1);
            assertThat(ring.drain(into)).isEqualTo(2);
            assertThat(ring.offer(numbered(4), 0)).isTrue();
            assertThat(ring.drain(into)).isEqualTo(1);
            assertThat(number(0)).isEqualTo(4);
        }
    }

    @Test
    void emptyRingGivesNothing() {
        try (SightingRing ring = new SightingRing(1)) {
            assertThat(ring.drain(into)).isZero();
        }
    }

    @Test
    void capacityMustBeAPowerOfTwo() {
        assertThatThrownBy(() -> new SightingRing(3)).hasMessageContaining("3 is not a power of two");
    }

    @Test
    @Timeout(30)
    void writerAndReaderOnTwoThreadsLoseNothingUncounted() throws InterruptedException {
        int records = 300_000;
        try (SightingRing ring = new SightingRing(64)) {
            Thread writer = Thread.ofPlatform().start(() -> {
                MemorySegment mine = MemorySegment.ofArray(new long[Sighting.BYTES / Long.BYTES]);
                for (long i = 0; i < records; i++) {
                    mine.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, i);
                    mine.set(ValueLayout.JAVA_LONG_UNALIGNED, Sighting.BYTES - 8L, ~i);
                    ring.offer(mine, 0);
                }
            });
            long seen = 0;
            long last = -1;
            while (writer.isAlive() || ring.size() > 0) {
                int count = ring.drain(into);
                for (int i = 0; i < count; i++) {
                    long number = number(i);
                    assertThat(number).isGreaterThan(last);
                    assertThat(into.get(ValueLayout.JAVA_LONG_UNALIGNED, (i + 1L) * Sighting.BYTES - 8))
                            .isEqualTo(~number);
                    last = number;
                }
                seen += count;
            }
            writer.join();
            assertThat(seen + ring.overflow()).isEqualTo(records);
        }
    }

    private MemorySegment numbered(long number) {
        record.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, number);
        return record;
    }

    private long number(int index) {
        return into.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) index * Sighting.BYTES);
    }
}
