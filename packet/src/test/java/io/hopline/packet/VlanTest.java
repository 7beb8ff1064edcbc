package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class VlanTest {
    @Test
    void pushesAndPopsWithTheVnetOffsets() {
        byte[] plain = TestFrames.ip(new Random(1), false, true, 100);
        try (FramePool pool = FramePool.of(1)) {
            Frame frame = TestFrames.frame(pool, plain);
            ChecksumTest.makePartial(frame, false, true);
            byte[] partial = TestFrames.bytes(frame);

            Vlan.push(frame, Ethernet.TYPE_VLAN, 0x6005);

            assertThat(TestFrames.bytes(frame)).isEqualTo(TestFrames.tagged(partial, 0x8100, 0x6005));
            assertThat(VnetHeader.checksumStart(frame.memory(), frame.vnet())).isEqualTo(38);
            assertThat(Checksum.complete(frame)).isTrue();
            assertThat(TestFrames.bytes(frame)).isEqualTo(TestFrames.tagged(plain, 0x8100, 0x6005));

            Vlan.pop(frame);
            assertThat(TestFrames.bytes(frame)).isEqualTo(plain);
            frame.release();
        }
    }
}
