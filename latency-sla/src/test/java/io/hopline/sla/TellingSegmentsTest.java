package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TellingSegmentsTest {
    private static final int CLIENT = 0x0a00_0001;
    private static final int PORT = 40_000;
    private static final int ACK_PSH = Sighting.ACK | Sighting.PSH;

    private final TellingSegments telling = new TellingSegments();

    private boolean request(int flags, int sequence, int payload) {
        return telling.tells(Direction.REQUEST, 0, CLIENT, PORT, flags, sequence, 1, payload);
    }

    private boolean response(int sequence, int acknowledgment, int payload) {
        return telling.tells(Direction.RESPONSE, 0, CLIENT, PORT, Sighting.ACK, sequence, acknowledgment, payload);
    }

    @Test
    void handshakesTell() {
        assertThat(request(Sighting.SYN, 0, 0)).isTrue();
        assertThat(telling.tells(Direction.RESPONSE, 0, CLIENT, PORT, Sighting.SYN | Sighting.ACK, 0, 1, 0))
                .isTrue();
    }

    @Test
    void ofALongRequestTheEndTells() {
        assertThat(request(Sighting.ACK, 100, 1400)).isFalse();
        assertThat(request(ACK_PSH, 1500, 100)).isTrue();
        assertThat(request(ACK_PSH, 1500, 100)).as("sent again").isTrue();
        assertThat(request(Sighting.ACK, 1600, 0)).as("an ACK of the client's").isFalse();
        assertThat(request(ACK_PSH | Sighting.FIN, 1600, 0)).isFalse();
    }

    @Test
    void ofALongResponseTheBeginningTells() {
        assertThat(request(ACK_PSH, 100, 50)).isTrue();
        assertThat(response(7000, 150, 1400)).isTrue();
        assertThat(response(8400, 150, 64_000)).isFalse();
        assertThat(response(7000, 150, 1400)).as("sent again").isTrue();
        assertThat(response(6000, 150, 1000)).as("overtaken by what follows it").isTrue();
        assertThat(response(7000, 150, 1400)).as("no longer the beginning").isFalse();
        assertThat(request(ACK_PSH, 150, 50)).isTrue();
        assertThat(response(72_400, 200, 1400)).as("the next response").isTrue();
    }

    @Test
    void sequenceNumbersWrap() {
        assertThat(response(-10, 150, 100)).isTrue();
        assertThat(response(90, 150, 100)).isFalse();
    }

    @Test
    void ofTheGuestsAcksThatOfTheRequestsEndTells() {
        assertThat(request(ACK_PSH, 100, 50)).isTrue();
        assertThat(response(7000, 120, 0)).isFalse();
        assertThat(response(7000, 150, 0)).isTrue();
        assertThat(telling.tells(Direction.RESPONSE, 0, CLIENT, PORT, Sighting.ACK | Sighting.FIN, 7000, 150, 0))
                .isFalse();
    }

    @Test
    void connectionsThatShareAPlaceForgetButNothingGoesMissing() {
        int other = PORT;
        int place = ConnectionSampler.hash(CLIENT, PORT) >>> 8 & 1023;
        do {
            other++;
        } while ((ConnectionSampler.hash(CLIENT, other) >>> 8 & 1023) != place);
        assertThat(response(7000, 150, 1400)).isTrue();
        assertThat(telling.tells(Direction.RESPONSE, 0, CLIENT, other, Sighting.ACK, 8400, 150, 1400))
                .isTrue();
        assertThat(response(8400, 150, 1400))
                .as("not known to go on with anything")
                .isTrue();
    }
}
