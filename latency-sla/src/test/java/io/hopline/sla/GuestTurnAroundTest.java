package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Port;
import io.hopline.sla.HandMade.Tcp;
import org.junit.jupiter.api.Test;

class GuestTurnAroundTest {
    private static final long US = 1_000;
    private static final long SYN_NS = 1_000 * US;
    private static final int FIRST_BYTE = 701;

    private final GuestTurnAround connection = new GuestTurnAround();

    private void handshake(long ns) {
        HandMade.handshake(HandMade.CLIENT, HandMade.WEB2, "b", FIRST_BYTE - 1, 1, SYN_NS, ns)
                .list()
                .forEach(item -> connection.note((Sighting.Edge) item.sighting()));
    }

    /** A request of 100 bytes comes in, and its ACK goes out so much later. */
    private void acknowledged(long arrivedNs, long ns) {
        connection.note(HandMade.edge(
                HandMade.CLIENT,
                HandMade.WEB2,
                Direction.RESPONSE,
                new Tcp(Sighting.ACK, 2, FIRST_BYTE + 100, 0),
                Port.Kind.VNIC,
                false,
                arrivedNs + ns));
        assertThat(connection.ackNs(FIRST_BYTE + 100, arrivedNs, arrivedNs + 2 * ns))
                .hasValue(ns);
    }

    @Test
    void showsTheShorterOfHandshakeAndAck() {
        long laterNs = SYN_NS + 5_000 * US;
        assertThat(connection.latelyNs(FIRST_BYTE + 300, laterNs)).isEmpty();
        handshake(500 * US);
        assertThat(connection.latelyNs(FIRST_BYTE + 300, laterNs)).hasValue(500 * US);
        acknowledged(SYN_NS + 2_000 * US, 40 * US);
        assertThat(connection.latelyNs(FIRST_BYTE + 300, laterNs)).hasValue(40 * US);
    }

    @Test
    void anAckThatTakesLongerThanTheHandshakeIsNoMeasure() {
        handshake(30 * US);
        acknowledged(SYN_NS + 2_000 * US, 400 * US);
        assertThat(connection.latelyNs(FIRST_BYTE + 300, SYN_NS + 5_000 * US)).hasValue(30 * US);
    }

    @Test
    void whatWasSeenLongAgoSaysNothing() {
        handshake(500 * US);
        long endNs = SYN_NS + 500 * US + GuestTurnAround.LASTS_NS;
        assertThat(connection.latelyNs(FIRST_BYTE + 300, endNs - 1)).hasValue(500 * US);
        assertThat(connection.latelyNs(FIRST_BYTE + 300, endNs)).isEmpty();
    }
}
