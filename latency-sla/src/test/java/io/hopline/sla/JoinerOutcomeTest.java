package io.hopline.sla;

import static io.hopline.sla.HandMade.CLIENT;
import static io.hopline.sla.HandMade.PROXY;
import static io.hopline.sla.HandMade.VIP;
import static io.hopline.sla.HandMade.WEB;
import static io.hopline.sla.HandMade.WEB1;
import static io.hopline.sla.HandMade.WEB2;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Port;
import io.hopline.sla.HandMade.Tcp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of requests, for availability. */
class JoinerOutcomeTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<String> outcomes = new ArrayList<>();
    private final Joiner joiner = new Joiner(
            JoinerLimits.DEFAULT,
            trace -> {},
            (service, startNs, outcome) -> outcomes.add(service + " " + outcome.id() + "@" + startNs));

    JoinerOutcomeTest() {
        joiner.services(List.of(WEB), HandMade.INTERNAL);
        joiner.clocks(ClockModel.of(Map.of("a", "boot", "b", "boot")));
    }

    private void feed(List<HandMade.Item> items) {
        items.forEach(item -> joiner.accept(item.host(), item.sighting(), 0));
    }

    private static HandMade handshake() {
        return HandMade.handshake(CLIENT, WEB2, "b", 999, 4999, 100, 30);
    }

    private static Sighting.Edge edge(Direction direction, Tcp tcp, long ns) {
        return HandMade.edge(CLIENT, WEB2, direction, tcp, Port.Kind.VNIC, direction == Direction.REQUEST, ns);
    }

    @Test
    void aJoinedRequestIsAnswered() {
        feed(handshake().addAll(HandMade.twoHosts(1000, 5000, 1000), "").list());
        joiner.advance(11 * SECOND);
        assertThat(outcomes).containsExactly("web answered@1000");
    }

    @Test
    void theOrderInWhichBatchesComeDoesNotMatter() {
        List<HandMade.Item> items =
                handshake().addAll(HandMade.twoHosts(1000, 5000, 1000), "").list();
        Collections.reverse(items);
        feed(items);
        joiner.advance(11 * SECOND);
        assertThat(outcomes).containsExactly("web answered@1000");
    }

    @Test
    void oneThatIsNotTimedIsAnsweredAllTheSame() {
        HandMade again = HandMade.twoHosts(1000, 5000, 1000);
        feed(again.list());
        joiner.accept("b", edge(Direction.RESPONSE, Tcp.data(5000, 1100, 200), 2_000), 0);
        joiner.advance(11 * SECOND);
        assertThat(joiner.counters().excluded()).containsEntry("retransmission", 1L);
        assertThat(outcomes).containsExactly("web answered@1000");
    }

    @Test
    void theServersLogTellsTheStatus() {
        for (int status : new int[] {200, 404, 500}) {
            Joiner fresh = new Joiner(
                    JoinerLimits.DEFAULT, trace -> {}, (service, startNs, outcome) -> outcomes.add(outcome.id()));
            fresh.services(List.of(WEB), HandMade.INTERNAL);
            fresh.accept("b", new Sighting.ServerLog(CLIENT, status, 1_000_000, 1_000_000), 0);
            HandMade.twoHosts(1000, 5000, 1000).list().forEach(item -> fresh.accept(item.host(), item.sighting(), 0));
            fresh.flush();
        }
        assertThat(outcomes).containsExactly("succeeded", "succeeded", "server-error");
    }

    @Test
    void theProxyTellsTheStatus() {
        feed(HandMade.throughProxy(1000, 5000, 1000).list());
        joiner.advance(11 * SECOND);
        assertThat(outcomes).hasSize(1).first().asString().startsWith("web server-error@");
    }

    @Test
    void theProxyTellsThatItAnsweredItself() {
        feed(HandMade.throughProxy(1000, 5000, 1000).without("phases").list());
        joiner.accept("a", new Sighting.OwnAnswer(false, true, CLIENT, VIP, 503, 1040, 1380), 0);
        joiner.advance(11 * SECOND);
        assertThat(outcomes).containsExactly("web proxy-error@1000");
        assertThat(joiner.counters().excluded())
                .as("the server's answer was not the client's")
                .containsOnly(Map.entry("internal", 1L));
    }

    @Test
    void anAnswerOfItsOwnIsThatRequestsOnly() {
        joiner.accept("a", new Sighting.OwnAnswer(false, true, CLIENT, VIP, 503, 400, 900), 0);
        feed(HandMade.throughProxy(1000, 5000, 1000).list());
        joiner.advance(11 * SECOND);
        assertThat(outcomes).containsExactly("web server-error@1000");
    }

    @Test
    void noAnswerIsBadOnceTheTimeIsOver() {
        joiner.accept("b", edge(Direction.REQUEST, Tcp.data(1000, 5000, 100), 777), 0);
        joiner.accept("a", edge(Direction.REQUEST, Tcp.data(1000, 5000, 100), 700), SECOND);
        joiner.advance(9 * SECOND);
        assertThat(outcomes).isEmpty();
        joiner.advance(10 * SECOND);
        assertThat(outcomes).containsExactly("web no-answer@777");
        joiner.advance(100 * SECOND);
        assertThat(outcomes).hasSize(1);
    }

    @Test
    void aResetIsBad() {
        feed(handshake().list());
        joiner.accept("b", edge(Direction.REQUEST, Tcp.data(1000, 5000, 100), 777), 0);
        joiner.accept("b", edge(Direction.RESPONSE, new Tcp(Sighting.RST, 5000, 0, 0), 800), 0);
        joiner.advance(11 * SECOND);
        assertThat(outcomes).containsExactly("web reset@777");
    }

    @Test
    void aResetAfterTheAnswerIsNotBad() {
        feed(handshake().addAll(HandMade.twoHosts(1000, 5000, 1000), "").list());
        joiner.accept("b", edge(Direction.RESPONSE, new Tcp(Sighting.RST, 5200, 0, 0), 9_000), 0);
        joiner.advance(11 * SECOND);
        assertThat(outcomes).containsExactly("web answered@1000");
    }

    @Test
    void aConnectionThatNobodyAcceptsIsBad() {
        joiner.accept("b", edge(Direction.REQUEST, new Tcp(Sighting.SYN, 999, 0, 0), 50), 0);
        joiner.accept("b", edge(Direction.REQUEST, new Tcp(Sighting.SYN, 999, 0, 0), 1_050), SECOND);
        joiner.advance(12 * SECOND);
        joiner.accept("b", edge(Direction.REQUEST, new Tcp(Sighting.SYN, 70_000, 0, 0), 90), 13 * SECOND);
        joiner.accept(
                "b", edge(Direction.RESPONSE, new Tcp(Sighting.RST | Sighting.ACK, 0, 70_001, 0), 95), 13 * SECOND);
        joiner.advance(24 * SECOND);
        assertThat(outcomes).containsExactly("web no-answer@50", "web reset@90");
    }

    @Test
    void aPieceOfARequestThatWasAnsweredAsAWholeIsNotCounted() {
        feed(handshake().list());
        joiner.accept("b", edge(Direction.REQUEST, Tcp.data(900, 5000, 100), 600), 0);
        feed(HandMade.twoHosts(1000, 5000, 1000).list());
        joiner.advance(11 * SECOND);
        assertThat(outcomes).containsExactly("web answered@1000");
    }

    @Test
    void healthChecksAndStrangersCountNowhere() {
        joiner.accept(
                "a",
                HandMade.edge(PROXY, WEB1, Direction.REQUEST, Tcp.data(1000, 5000, 100), Port.Kind.VNIC, true, 777),
                0);
        joiner.accept(
                "a",
                HandMade.edge(
                        CLIENT,
                        new Endpoint(VIP.address(), 8443),
                        Direction.REQUEST,
                        Tcp.data(1000, 5000, 100),
                        Port.Kind.VNIC,
                        true,
                        777),
                0);
        joiner.advance(11 * SECOND);
        assertThat(outcomes).isEmpty();
    }
}
