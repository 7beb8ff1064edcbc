package io.hopline.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.util.IpV4Helper;

class Ipv4FragmenterTest {
    private final FramePool pool = FramePool.of(2);
    private final FrameHeaders headers = new FrameHeaders();

    @AfterEach
    void everyFrameIsBack() {
        assertThat(pool.available()).isEqualTo(pool.capacity());
        pool.close();
    }

    private static byte[] withoutDf(byte[] frame) {
        frame[20] &= ~0x40;
        java.lang.foreign.MemorySegment memory = java.lang.foreign.MemorySegment.ofArray(frame);
        Ipv4.updateChecksum(memory, 14);
        return frame;
    }

    private List<byte[]> fragments(byte[] whole, int mtuBytes) {
        Frame frame = TestFrames.frame(pool, whole);
        Frame fragment = TestFrames.frame(pool, new byte[0]);
        assertThat(headers.parse(frame)).isEqualTo(FrameHeaders.Verdict.OK);
        List<byte[]> all = new ArrayList<>();
        int count = Ipv4Fragmenter.count(frame, headers, mtuBytes);
        for (int i = 0; i < count; i++) {
            Ipv4Fragmenter.emit(i, frame, headers, mtuBytes, fragment);
            all.add(TestFrames.bytes(fragment));
        }
        fragment.release();
        frame.release();
        return all;
    }

    /** pcap4j puts the fragments together again. */
    @ParameterizedTest
    @CsvSource({"1, 3000, 1500", "2, 8000, 1450", "3, 1473, 1500", "4, 1472, 1500", "5, 60000, 1400", "6, 100, 68"})
    void pcap4jReassembles(long seed, int payloadBytes, int mtuBytes) throws Exception {
        byte[] whole = withoutDf(TestFrames.ip(new Random(seed), false, false, payloadBytes));
        List<IpV4Packet> packets = new ArrayList<>();

        for (byte[] fragment : fragments(whole, mtuBytes)) {
            IpV4Packet packet =
                    EthernetPacket.newPacket(fragment, 0, fragment.length).get(IpV4Packet.class);
            assertThat(fragment.length - 14).isLessThanOrEqualTo(mtuBytes);
            assertThat(packet.getHeader().hasValidChecksum(false)).isTrue();
            packets.add(packet);
        }

        byte[] together = packets.size() == 1
                ? packets.get(0).getRawData()
                : IpV4Helper.defragment(packets).getRawData();
        assertThat(Arrays.copyOfRange(together, 20, together.length))
                .isEqualTo(Arrays.copyOfRange(whole, 34, whole.length));
    }

    @Test
    void copiesOnlyTheOptionsThatAreToBeCopied() {
        // Router alert (148, copied), record route of 7 bytes (7, not copied), end.
        byte[] options = {(byte) 148, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0};
        byte[] whole = TestFrames.withIpv4Options(withoutDf(TestFrames.ip(new Random(1), false, false, 3000)), options);

        List<byte[]> fragments = fragments(whole, 1500);

        assertThat(fragments).hasSize(3);
        assertThat(Arrays.copyOfRange(fragments.get(0), 34, 46)).isEqualTo(options);
        assertThat(Arrays.copyOfRange(fragments.get(2), 34, 46))
                .isEqualTo(new byte[] {(byte) 148, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0});
    }

    @Test
    void fragmentsAFragment() {
        byte[] whole = withoutDf(TestFrames.ip(new Random(1), false, false, 4000));
        ByteArrayOutputStream together = new ByteArrayOutputStream();
        int expectedOffset = 0;
        for (byte[] outer : fragments(whole, 2000)) {
            for (byte[] inner : fragments(outer, 600)) {
                java.lang.foreign.MemorySegment memory = java.lang.foreign.MemorySegment.ofArray(inner);
                assertThat((Ipv4.fragment(memory, 14) & Ipv4.FRAGMENT_OFFSET_MASK) * 8)
                        .isEqualTo(expectedOffset);
                expectedOffset += inner.length - 34;
                together.write(inner, 34, inner.length - 34);
                boolean last = expectedOffset == whole.length - 34;
                assertThat((Ipv4.fragment(memory, 14) & Ipv4.MORE_FRAGMENTS) == 0)
                        .isEqualTo(last);
            }
        }
        assertThat(together.toByteArray()).isEqualTo(Arrays.copyOfRange(whole, 34, whole.length));
    }

    @Test
    void leavesAloneWhatMayNotBeFragmented() {
        byte[] df = withoutDf(TestFrames.ip(new Random(1), false, false, 3000));
        df[20] |= 0x40;
        assertThat(fragments(df, 1500)).isEmpty();
        assertThat(fragments(TestFrames.ip(new Random(1), true, false, 3000), 1500))
                .isEmpty();
        assertThat(fragments(withoutDf(TestFrames.ip(new Random(1), false, false, 3000)), 60))
                .isEmpty();
    }
}
