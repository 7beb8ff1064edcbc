package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramePoolTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void handsOutEverySlotOnceAndTakesItBack(long seed) {
        Random random = new Random(seed);
        try (FramePool pool = FramePool.of(16)) {
            Deque<Frame> held = new ArrayDeque<>();
            for (int i = 0; i < 10_000; i++) {
                if (random.nextBoolean()) {
                    Frame frame = pool.acquire();
                    assertThat(frame == null).isEqualTo(held.size() == 16);
                    if (frame != null) {
                        assertThat(held).doesNotContain(frame);
                        held.add(frame);
                    }
                } else if (!held.isEmpty()) {
                    held.poll().release();
                }
                assertThat(pool.available()).isEqualTo(16 - held.size());
            }
            held.forEach(Frame::release);
            assertThat(pool.available()).isEqualTo(pool.capacity());
        }
    }

    @Test
    void aCopyIsEqualAndApart() {
        try (FramePool pool = FramePool.of(2)) {
            byte[] bytes = TestFrames.ip(new Random(1), false, true, 500);
            Frame original = TestFrames.frame(pool, bytes);
            original.pull(4);
            original.inPort(3);
            VnetHeader.flags(original.memory(), original.vnet(), VnetHeader.DATA_VALID);

            Frame copy = Objects.requireNonNull(pool.copy(original));
            assertThat(pool.copy(original)).isNull();

            assertThat(TestFrames.bytes(copy)).isEqualTo(TestFrames.bytes(original));
            assertThat(copy.inPort()).isEqualTo(3);
            assertThat(copy.headroom()).isEqualTo(original.headroom());
            assertThat(VnetHeader.flags(copy.memory(), copy.vnet())).isEqualTo(VnetHeader.DATA_VALID);
            Wire.u8(copy.memory(), copy.offset(), 0x77);
            assertThat(TestFrames.bytes(original)).isNotEqualTo(TestFrames.bytes(copy));
            original.release();
            copy.release();
        }
    }

    @Test
    void catchesOwnersThatErr() {
        assertThatThrownBy(() -> FramePool.of(0)).hasMessageContaining("1 to 65536");
        try (FramePool pool = FramePool.of(1)) {
            Frame frame = TestFrames.frame(pool, new byte[10]);
            assertThatThrownBy(() -> frame.push(Frame.HEADROOM + 1)).hasMessageContaining("headroom");
            assertThatThrownBy(() -> frame.pull(11)).hasMessageContaining("10 bytes");
            assertThatThrownBy(() -> frame.length(frame.room() + 1)).hasMessageContaining("fit");
            frame.length(Frame.MAX_BYTES);
            frame.release();
            assertThatThrownBy(frame::release).hasMessageContaining("twice");
        }
    }

    @Test
    void reusedSlotsStartClean() {
        try (FramePool pool = FramePool.of(1)) {
            Frame frame = TestFrames.frame(pool, new byte[10]);
            frame.tunnelId(5);
            VnetHeader.gsoType(frame.memory(), frame.vnet(), VnetHeader.GSO_TCPV4);
            frame.push(8);
            frame.release();

            Frame again = TestFrames.frame(pool, new byte[0]);
            assertThat(again.tunnelId()).isZero();
            assertThat(again.headroom()).isEqualTo(Frame.HEADROOM);
            assertThat(VnetHeader.isGso(again.memory(), again.vnet())).isFalse();
            again.release();
        }
    }
}
