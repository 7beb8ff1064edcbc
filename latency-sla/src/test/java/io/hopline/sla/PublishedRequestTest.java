package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.RequestTrace.Flag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that reach an L7 proxy by its host's own network, where no stamp is taken. */
class PublishedRequestTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<RequestTrace> traces = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private final Joiner joiner = new Joiner(
            JoinerLimits.DEFAULT,
            traces::add,
            (service, startNs, outcome) -> outcomes.add(service + " " + startNs + " " + outcome));

    /** What the proxy says of a request whose backend request left its device at 1080 and came back at 1340. */
    private static Sighting.Phases phases(Endpoint local, int status) {
        return new Sighting.Phases(true, HandMade.CLIENT, local, status, 1040, 1050, 4, 1060, 1085, 1360, 1390);
    }

    @BeforeEach
    void twoHostsOnOneClock() {
        joiner.services(List.of(HandMade.WEB), HandMade.INTERNAL);
        joiner.clocks(ClockModel.of(Map.of("a", "boot", "b", "boot")));
        HandMade.handshake(HandMade.PROXY, HandMade.WEB2, "b", 7999, 13_999, 10, 30)
                .addAll(HandMade.backendRequest(8000, 14_000, 1080), "")
                .list()
                .forEach(item -> joiner.accept(item.host(), item.sighting(), 0));
    }

    @Test
    void beginsAndEndsAtTheProxyAndHasTheBackendsHops() {
        joiner.accept("a", phases(HandMade.PROXY, 200), 0);
        joiner.advance(2 * SECOND);
        joiner.advance(10 * SECOND);
        assertThat(traces).hasSize(1);
        RequestTrace trace = traces.getFirst();
        assertThat(JoinerTest.shown(trace.hops()))
                .isEqualTo("proxy-route,request,a=10 proxy-queue,request,a=4 proxy-connect,request,a=6"
                        + " proxy-write,request,a=20 vnic,request,a=10 vswitch,request,a=5 host-nic,request,a=5"
                        + " overlay,request,b=20 host-nic,request,b=5 vswitch,request,b=5 vnic,request,b=10"
                        + " guest-tcpip,request,b=30 nginx,request,b=110 vnic,response,b=10 vswitch,response,b=5"
                        + " host-nic,response,b=5 overlay,response,a=20 host-nic,response,a=5 vswitch,response,a=5"
                        + " vnic,response,a=10 proxy-tcpip,response,a=20 proxy-write,response,a=30");
        assertThat(trace.startNs()).isEqualTo(1040);
        assertThat(trace.endToEndNs()).isEqualTo(350);
        assertThat(trace.unattributedNs()).isZero();
        assertThat(trace.service()).isEqualTo("web");
        assertThat(trace.backend()).contains("web2");
        assertThat(trace.client()).isEqualTo(HandMade.CLIENT);
        assertThat(trace.hostPath()).containsExactly("a", "b");
        assertThat(trace.flags()).containsExactly(Flag.PUBLISHED);
        assertThat(outcomes).containsExactly("web 1040 SUCCEEDED");
        assertThat(joiner.counters().excluded()).isEmpty();
    }

    @Test
    void aFailureOfTheServersIsOne() {
        joiner.accept("a", phases(HandMade.PROXY, 502), 0);
        joiner.flush();
        assertThat(outcomes).containsExactly("web 1040 SERVER_ERROR");
    }

    @Test
    void whatTheProxyAnswersItselfIsCountedAndHasNoTimes() {
        int[] statuses = {308, 429, 503};
        for (int i = 0; i < statuses.length; i++) {
            joiner.accept("a", ownAnswer(HandMade.VIP, statuses[i], 5 + i), 0);
        }
        joiner.accept("a", ownAnswer(Endpoint.parse("10.0.1.99:80"), 503, 9), 0);
        joiner.flush();
        assertThat(outcomes).containsExactly("web 5 PROXY_REDIRECTED", "web 6 PROXY_REFUSED", "web 7 PROXY_ERROR");
        assertThat(traces).isEmpty();
        assertThat(joiner.counters().excluded())
                .containsOnly(Map.entry(Exclusion.UNKNOWN_SERVICE.id(), 1L), Map.entry(Exclusion.INTERNAL.id(), 1L));
    }

    private static Sighting.OwnAnswer ownAnswer(Endpoint vip, int status, long readNs) {
        return new Sighting.OwnAnswer(true, false, HandMade.CLIENT, vip, status, readNs, readNs + 10);
    }

    @Test
    void withoutItsBackendRequestItIsLeftOutByName() {
        Endpoint elsewhere = Endpoint.parse("10.0.1.2:999");
        joiner.accept("a", phases(elsewhere, 200), 0);
        joiner.accept("a", new Sighting.Phases(true, HandMade.CLIENT, HandMade.PROXY, 200, 5, 6, 0, 7, 8, 9, 10), 0);
        joiner.flush();
        assertThat(traces).isEmpty();
        assertThat(outcomes)
                .as("of one that went over a connection of which others were seen it is known whose it is")
                .containsExactly("web 5 SUCCEEDED");
        assertThat(joiner.counters().excluded())
                .containsEntry(Exclusion.BACKEND_NOT_SEEN.id(), 2L)
                .containsEntry(Exclusion.INTERNAL.id(), 1L);
    }
}
