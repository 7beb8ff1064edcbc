package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Port;
import io.hopline.sla.HandMade.Tcp;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestEndsTest {
    private static final Endpoint CLIENT = Endpoint.of(0x0a000001, 40_000);
    private static final long MS = 1_000_000;

    private final SightingRing ring = new SightingRing(16);
    private final RequestEnds ends = new RequestEnds(ring);
    private final MemorySegment record = MemorySegment.ofArray(new byte[Sighting.BYTES]);

    @AfterEach
    void close() {
        ring.close();
    }

    private void request(int sequence, int acknowledgment, int bytes, long nowNs) {
        offer(CLIENT, Direction.REQUEST, Tcp.data(sequence, acknowledgment, bytes), nowNs);
    }

    private void response(int sequence, int acknowledgment, int bytes) {
        offer(CLIENT, Direction.RESPONSE, Tcp.data(sequence, acknowledgment, bytes), 0);
    }

    private void offer(Endpoint client, Direction direction, Tcp tcp, long nowNs) {
        SightingWriter.write(record, 0, HandMade.edge(client, HandMade.WEB1, direction, tcp, Port.Kind.VNIC, true, 1));
        ends.offer(record, 0, nowNs);
    }

    /** Sequence numbers of what was handed on, in order. */
    private List<Integer> handedOn() {
        List<Integer> sequences = new ArrayList<>();
        while (ring.drain(record) > 0) {
            var edge = (Sighting.Edge) Objects.requireNonNull(Sighting.decode(record.asByteBuffer(), 0));
            sequences.add(edge.seq());
        }
        return sequences;
    }

    @Test
    void theLastEndBeforeTheAnswerIsTheRequests() {
        request(100, 1, 50, 0);
        request(150, 1, 50, 0);
        request(200, 1, 50, 0);
        assertThat(handedOn()).isEmpty();
        response(7000, 250, 300);
        assertThat(handedOn()).containsExactly(200, 7000);
        assertThat(ends.holds()).isFalse();
    }

    @Test
    void whoHeardMoreWasAnsweredElsewhere() {
        request(100, 1, 50, 0);
        request(150, 301, 50, 0);
        assertThat(handedOn()).containsExactly(100);
    }

    @Test
    void whatComesAgainIsHandedOnTwice() {
        request(100, 1, 50, 0);
        request(100, 1, 50, 0);
        response(7000, 150, 300);
        assertThat(handedOn()).containsExactly(100, 100, 7000);
    }

    @Test
    void theGuestsAckGoesWithItsRequest() {
        request(100, 1, 50, 0);
        response(7000, 150, 0);
        request(150, 1, 50, 0);
        response(7000, 200, 0);
        response(7000, 200, 0);
        response(7000, 200, 300);
        assertThat(handedOn()).containsExactly(150, 7000, 7000);
    }

    @Test
    void whatNothingFollowsIsHandedOnAfterAWhile() {
        request(100, 1, 50, 10 * MS);
        ends.release(40 * MS);
        assertThat(handedOn()).isEmpty();
        request(150, 1, 50, 55 * MS);
        ends.release(90 * MS);
        assertThat(handedOn()).isEmpty();
        ends.release(120 * MS);
        assertThat(handedOn()).containsExactly(150);
        response(7000, 200, 0);
        assertThat(handedOn()).as("an ACK with nothing held").containsExactly(7000);
    }

    @Test
    void aConnectionThatBeginsAnewEndsWhatWas() {
        request(100, 1, 50, 0);
        offer(CLIENT, Direction.REQUEST, new Tcp(Sighting.SYN, 9000, 0, 0), 0);
        assertThat(handedOn()).containsExactly(100, 9000);
    }

    @Test
    void anotherConnectionInOnesPlaceOnlyHandsOnEarly() {
        int port = CLIENT.port();
        do {
            port++;
        } while ((ConnectionSampler.hash(0x0a000001, port) >>> 8 & 127)
                != (ConnectionSampler.hash(0x0a000001, CLIENT.port()) >>> 8 & 127));
        Endpoint other = Endpoint.of(0x0a000001, port);
        request(100, 1, 50, 0);
        offer(other, Direction.REQUEST, Tcp.data(150, 1, 50), 0);
        assertThat(handedOn()).containsExactly(100);
        response(7000, 150, 300);
        assertThat(handedOn()).as("not the other's answer").containsExactly(7000);
        assertThat(ends.holds()).isTrue();
    }

    @Test
    void sequenceNumbersWrap() {
        request(-20, 1, 10, 0);
        request(-10, 1, 20, 0);
        response(7000, 10, 300);
        assertThat(handedOn()).containsExactly(-10, 7000);
    }
}
