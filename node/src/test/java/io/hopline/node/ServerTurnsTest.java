package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.Endpoint;
import io.hopline.sla.Sighting;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerTurnsTest {
    private static final long A = 0xffff_8881_0000_0000L;
    private static final long B = A + 0x1000;
    private static final int SERVER = 77;
    private static final Endpoint SERVICE = Endpoint.of(3, 80);

    private final List<Sighting.ServerTurn> told = new ArrayList<>();
    private final ServerTurns turns = new ServerTurns(told::add);

    private void read(long socket, long ns) {
        turns.read(socket, Endpoint.of(1, socket == A ? 1000 : 2000), SERVICE, ns);
    }

    private static Sighting.ServerTurn turn(int clientPort, long takenNs, long readNs, long writtenNs) {
        return new Sighting.ServerTurn(Endpoint.of(1, clientPort), SERVICE, takenNs, readNs, writtenNs);
    }

    @Test
    void aTurnIsASegmentAReadAndAWrite() {
        turns.took(A, 10);
        read(A, 20);
        turns.writes(SERVER, 30);
        turns.writes(SERVER, 31);
        turns.wrote(SERVER, A);
        assertThat(told).containsExactly(turn(1000, 10, 20, 30));
        turns.writes(SERVER, 40);
        turns.wrote(SERVER, A);
        assertThat(told).as("the same answer goes on").hasSize(1);
    }

    @Test
    void ofSeveralReadsTheLastCountsWithTheSegmentBeforeIt() {
        turns.took(A, 10);
        read(A, 20);
        turns.took(A, 25);
        read(A, 28);
        turns.took(A, 29);
        turns.writes(SERVER, 30);
        turns.wrote(SERVER, A);
        assertThat(told).containsExactly(turn(1000, 25, 28, 30));
    }

    @Test
    void aWriteCountsForTheSocketItWasFor() {
        turns.took(A, 10);
        read(A, 20);
        turns.writes(SERVER, 22);
        turns.wrote(SERVER, B);
        turns.took(B, 24);
        read(B, 26);
        turns.writes(SERVER, 30);
        turns.wrote(SERVER, A);
        turns.writes(SERVER, 40);
        turns.wrote(SERVER, B);
        assertThat(told).containsExactly(turn(1000, 10, 20, 30), turn(2000, 24, 26, 40));
    }

    @Test
    void whatBeganUnseenIsNoTurn() {
        read(A, 20);
        turns.writes(SERVER, 30);
        turns.wrote(SERVER, A);
        turns.took(A, 40);
        read(A, 50);
        turns.wrote(SERVER, A);
        assertThat(told).isEmpty();
        turns.writes(SERVER, 60);
        turns.wrote(SERVER, A);
        assertThat(told).containsExactly(turn(1000, 40, 50, 60));
    }

    @Test
    void noMoreSocketsAreKeptThanSaid() {
        for (int i = 0; i <= ServerTurns.MAX_SOCKETS; i++) {
            turns.took(A + i * 64L, 10);
        }
        read(A, 20);
        turns.writes(SERVER, 30);
        turns.wrote(SERVER, A);
        assertThat(told).isEmpty();
    }
}
