package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What cannot be timed as other requests are is left out by its name, or marked. */
class ObstaclesTest {
    private final List<RequestTrace> traces = new ArrayList<>();
    private final Joiner joiner = new Joiner(JoinerLimits.DEFAULT, traces::add);

    private void feed(HandMade sightings) {
        joiner.services(List.of(HandMade.WEB), HandMade.INTERNAL);
        sightings.list().forEach(item -> joiner.accept(item.host(), item.sighting(), 0));
        joiner.flush();
    }

    /** At the guest's device from 1060 to 1200, and its sequence numbers are 1000 to 1099. */
    private static HandMade request() {
        return HandMade.handshake(HandMade.CLIENT, HandMade.WEB2, "b", 999, 4999, 100, 30)
                .addAll(HandMade.twoHosts(1000, 5000, 1000), "");
    }

    private static Sighting.Notice notice(Direction direction, Sighting.Notice.What what, int seq, long ns) {
        return new Sighting.Notice(HandMade.CLIENT, HandMade.WEB2, direction, what, seq, ns);
    }

    private static Sighting.Notice closed(Direction direction, long ns) {
        return notice(direction, Sighting.Notice.What.ZERO_WINDOW, 0, ns);
    }

    @Test
    void aClientThatTakesNoMoreWhileItsRequestIsOpen() {
        feed(request().add("closed", "b", closed(Direction.REQUEST, 1100)));
        assertThat(traces).isEmpty();
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("zero-window", 1L));
    }

    @Test
    void aGuestThatTakesNoMoreBeforeTheRequestsEnd() {
        feed(request().add("closed", "b", closed(Direction.RESPONSE, 900)));
        assertThat(traces).isEmpty();
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("zero-window", 1L));
    }

    @Test
    void aWindowClosedBeforeOrAfterTheRequestIsNoMatter() {
        feed(request()
                .add("before", "b", closed(Direction.REQUEST, 1000))
                .add("after", "b", closed(Direction.RESPONSE, 1300)));
        assertThat(traces).hasSize(1);
        assertThat(joiner.counters().excluded()).isEmpty();
    }

    @Test
    void aTlsHandshakeIsNoRequestAndWhatFollowsIsNotDivided() {
        feed(request()
                .add("hello", "b", notice(Direction.REQUEST, Sighting.Notice.What.TLS_HANDSHAKE, 1000, 1060))
                .addAll(HandMade.twoHosts(1100, 5200, 2000), "second-"));
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("tls-handshake", 1L));
        assertThat(traces).hasSize(1);
        RequestTrace inside = traces.getFirst();
        assertThat(inside.startNs()).isEqualTo(2000);
        assertThat(inside.flags()).contains(RequestTrace.Flag.GUEST_IN_TLS);
        assertThat(inside.unattributedNs()).isEqualTo(140);
        assertThat(inside.ns(Hop.VNIC, Direction.REQUEST, "b")).isEqualTo(9);
        assertThat(inside.hops()).noneMatch(time -> time.hop() == Hop.GUEST_TCPIP || time.hop() == Hop.NGINX);
    }

    @Test
    void aPortUsedAgainStartsWithoutTls() {
        feed(request().add("hello", "b", notice(Direction.REQUEST, Sighting.Notice.What.TLS_HANDSHAKE, 1000, 1060)));
        feed(HandMade.handshake(HandMade.CLIENT, HandMade.WEB2, "b", 699_999, 1, 9000, 50)
                .addAll(HandMade.twoHosts(700_000, 2, 10_000), ""));
        assertThat(traces).hasSize(1);
        assertThat(traces.getFirst().flags()).doesNotContain(RequestTrace.Flag.GUEST_IN_TLS);
    }

    /** Both were sent when the client had got 4999; the second is answered behind the first answer's 200 bytes. */
    @Test
    void aRequestSentBeforeTheLastWasAnswered() {
        HandMade second = new HandMade();
        HandMade.twoHosts(1100, 5200, 1300)
                .items
                .forEach((name, item) -> second.add("second-" + name, item.host(), asked(item.sighting())));
        feed(request().addAll(second, ""));
        assertThat(traces).hasSize(1);
        assertThat(traces.getFirst().startNs()).isEqualTo(1000);
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("pipelined", 1L));
    }

    private static Sighting asked(Sighting sighting) {
        HandMade.Tcp early = HandMade.Tcp.data(1100, 5000, 100);
        return switch (sighting) {
            case Sighting.Transit t
            when t.direction() == Direction.REQUEST ->
                HandMade.transit(
                        HandMade.CLIENT,
                        t.service(),
                        t.direction(),
                        early,
                        t.in(),
                        t.out(),
                        t.t0Ns(),
                        t.t1Ns(),
                        t.t2Ns(),
                        t.t3Ns(),
                        t.t3EndNs());
            case Sighting.Edge e
            when e.direction() == Direction.REQUEST ->
                HandMade.edge(HandMade.CLIENT, HandMade.WEB2, e.direction(), early, e.kind(), e.leaving(), e.ns());
            default -> sighting;
        };
    }
}
