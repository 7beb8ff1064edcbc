package io.hopline.sla;

import static io.hopline.sla.HandMade.CLIENT;
import static io.hopline.sla.HandMade.VIP;
import static io.hopline.sla.HandMade.WEB;
import static io.hopline.sla.HandMade.WEB1;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Port;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DatagramJoinerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String TWO_HOSTS = "host-nic,request,a=13 vswitch,request,a=5 overlay,request,b=22"
            + " host-nic,request,b=7 vswitch,request,b=4 vnic,request,b=9 guest,request,b=140"
            + " vnic,response,b=10 vswitch,response,b=4 host-nic,response,b=6 overlay,response,a=15"
            + " host-nic,response,a=14 vswitch,response,a=6";
    private static final String ONE_HOST = "host-nic,request,a=10 vswitch,request,a=5 vnic,request,a=9"
            + " guest,request,a=140 vnic,response,a=8 vswitch,response,a=4 host-nic,response,a=12";

    private final List<RequestTrace> traces = new ArrayList<>();
    private final List<String> outcomes = new ArrayList<>();
    private final Joiner joiner = new Joiner(
            JoinerLimits.DEFAULT,
            traces::add,
            (service, startNs, outcome) -> outcomes.add(service + " " + outcome.id()));

    DatagramJoinerTest() {
        joiner.services(
                List.of(
                        new MeasuredService("dns", Protocol.UDP, VIP, WEB.backends()),
                        WEB,
                        new MeasuredService(
                                MeasuredService.ECHO,
                                Protocol.ICMP,
                                new Endpoint(VIP.address(), 0),
                                List.of(new MeasuredService.Backend("web1", new Endpoint(WEB1.address(), 0))))),
                HandMade.INTERNAL);
        joiner.clocks(ClockModel.of(Map.of("a", "boot", "b", "boot")));
    }

    /** Makes datagrams of TCP segments: of the same way and times, known by these keys. */
    private static HandMade datagrams(HandMade tcp, Protocol protocol, long requestKey, long responseKey) {
        HandMade made = new HandMade();
        tcp.items.forEach((name, item) -> made.add(
                name, item.host(), datagram((Sighting.Segment) item.sighting(), protocol, requestKey, responseKey)));
        return made;
    }

    private static Sighting datagram(Sighting.Segment segment, Protocol protocol, long requestKey, long responseKey) {
        Endpoint service =
                protocol == Protocol.ICMP ? new Endpoint(segment.service().address(), 0) : segment.service();
        long key = segment.direction() == Direction.REQUEST ? requestKey : responseKey;
        int flags = (key & DatagramKey.MATCHING) != 0 ? Sighting.MATCHING : 0;
        Sighting.Packet packet =
                new Sighting.Packet(protocol, segment.client(), service, segment.direction(), flags, (int) key, 0, 64);
        return switch (segment) {
            case Sighting.Transit t ->
                new Sighting.Transit(packet, t.in(), t.out(), t.t0Ns(), t.t1Ns(), t.t2Ns(), t.t3Ns(), t.t3EndNs());
            case Sighting.Edge e -> new Sighting.Edge(packet, e.kind(), e.leaving(), e.ns());
        };
    }

    private static HandMade udp(long requestKey, long responseKey, long at) {
        return datagrams(HandMade.oneHost(1000, 5000, at), Protocol.UDP, requestKey, responseKey);
    }

    private void feed(HandMade made) {
        feed(made.list());
    }

    private void feed(List<HandMade.Item> items) {
        items.forEach(item -> joiner.accept(item.host(), item.sighting(), 0));
    }

    private static String hops(RequestTrace trace) {
        List<String> parts = new ArrayList<>();
        trace.hops().forEach(t -> parts.add(t.hop().id() + "," + t.direction().id() + "," + t.host() + "=" + t.ns()));
        return String.join(" ", parts);
    }

    @Test
    void theFirstDatagramBackAnswers() {
        feed(udp(11, 12, 1000));
        joiner.advance(2 * SECOND);
        assertThat(traces).hasSize(1);
        RequestTrace trace = traces.getFirst();
        assertThat(hops(trace)).isEqualTo(ONE_HOST);
        assertThat(trace.service()).isEqualTo("dns");
        assertThat(trace.backend()).contains("web1");
        assertThat(trace.client()).isEqualTo(CLIENT);
        assertThat(trace.endToEndNs()).isEqualTo(188);
        assertThat(trace.unattributedNs()).isZero();
        assertThat(trace.flags()).isEmpty();
        assertThat(outcomes).containsExactly("dns answered");
    }

    @Test
    void acrossHostsInWhateverOrderTheirBatchesCome() {
        HandMade made = datagrams(HandMade.twoHosts(1000, 5000, 1000), Protocol.UDP, 11, 12);
        List<HandMade.Item> items = new ArrayList<>(made.list());
        Collections.reverse(items);
        feed(items);
        joiner.advance(2 * SECOND);
        assertThat(traces).hasSize(1);
        assertThat(hops(traces.getFirst())).isEqualTo(TWO_HOSTS);
        assertThat(traces.getFirst().hostPath()).containsExactly("a", "b");
    }

    @Test
    void unlikeClocksAreCompared() {
        joiner.clocks(ClockModel.unknown());
        HandMade made = datagrams(HandMade.twoHosts(1000, 5000, 1_000_000), Protocol.UDP, 11, 12);
        List<HandMade.Item> items = new ArrayList<>();
        made.list().forEach(item -> items.add(item.host().equals("b") ? shifted(item, 5_000_000) : item));
        feed(items);
        joiner.advance(2 * SECOND);
        assertThat(traces.getFirst().endToEndNs()).isEqualTo(255);
        assertThat(traces.getFirst().flags()).containsExactly(RequestTrace.Flag.OVERLAY_HALVED);
    }

    private static HandMade.Item shifted(HandMade.Item item, long ns) {
        Sighting shifted = switch (item.sighting()) {
            case Sighting.Transit t ->
                new Sighting.Transit(
                        t.packet(),
                        t.in(),
                        t.out(),
                        t.t0Ns() == 0 ? 0 : t.t0Ns() + ns,
                        t.t1Ns() + ns,
                        t.t2Ns() + ns,
                        t.t3Ns() + ns,
                        t.t3EndNs() + ns);
            case Sighting.Edge e -> new Sighting.Edge(e.packet(), e.kind(), e.leaving(), e.ns() + ns);
            default -> throw new AssertionError();
        };
        return new HandMade.Item(item.host(), shifted);
    }

    @Test
    void matchingKeysTellWhatAnswersWhatThoughRequestsOverlap() {
        long first = DatagramKey.MATCHING | 1;
        long second = DatagramKey.MATCHING | 2;
        HandMade one = udp(first, first, 1000);
        HandMade other = udp(second, second, 1100);
        feed(one.addAll(other, "other-"));
        joiner.advance(2 * SECOND);
        assertThat(traces)
                .hasSize(2)
                .allSatisfy(trace -> assertThat(hops(trace)).isEqualTo(ONE_HOST));
        assertThat(traces).extracting(RequestTrace::startNs).containsExactly(1000L, 1100L);
    }

    @Test
    void withoutThemRequestsInTurnAreToldByOrder() {
        // The answers are all alike, and so are two of the requests.
        feed(udp(1, 2, 1000).addAll(udp(3, 2, 2000), "other-").addAll(udp(1, 2, 3000), "third-"));
        joiner.advance(2 * SECOND);
        assertThat(traces)
                .hasSize(3)
                .allSatisfy(trace -> assertThat(hops(trace)).isEqualTo(ONE_HOST));
        assertThat(traces).extracting(RequestTrace::startNs).containsExactly(1000L, 2000L, 3000L);
        assertThat(joiner.counters().excluded()).isEmpty();
    }

    @Test
    void soAreTheyWhenPlacesReportOneAfterTheOther() {
        HandMade made = new HandMade();
        for (int i = 0; i < 20; i++) {
            HandMade tcp = HandMade.twoHosts(1000, 5000, 1000 + i * 1000);
            made.addAll(datagrams(tcp, Protocol.UDP, 1, 2), i + "-");
        }
        List<HandMade.Item> items = new ArrayList<>(made.list());
        items.sort(Comparator.comparing(item -> item.sighting().getClass().getName()));
        for (String host : new String[] {"b", "a"}) {
            ByteArrayOutputStream batch = new ByteArrayOutputStream();
            items.stream()
                    .filter(item -> item.host().equals(host))
                    .forEach(item ->
                            batch.writeBytes(SightingTest.bytes(item.sighting()).array()));
            joiner.accept(host, ByteBuffer.wrap(batch.toByteArray()), 0);
        }
        joiner.advance(2 * SECOND);
        assertThat(traces)
                .hasSize(20)
                .allSatisfy(trace -> assertThat(hops(trace)).isEqualTo(TWO_HOSTS));
    }

    @Test
    void andRequestsThatOverlapAreExcluded() {
        feed(udp(1, 2, 1000).addAll(udp(3, 4, 1100), "other-"));
        joiner.advance(2 * SECOND);
        assertThat(traces).isEmpty();
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("overlapping", 2L));
        assertThat(outcomes).containsExactly("dns answered", "dns answered");
        feed(udp(5, 6, 2000));
        joiner.advance(4 * SECOND);
        assertThat(traces).extracting(RequestTrace::startNs).containsExactly(2000L);
    }

    @Test
    void aLostRequestDoesNotSpoilLaterOnes() {
        HandMade lost = udp(1, 2, 1000).without("guest-in", "guest-out", "response@a", "nic-out");
        feed(lost.addAll(udp(3, 4, 500_000_000), "again-"));
        joiner.advance(2 * SECOND);
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("overlapping", 1L));
        feed(udp(5, 6, 3 * SECOND));
        joiner.advance(20 * SECOND);
        assertThat(traces).extracting(RequestTrace::startNs).containsExactly(3 * SECOND);
        assertThat(outcomes).containsExactly("dns answered", "dns answered", "dns no-answer");
    }

    @Test
    void aQuerySentAgainIsExcludedAsSuch() {
        long key = DatagramKey.MATCHING | 1;
        List<Retransmission> lost = new ArrayList<>();
        joiner.retransmissions(lost::add);
        HandMade again = udp(key, key, 900).without("guest-in", "guest-out", "response@a", "nic-out");
        feed(again.addAll(udp(key, key, 1000), "again-"));
        joiner.advance(2 * SECOND);
        assertThat(traces).isEmpty();
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("retransmission", 1L));
        assertThat(outcomes).containsExactly("dns answered");
        assertThat(lost)
                .containsExactly(new Retransmission(
                        Direction.REQUEST,
                        new Retransmission.Place("a", "vswitch"),
                        java.util.Optional.of(new Retransmission.Place("a", "vnic"))));
    }

    @Test
    void whatIsNotAnsweredIsAnOutcome() {
        feed(udp(1, 2, 1000).without("guest-out", "response@a", "nic-out"));
        joiner.advance(10 * SECOND);
        assertThat(outcomes).isEmpty();
        joiner.advance(12 * SECOND);
        assertThat(outcomes).containsExactly("dns no-answer");
        assertThat(traces).isEmpty();
    }

    @Test
    void furtherDatagramsOfAnAnswerAndLateSightingsChangeNothing() {
        HandMade made = udp(1, 2, 1000);
        HandMade further = udp(1, 3, 1200).without("request@a", "guest-in");
        HandMade.Item straggler = made.list().getFirst();
        feed(made.addAll(further, "further-"));
        joiner.advance(2 * SECOND);
        feed(List.of(straggler));
        joiner.advance(30 * SECOND);
        assertThat(traces).hasSize(1);
        assertThat(joiner.counters().excluded()).isEmpty();
        assertThat(joiner.counters().lateSightings()).isEqualTo(4);
        assertThat(outcomes).containsExactly("dns answered");
    }

    @Test
    void anEqualRequestAfterTheAnswerIsANewOne() {
        feed(udp(1, 2, 1000));
        joiner.advance(2 * SECOND);
        feed(udp(1, 2, 5000));
        joiner.advance(4 * SECOND);
        assertThat(traces).extracting(RequestTrace::startNs).containsExactly(1000L, 5000L);
    }

    @Test
    void anAnswerToNothingIsExcluded() {
        feed(udp(1, 2, 1000).without("request@a", "guest-in"));
        joiner.advance(2 * SECOND);
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of("request-not-seen", 1L));
    }

    @Test
    void tcpAndUdpOfOneEndpointAreTwoServices() {
        feed(udp(1, 2, 1000));
        feed(HandMade.oneHost(1000, 5000, 1000));
        joiner.advance(2 * SECOND);
        assertThat(traces).extracting(RequestTrace::service).containsExactlyInAnyOrder("dns", "web");
    }

    @Test
    void anEchoTimesTheGuestsKernel() {
        long key = DatagramKey.MATCHING | 1;
        HandMade tcp = HandMade.oneHost(1000, 5000, 1000);
        HandMade made = new HandMade();
        // Nothing translates a ping: the guest's own address is asked.
        datagrams(tcp, Protocol.ICMP, key, key)
                .items
                .forEach((name, item) -> made.add(name, item.host(), toWeb1(item)));
        feed(made);
        joiner.advance(2 * SECOND);
        assertThat(hops(traces.getFirst())).isEqualTo(ONE_HOST.replace("guest,", "guest-tcpip,"));
        assertThat(traces.getFirst().service()).isEqualTo(MeasuredService.ECHO);
        assertThat(traces.getFirst().backend()).contains("web1");
    }

    private static Sighting toWeb1(HandMade.Item item) {
        Sighting.Packet p = ((Sighting.Segment) item.sighting()).packet();
        Sighting.Packet packet = new Sighting.Packet(
                p.protocol(),
                p.client(),
                new Endpoint(WEB1.address(), 0),
                p.direction(),
                p.flags(),
                p.seq(),
                p.ack(),
                p.payloadLength());
        return switch (item.sighting()) {
            case Sighting.Transit t ->
                new Sighting.Transit(packet, t.in(), t.out(), t.t0Ns(), t.t1Ns(), t.t2Ns(), t.t3Ns(), t.t3EndNs());
            case Sighting.Edge e -> new Sighting.Edge(packet, e.kind(), e.leaving(), e.ns());
            default -> item.sighting();
        };
    }

    @Test
    void anEchoToAVipIsAnsweredByTheSwitch() {
        Endpoint client = new Endpoint(CLIENT.address(), 7);
        Endpoint vip = new Endpoint(VIP.address(), 0);
        Sighting there = new Sighting.Transit(
                new Sighting.Packet(Protocol.ICMP, client, vip, Direction.REQUEST, Sighting.MATCHING, 1, 0, 56),
                Port.Kind.UPLINK,
                Port.Kind.UPLINK,
                1000,
                1010,
                1015,
                1016,
                1030);
        Sighting back = new Sighting.Edge(
                new Sighting.Packet(Protocol.ICMP, client, vip, Direction.RESPONSE, Sighting.MATCHING, 1, 0, 56),
                Port.Kind.UPLINK,
                true,
                1025);
        joiner.accept("a", there, 0);
        joiner.accept("a", back, 0);
        joiner.advance(2 * SECOND);
        assertThat(hops(traces.getFirst()))
                .isEqualTo("host-nic,request,a=10 vswitch,request,a=5 host-nic,response,a=10");
        assertThat(traces.getFirst().flags()).isEqualTo(Set.of());
        joiner.accept("a", there, 3 * SECOND);
        joiner.advance(20 * SECOND);
        assertThat(outcomes).containsExactly("icmp:echo answered");
    }
}
