package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Icmp;
import io.hopline.packet.Udp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DatagramKeyTest {
    /** Standard query, recursion desired, one question. */
    private static final byte[] QUERY = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'e', 'b', 0, 0, 1, 0, 1};

    private static long key(Direction direction, int identification, byte... payload) {
        return key(direction, identification, payload, payload.length);
    }

    private static long key(Direction direction, int identification, byte[] payload, int available) {
        MemorySegment memory = MemorySegment.ofArray(new byte[Udp.BYTES + payload.length]);
        Udp.totalBytes(memory, 0, Udp.BYTES + payload.length);
        MemorySegment.copy(MemorySegment.ofArray(payload), 0, memory, Udp.BYTES, available);
        return DatagramKey.ofUdp(direction, memory, 0, available, identification);
    }

    private static byte[] answer() {
        byte[] answer = QUERY.clone();
        answer[2] = (byte) 0x81;
        answer[7] = 1;
        return answer;
    }

    private static boolean matching(long key) {
        return (key & DatagramKey.MATCHING) != 0;
    }

    @Test
    void anEchoIsKnownByItsSequenceNumber() {
        MemorySegment icmp = MemorySegment.ofArray(new byte[Icmp.BYTES]);
        Icmp.sequence(icmp, 0, 513);
        assertThat(DatagramKey.ofEcho(icmp, 0)).isEqualTo(DatagramKey.MATCHING | 513);
    }

    @Test
    void aDnsQueryAndItsAnswerHaveOneKey() {
        long query = key(Direction.REQUEST, 1, QUERY);
        assertThat(query).isEqualTo(DatagramKey.MATCHING | 0x1234);
        assertThat(key(Direction.RESPONSE, 99, answer())).isEqualTo(query);
    }

    /** At a VIP's port 53 and behind NAT at a backend's port 5353, or the other way round, a datagram is the same. */
    @Test
    void portsAreNotInTheKey() {
        byte[] transfer = QUERY.clone();
        transfer[9] = 1;
        for (byte[] payload : new byte[][] {QUERY, transfer, answer(), {1, 2, 3}}) {
            for (Direction direction : Direction.values()) {
                MemorySegment before = MemorySegment.ofArray(new byte[Udp.BYTES + payload.length]);
                Udp.totalBytes(before, 0, Udp.BYTES + payload.length);
                MemorySegment.copy(MemorySegment.ofArray(payload), 0, before, Udp.BYTES, payload.length);
                MemorySegment behind = MemorySegment.ofArray(before.toArray(ValueLayout.JAVA_BYTE));
                Udp.destinationPort(before, 0, 53);
                Udp.destinationPort(behind, 0, 5353);
                assertThat(DatagramKey.ofUdp(direction, before, 0, payload.length, 7))
                        .isEqualTo(DatagramKey.ofUdp(direction, behind, 0, payload.length, 7));
            }
        }
    }

    @Test
    void whatOnlyResemblesDnsDoesNotMatch() {
        assertThat(matching(key(Direction.REQUEST, 1, answer())))
                .as("an answer that asks")
                .isFalse();
        assertThat(matching(key(Direction.REQUEST, 1, Arrays.copyOf(QUERY, 11))))
                .as("cut short")
                .isFalse();
        byte[] twoQuestions = QUERY.clone();
        twoQuestions[5] = 2;
        assertThat(matching(key(Direction.REQUEST, 1, twoQuestions))).isFalse();
        byte[] update = QUERY.clone();
        update[2] = 0x28;
        assertThat(matching(key(Direction.REQUEST, 1, update))).isFalse();
    }

    @Test
    void aDigestTellsDatagramsApart() {
        byte[] payload = "the request of a protocol that nobody knows, with 64 bytes of it"
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        long key = key(Direction.REQUEST, 7, payload);
        assertThat(matching(key)).isFalse();
        assertThat(key(Direction.REQUEST, 7, payload)).isEqualTo(key);
        assertThat(key(Direction.REQUEST, 8, payload)).isNotEqualTo(key);
        byte[] other = payload.clone();
        other[0]++;
        assertThat(key(Direction.REQUEST, 7, other)).isNotEqualTo(key);
        assertThat(key(Direction.REQUEST, 7, Arrays.copyOf(payload, 63))).isNotEqualTo(key);
    }

    @Test
    void whatAStampSocketKeepsIsEnough() {
        byte[] payload = new byte[1200];
        Arrays.fill(payload, (byte) 'x');
        assertThat(key(Direction.REQUEST, 7, payload, DatagramKey.DIGESTED_BYTES))
                .isEqualTo(key(Direction.REQUEST, 7, payload));
    }

    @Test
    void hostileLengthsAreHarmless() {
        MemorySegment memory = MemorySegment.ofArray(new byte[Udp.BYTES]);
        for (int length : new int[] {0, 7, 8, 65_535}) {
            Udp.totalBytes(memory, 0, length);
            assertThat(matching(DatagramKey.ofUdp(Direction.REQUEST, memory, 0, 0, 0)))
                    .isFalse();
            assertThat(matching(DatagramKey.ofUdp(Direction.REQUEST, memory, 0, -4, 0)))
                    .isFalse();
        }
    }
}
