package io.hopline.sla;

import static io.hopline.sla.HandMade.CLIENT;
import static io.hopline.sla.HandMade.PROXY;
import static io.hopline.sla.HandMade.VIP;
import static io.hopline.sla.HandMade.WEB;
import static io.hopline.sla.HandMade.WEB1;
import static io.hopline.sla.HandMade.WEB2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hopline.packet.Port;
import io.hopline.sla.HandMade.Tcp;
import io.hopline.sla.RequestTrace.Flag;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JoinerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ClockModel ONE_CLOCK = ClockModel.of(Map.of("a", "boot", "b", "boot"));
    private static final String TWO_HOSTS = "host-nic,request,a=13 vswitch,request,a=5 overlay,request,b=22"
            + " host-nic,request,b=7 vswitch,request,b=4 vnic,request,b=9 guest-tcpip,request,b=30 nginx,request,b=110"
            + " vnic,response,b=10 vswitch,response,b=4 host-nic,response,b=6 overlay,response,a=15"
            + " host-nic,response,a=14 vswitch,response,a=6";

    private final List<RequestTrace> traces = new ArrayList<>();
    private final Joiner joiner = joiner(JoinerLimits.DEFAULT, ONE_CLOCK);

    private record Case(String name, HandMade sightings, String hops, long unattributed, Set<Flag> flags) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static HandMade whole() {
        return HandMade.handshake(CLIENT, WEB2, "b", 999, 4999, 100, 30)
                .addAll(HandMade.twoHosts(1000, 5000, 1000), "");
    }

    static Stream<Case> joined() {
        HandMade syn1 = HandMade.handshake(CLIENT, WEB1, "a", 999, 4999, 100, 30);
        Tcp ack = new Tcp(Sighting.ACK, 5000, 1100, 0);
        return Stream.of(
                new Case("two hosts", whole(), TWO_HOSTS, 0, Set.of()),
                new Case(
                        "one host",
                        syn1.addAll(HandMade.oneHost(1000, 5000, 1000), ""),
                        "host-nic,request,a=10 vswitch,request,a=5 vnic,request,a=9 guest-tcpip,request,a=30"
                                + " nginx,request,a=110 vnic,response,a=8 vswitch,response,a=4 host-nic,response,a=12",
                        0,
                        Set.of()),
                new Case(
                        "guest's stamp at its way in unseen",
                        whole().without("guest-in"),
                        without(TWO_HOSTS, "vnic,request", "guest-tcpip", "nginx"),
                        149,
                        Set.of(Flag.INCOMPLETE)),
                new Case(
                        "transit of b unseen on the way there",
                        whole().without("request@b"),
                        without(
                                TWO_HOSTS,
                                "overlay,request",
                                "host-nic,request,b",
                                "vswitch,request,b",
                                "vnic,request"),
                        42,
                        Set.of(Flag.INCOMPLETE)),
                new Case(
                        "entry's transit unseen, its NIC's stamp seen",
                        whole().without("request@a")
                                .add(
                                        "nic-in",
                                        "a",
                                        edge(
                                                Direction.REQUEST,
                                                VIP,
                                                Tcp.data(1000, 5000, 100),
                                                Port.Kind.UPLINK,
                                                false,
                                                1000)),
                        without(TWO_HOSTS, "host-nic,request,a", "vswitch,request,a", "overlay,request"),
                        40,
                        Set.of(Flag.INCOMPLETE)),
                new Case(
                        "NIC's transmit stamp unseen: the send's return stands in",
                        whole().without("nic-out"),
                        TWO_HOSTS.replace("host-nic,response,a=14", "host-nic,response,a=19"),
                        0,
                        Set.of(Flag.END_AT_SEND)),
                new Case(
                        "SYN unseen, request acknowledged before it was answered",
                        whole().without("syn")
                                .add("ack", "b", edge(Direction.RESPONSE, WEB2, ack, Port.Kind.VNIC, false, 1100)),
                        TWO_HOSTS
                                .replace("tcpip,request,b=30", "tcpip,request,b=26")
                                .replace("b=110", "b=114"),
                        0,
                        Set.of(Flag.GUEST_FROM_ACK)),
                new Case(
                        "SYN seen twice is no measure",
                        whole().add(
                                        "again",
                                        "b",
                                        edge(
                                                Direction.REQUEST,
                                                WEB2,
                                                new Tcp(Sighting.SYN, 999, 0, 0),
                                                Port.Kind.VNIC,
                                                true,
                                                110)),
                        without(TWO_HOSTS, "guest-tcpip", "nginx"),
                        140,
                        Set.of(Flag.GUEST_UNSPLIT)),
                new Case(
                        "the kernel's share is never more than the turn-around",
                        HandMade.handshake(CLIENT, WEB2, "b", 999, 4999, 100, 500)
                                .addAll(HandMade.twoHosts(1000, 5000, 1000), ""),
                        TWO_HOSTS
                                .replace("tcpip,request,b=30", "tcpip,request,b=140")
                                .replace("b=110", "b=0"),
                        0,
                        Set.of()),
                new Case("response in super-frame and segments", segmented(), TWO_HOSTS, 0, Set.of()),
                new Case("request in super-frame and segments", upload(), TWO_HOSTS, 0, Set.of()),
                new Case(
                        "the server's log moves nginx to within its resolution",
                        HandMade.handshake(CLIENT, WEB2, "b", 999, 4999, 100, 30)
                                .addAll(slow(), "")
                                .add("log", "b", log(60_000_000L, 4_000_000L)),
                        TWO_HOSTS
                                .replace("tcpip,request,b=30", "tcpip,request,b=5000140")
                                .replace("nginx,request,b=110", "nginx,request,b=5000000"),
                        0,
                        Set.of(Flag.SERVER_LOG)));
    }

    /** As two hosts, but the guest takes 10 ms longer. */
    private static HandMade slow() {
        HandMade made = new HandMade();
        HandMade.twoHosts(1000, 5000, 50_000_000L).items.forEach((name, item) -> {
            boolean back = item.sighting() instanceof Sighting.Segment s && s.direction() == Direction.RESPONSE;
            made.add(name, item.host(), back ? later(item.sighting(), 10_000_000L) : item.sighting());
        });
        return made;
    }

    @Test
    void aBackendThatAnswersFromTheVipIsKnownByItsDevice() {
        long mac = 0x0200_0064_0102L;
        MeasuredService direct = new MeasuredService(
                "web",
                Protocol.TCP,
                HandMade.VIP,
                List.of(
                        new MeasuredService.Backend("web1", HandMade.WEB1, mac - 1),
                        new MeasuredService.Backend("web2", WEB2, mac)),
                true);
        joiner.services(List.of(direct), HandMade.INTERNAL);
        whole().items.values().forEach(item -> joiner.accept(item.host(), fromTheVip(item.sighting(), mac), 0));
        joiner.flush();
        assertThat(traces).hasSize(1);
        assertThat(traces.getFirst().backend()).contains("web2");
        assertThat(shown(traces.getFirst().hops())).isEqualTo(TWO_HOSTS);
        assertThat(traces.getFirst().unattributedNs()).isZero();
    }

    private static Sighting fromTheVip(Sighting sighting, long mac) {
        return switch (sighting) {
            case Sighting.Edge e ->
                new Sighting.Edge(
                        fromTheVip(e.packet()), e.kind(), e.leaving(), e.kind() == Port.Kind.VNIC ? mac : 0, e.ns());
            case Sighting.Transit t ->
                new Sighting.Transit(
                        fromTheVip(t.packet()), t.in(), t.out(), t.t0Ns(), t.t1Ns(), t.t2Ns(), t.t3Ns(), t.t3EndNs());
            default -> sighting;
        };
    }

    private static Sighting.Packet fromTheVip(Sighting.Packet p) {
        return new Sighting.Packet(
                p.protocol(), p.client(), HandMade.VIP, p.direction(), p.flags(), p.seq(), p.ack(), p.payloadLength());
    }

    private static Sighting later(Sighting sighting, long ns) {
        return switch (sighting) {
            case Sighting.Edge e -> new Sighting.Edge(e.packet(), e.kind(), e.leaving(), e.ns() + ns);
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
            default -> sighting;
        };
    }

    /** The guest and b see 60,000 bytes in one frame, a sees them cut; later frames must not matter. */
    private static HandMade segmented() {
        Tcp big = Tcp.data(5000, 1100, 60_000);
        Tcp first = Tcp.data(5000, 1100, 1400);
        Tcp second = Tcp.data(6400, 1100, 1400);
        Direction back = Direction.RESPONSE;
        return whole().add("guest-out", "b", edge(back, WEB2, big, Port.Kind.VNIC, false, 1200))
                .add(
                        "response@b",
                        "b",
                        HandMade.transit(
                                CLIENT, WEB2, back, big, Port.Kind.VNIC, Port.Kind.TUNNEL, 0, 1210, 1214, 1220, 1230))
                .add(
                        "response@a",
                        "a",
                        HandMade.transit(
                                CLIENT,
                                WEB2,
                                back,
                                first,
                                Port.Kind.TUNNEL,
                                Port.Kind.UPLINK,
                                1235,
                                1240,
                                1246,
                                1249,
                                1260))
                .add(
                        "second@a",
                        "a",
                        HandMade.transit(
                                CLIENT,
                                WEB2,
                                back,
                                second,
                                Port.Kind.TUNNEL,
                                Port.Kind.UPLINK,
                                1235,
                                1241,
                                1247,
                                1249,
                                1260))
                .add("nic-out", "a", edge(back, VIP, first, Port.Kind.UPLINK, true, 1255))
                .add("second-out", "a", edge(back, VIP, second, Port.Kind.UPLINK, true, 1256))
                .add("much-later", "a", edge(back, VIP, Tcp.data(65_000, 1100, 1400), Port.Kind.UPLINK, true, 9000));
    }

    /** a sees 2,000 bytes in one frame, b two segments, of which the second ends the request. */
    private static HandMade upload() {
        Tcp big = Tcp.data(-900, 5000, 2000);
        Tcp head = Tcp.data(-900, 5000, 1400);
        Tcp tail = Tcp.data(500, 5000, 600);
        Direction there = Direction.REQUEST;
        return HandMade.handshake(CLIENT, WEB2, "b", -901, 4999, 100, 30)
                .addAll(HandMade.twoHosts(1000, 5000, 1000), "")
                .add(
                        "request@a",
                        "a",
                        HandMade.transit(
                                CLIENT,
                                VIP,
                                there,
                                big,
                                Port.Kind.UPLINK,
                                Port.Kind.TUNNEL,
                                1000,
                                1010,
                                1015,
                                1018,
                                1025))
                .add(
                        "head@b",
                        "b",
                        HandMade.transit(
                                CLIENT,
                                WEB2,
                                there,
                                head,
                                Port.Kind.TUNNEL,
                                Port.Kind.VNIC,
                                1040,
                                1045,
                                1046,
                                1053,
                                1070))
                .add(
                        "request@b",
                        "b",
                        HandMade.transit(
                                CLIENT,
                                WEB2,
                                there,
                                tail,
                                Port.Kind.TUNNEL,
                                Port.Kind.VNIC,
                                1040,
                                1047,
                                1051,
                                1053,
                                1070))
                .add("head-in", "b", edge(there, WEB2, head, Port.Kind.VNIC, true, 1058))
                .add("guest-in", "b", edge(there, WEB2, tail, Port.Kind.VNIC, true, 1060));
    }

    @ParameterizedTest
    @MethodSource("joined")
    void joinsHandMadeSightings(Case c) {
        feed(joiner, c.sightings().list());
        joiner.advance(2 * SECOND);

        assertThat(joiner.counters().excluded()).isEmpty();
        assertThat(traces).hasSize(1);
        RequestTrace trace = traces.getFirst();
        assertThat(shown(trace.hops()).split(" "))
                .containsExactlyInAnyOrder(upper(c, trace).split(" "));
        assertThat(trace.unattributedNs()).isEqualTo(c.unattributed());
        assertThat(trace.flags()).isEqualTo(c.flags());
        assertAddsUp(trace);
    }

    @ParameterizedTest
    @MethodSource("joined")
    void orderOfSightingsDoesNotMatter(Case c) {
        for (int seed = 0; seed < 20; seed++) {
            traces.clear();
            List<HandMade.Item> shuffled = c.sightings().list();
            Collections.shuffle(shuffled, new Random(seed));
            Joiner other = joiner(JoinerLimits.DEFAULT, ONE_CLOCK);
            feed(other, shuffled);
            other.flush();
            assertThat(shown(traces.getFirst().hops()).split(" "))
                    .containsExactlyInAnyOrder(c.hops().split(" "));
        }
    }

    private static String upper(Case c, RequestTrace trace) {
        assertThat(trace.service()).isEqualTo("web");
        assertThat(trace.client()).isEqualTo(CLIENT);
        return c.hops();
    }

    private record Refused(String name, HandMade sightings, Exclusion why) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Refused> excluded() {
        Tcp request = Tcp.data(1000, 5000, 100);
        Tcp response = Tcp.data(5000, 1100, 200);
        return Stream.of(
                new Refused(
                        "request sent twice by the client",
                        whole().add(
                                        "again",
                                        "a",
                                        HandMade.transit(
                                                CLIENT,
                                                VIP,
                                                Direction.REQUEST,
                                                request,
                                                Port.Kind.UPLINK,
                                                Port.Kind.TUNNEL,
                                                1500,
                                                1510,
                                                1515,
                                                1518,
                                                1525)),
                        Exclusion.RETRANSMISSION),
                new Refused(
                        "response sent twice by the guest",
                        whole().add(
                                        "again",
                                        "b",
                                        edge(Direction.RESPONSE, WEB2, response, Port.Kind.VNIC, false, 1900)),
                        Exclusion.RETRANSMISSION),
                new Refused(
                        "timing began within the request",
                        whole().without("request@a", "request@b", "guest-in"),
                        Exclusion.REQUEST_NOT_SEEN),
                new Refused("nothing of the entry host", whole().without("request@a"), Exclusion.ENDS_NOT_SEEN),
                new Refused(
                        "response's first frame unseen",
                        whole().without("guest-out", "response@b", "response@a", "nic-out")
                                .add(
                                        "later",
                                        "a",
                                        edge(
                                                Direction.RESPONSE,
                                                VIP,
                                                Tcp.data(6400, 1100, 200),
                                                Port.Kind.UPLINK,
                                                true,
                                                1300)),
                        Exclusion.RESPONSE_START_NOT_SEEN),
                new Refused(
                        "stamps of one clock run backwards",
                        whole().add(
                                        "guest-in",
                                        "b",
                                        edge(Direction.REQUEST, WEB2, request, Port.Kind.VNIC, true, 1041)),
                        Exclusion.CLOCK_BACKWARDS),
                new Refused("a health check of our own", HandMade.backendRequest(1, 1, 1000), Exclusion.INTERNAL));
    }

    @ParameterizedTest
    @MethodSource("excluded")
    void excludesByName(Refused c) {
        feed(joiner, c.sightings().list());
        joiner.advance(2 * SECOND);
        joiner.advance(10 * SECOND);

        assertThat(traces).isEmpty();
        assertThat(joiner.counters().excluded()).isEqualTo(Map.of(c.why().id(), 1L));
    }

    @Test
    void keepAliveConnectionGivesOneTracePerRequest() {
        HandMade all = HandMade.handshake(CLIENT, WEB2, "b", 999, 4999, 100, 30);
        for (int i = 0; i < 500; i++) {
            all.addAll(HandMade.twoHosts(1000 + i * 100, 5000 + i * 200, 1000 + i * 1000L), i + "-");
        }
        List<HandMade.Item> shuffled = all.list();
        Collections.shuffle(shuffled, new Random(1));
        feed(joiner, shuffled);
        joiner.flush();

        assertThat(traces).hasSize(500).allSatisfy(trace -> {
            assertThat(shown(trace.hops())).isEqualTo(TWO_HOSTS);
            assertThat(trace.backend()).contains("web2");
            assertThat(trace.hostPath()).containsExactly("a", "b");
        });
    }

    @Test
    void sequenceNumbersMayWrap() {
        feed(joiner, HandMade.twoHosts(-50, Integer.MAX_VALUE - 20, 1000).list());
        joiner.flush();
        assertThat(traces).hasSize(1);
        assertThat(traces.getFirst().endToEndNs()).isEqualTo(255);
    }

    @Test
    void connectionSeenMidWayTakesTheBackendsMedian() {
        feed(joiner, whole().list());
        joiner.flush();
        Endpoint other = Endpoint.parse("198.51.100.8:40001");
        feed(joiner, asClient(HandMade.twoHosts(77, 88, 5000), other));
        joiner.flush();

        assertThat(shown(traces.get(1).hops())).isEqualTo(TWO_HOSTS);
        assertThat(traces.get(1).flags()).containsExactly(Flag.GUEST_FROM_MEDIAN);
    }

    /** The request is at its guest from 1060 to 1200, and its handshake took 30. */
    private static Sighting.ServerTurn turn(long takenNs, long readNs, long writtenNs) {
        return new Sighting.ServerTurn(CLIENT, WEB2, takenNs, readNs, writtenNs);
    }

    @Test
    void theKernelsOwnWordIsTakenAndTheInferenceComparedWithIt() {
        feed(joiner, whole().add("turn", "b", turn(1068, 1100, 1188)).list());
        joiner.flush();
        RequestTrace trace = traces.getFirst();
        assertThat(trace.flags()).containsExactly(Flag.GUEST_EXACT);
        assertThat(trace.ns(Hop.GUEST_TCPIP, Direction.REQUEST, "b")).isEqualTo(8 + 12);
        assertThat(trace.ns(Hop.NGINX, Direction.REQUEST, "b")).isEqualTo(120);
        assertThat(trace.unattributedNs()).isZero();
        SplitCheck check = trace.split().orElseThrow();
        assertThat(check).isEqualTo(new SplitCheck(140, 30, OptionalLong.of(20), 32, 88, OptionalLong.empty()));
        assertThat(check.errorNs()).hasValue(10);
        HopHistograms histograms = new HopHistograms();
        histograms.record(trace);
        SplitError error = SplitError.of(histograms).orElseThrow();
        assertThat(error.exact().p50Ns()).isEqualTo(20);
        assertThat(error.inferred().p50Ns()).isEqualTo(30);
        assertThat(error.serverExact().p50Ns()).isEqualTo(120);
        assertThat(error.wakeUp().p50Ns()).isEqualTo(32);
        assertThat(error.misplaced()).isEqualTo(10.0 / 140);
    }

    @Test
    void aTurnOutsideTheRequestsTimeIsNotIts() {
        feed(
                joiner,
                whole().add("before", "b", turn(500, 510, 520))
                        .add("after", "b", turn(1300, 1310, 1320))
                        .list());
        joiner.flush();
        assertThat(traces.getFirst().flags()).isEmpty();
        assertThat(traces.getFirst().split()).isEmpty();
        assertThat(traces.getFirst().ns(Hop.GUEST_TCPIP, Direction.REQUEST, "b"))
                .isEqualTo(30);
    }

    /** Of 40 ns to the ACK 65 % are the kernel's, the rest the server's wake-up. */
    @Test
    void theAckWithoutTheServersWakeUpIsTheKernelsAlsoOfLaterRequests() {
        Tcp ack = new Tcp(Sighting.ACK, 5000, 1100, 0);
        feed(
                joiner,
                whole().add("ack", "b", edge(Direction.RESPONSE, WEB2, ack, Port.Kind.VNIC, false, 1100))
                        .addAll(HandMade.twoHosts(1100, 5250, 9000), "later")
                        .list());
        joiner.flush();
        assertThat(traces).hasSize(2).allSatisfy(trace -> {
            assertThat(trace.ns(Hop.GUEST_TCPIP, Direction.REQUEST, "b")).isEqualTo(26);
            assertThat(trace.flags()).containsExactly(Flag.GUEST_FROM_ACK);
        });
    }

    @Test
    void portUsedAgainTakesItsOwnHandshake() {
        feed(joiner, whole().list());
        feed(joiner, HandMade.handshake(CLIENT, WEB2, "b", 700_000, 1, 9000, 50).list());
        feed(joiner, HandMade.twoHosts(700_001, 2, 10_000).list());
        joiner.flush();
        assertThat(traces.get(0).ns(Hop.GUEST_TCPIP, Direction.REQUEST, "b")).isEqualTo(30);
        assertThat(traces.get(1).ns(Hop.GUEST_TCPIP, Direction.REQUEST, "b")).isEqualTo(50);
    }

    @Test
    void laterFramesOfALongResponseAreLateNotNew() {
        feed(joiner, whole().list());
        joiner.advance(2 * SECOND);
        joiner.accept(
                "a",
                edge(Direction.RESPONSE, VIP, Tcp.data(90_000, 1100, 1400), Port.Kind.UPLINK, true, 5000),
                2 * SECOND);
        joiner.advance(9 * SECOND);
        assertThat(traces).hasSize(1);
        assertThat(joiner.counters().lateSightings()).isEqualTo(1);
        assertThat(joiner.counters().excluded()).isEmpty();
    }

    @Test
    void proxiedRequestIsOneTraceOfBothLegs() {
        feed(joiner, HandMade.handshake(PROXY, WEB2, "b", 7999, 13_999, 10, 30).list());
        feed(joiner, HandMade.throughProxy(1000, 5000, 1000).list());
        joiner.advance(2 * SECOND);
        joiner.advance(10 * SECOND);

        assertThat(joiner.counters().excluded()).isEmpty();
        assertThat(traces).hasSize(1);
        RequestTrace trace = traces.getFirst();
        assertThat(shown(trace.hops()))
                .isEqualTo("host-nic,request,a=15 vswitch,request,a=10 vnic,request,a=15 proxy-tcpip,request,a=20"
                        + " proxy-route,request,a=10 proxy-queue,request,a=4 proxy-connect,request,a=6 proxy-write,request,a=20"
                        + " overlay,request,b=20 host-nic,request,b=5 vswitch,request,b=5 vnic,request,b=10"
                        + " guest-tcpip,request,b=30 nginx,request,b=110 vnic,response,b=10 vswitch,response,b=5"
                        + " host-nic,response,b=5 overlay,response,a=20 host-nic,response,a=10 vswitch,response,a=10"
                        + " vnic,response,a=15 proxy-tcpip,response,a=20 proxy-write,response,a=25");
        assertThat(trace.endToEndNs()).isEqualTo(400);
        assertThat(trace.unattributedNs()).isZero();
        assertThat(trace.backend()).contains("web2");
        assertThat(trace.flags()).isEmpty();
    }

    @Test
    void proxyThatRoutesBeforeTheRequestIsWholeHasNoNegativePhase() {
        HandMade made = HandMade.throughProxy(1000, 5000, 1000)
                .add(
                        "phases",
                        "a",
                        new Sighting.Phases(false, CLIENT, PROXY, 200, 400, 450, 100, 1050, 1085, 1360, 1390));
        feed(joiner, HandMade.handshake(PROXY, WEB2, "b", 7999, 13_999, 10, 30).list());
        feed(joiner, made.list());
        joiner.flush();
        RequestTrace trace = traces.getFirst();
        assertThat(trace.ns(Hop.PROXY_ROUTE, Direction.REQUEST, "a")).isZero();
        assertThat(trace.ns(Hop.PROXY_CONNECT, Direction.REQUEST, "a")).isEqualTo(30);
        assertThat(trace.unattributedNs()).isZero();
        assertAddsUp(trace);
    }

    @Test
    void whatAProxyAnswersItselfIsItsOwnTimeUnlessItWaitedForABackend() {
        for (boolean asked : new boolean[] {false, true}) {
            int at = asked ? 3000 : 1000;
            HandMade made = HandMade.throughProxy(at, 5000 + at, at).without("phases");
            made.items.keySet().removeIf(name -> name.startsWith("inner-"));
            feed(joiner, made.list());
            joiner.accept("a", new Sighting.OwnAnswer(false, asked, CLIENT, VIP, 308, at + 40, at + 360), 0);
            joiner.flush();
            RequestTrace trace = traces.removeFirst();
            assertThat(trace.ns(Hop.PROXY_TCPIP, Direction.REQUEST, "a")).isEqualTo(20);
            assertThat(trace.ns(Hop.PROXY_ROUTE, Direction.REQUEST, "a")).isEqualTo(asked ? 0 : 320);
            assertThat(trace.ns(Hop.PROXY_WRITE, Direction.RESPONSE, "a")).isEqualTo(25);
            assertThat(trace.unattributedNs()).isEqualTo(asked ? 320 : 0);
            assertAddsUp(trace);
        }
    }

    @Test
    void proxiedRequestWithoutThePhasesIsJoinedByTime() {
        feed(joiner, HandMade.handshake(PROXY, WEB2, "b", 7999, 13_999, 10, 30).list());
        feed(joiner, HandMade.throughProxy(1000, 5000, 1000).without("phases").list());
        joiner.flush();
        RequestTrace trace = traces.getFirst();
        assertThat(trace.ns(Hop.PROXY, Direction.REQUEST, "a")).isEqualTo(60);
        assertThat(trace.ns(Hop.PROXY, Direction.RESPONSE, "a")).isEqualTo(45);
        assertAddsUp(trace);
    }

    @Test
    void proxiedRequestWhoseBackendRequestIsUnseenLeavesItUnattributed() {
        HandMade made = HandMade.throughProxy(1000, 5000, 1000);
        made.items.keySet().removeIf(name -> name.startsWith("inner-"));
        feed(joiner, made.list());
        joiner.flush();
        RequestTrace trace = traces.getFirst();
        assertThat(trace.unattributedNs()).isEqualTo(300);
        assertAddsUp(trace);
    }

    static PeerClock found(String peer, ClockOffset offset) {
        return new PeerClock(peer, offset, 40, 50, 20, 20, new PeerClock.Counts(1, 1, 0, 0, 0));
    }

    /** The request over two hosts of which b's clock is so far ahead. */
    private RequestTrace apart(ClockModel clocks, long aheadNs) {
        Joiner joiner = joiner(JoinerLimits.DEFAULT, clocks);
        HandMade made = new HandMade();
        whole().items
                .forEach((name, item) -> made.add(
                        name,
                        item.host(),
                        item.host().equals("b") ? later(item.sighting(), aheadNs) : item.sighting()));
        feed(joiner, made.list());
        joiner.flush();
        RequestTrace trace = traces.getFirst();
        assertThat(trace.ns(Hop.OVERLAY, Direction.REQUEST, "b") + trace.ns(Hop.OVERLAY, Direction.RESPONSE, "a"))
                .isEqualTo(37);
        assertAddsUp(trace);
        return trace;
    }

    private static ClockModel twoClocks() {
        return ClockModel.of(Map.of("a", "one", "b", "two"));
    }

    static Stream<Arguments> offsets() {
        ClockOffset byA = new ClockOffset(0, 1_000_002, 7, 0, 0);
        ClockOffset drifting = new ClockOffset(1_000_000_000, 1_500_002, 7, 500_000, 2_000);
        return Stream.of(
                arguments("measured by the entry host", twoClocks().with("a", found("b", byA)), 20, 107),
                arguments("measured by the server host", twoClocks().with("b", found("a", byA.reversed())), 20, 107),
                arguments(
                        "by both, one better",
                        twoClocks()
                                .with("a", found("b", new ClockOffset(0, 1_000_009, 30, 0, 0)))
                                .with("b", found("a", byA.reversed())),
                        20,
                        107),
                arguments(
                        "by both, each bounding one side",
                        twoClocks()
                                .with("a", found("b", new ClockOffset(0, 1_000_010, 10, 0, 0)))
                                .with("b", found("a", byA.reversed())),
                        18,
                        105),
                arguments("a second later, with drift", twoClocks().with("a", found("b", drifting)), 19, 2107),
                arguments(
                        "more than the way there took, within the error",
                        twoClocks().with("a", found("b", new ClockOffset(0, 1_000_030, 30, 0, 0))),
                        0,
                        130));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("offsets")
    void whatAClockIsAheadIsTakenOffTheServerHostsStamps(String name, ClockModel clocks, long overlayNs, long errorNs) {
        RequestTrace trace = apart(clocks, 1_000_000);
        assertThat(trace.ns(Hop.OVERLAY, Direction.REQUEST, "b")).isEqualTo(overlayNs);
        assertThat(trace.clockErrorNs()).hasValue(errorNs);
        assertThat(trace.flags()).contains(Flag.CLOCKS_COMPARED).doesNotContain(Flag.OVERLAY_HALVED);
        assertThat(trace.ns(Hop.GUEST_TCPIP, Direction.REQUEST, "b")).isEqualTo(30);
    }

    @Test
    void anOffsetThatContradictsTheRequestOrIsTooOldIsNotUsed() {
        ClockModel wrong = twoClocks().with("a", found("b", new ClockOffset(0, 1_000_400, 30, 0, 0)));
        assertThat(apart(wrong, 1_000_000).flags())
                .contains(Flag.OVERLAY_HALVED)
                .doesNotContain(Flag.CLOCKS_COMPARED);
        traces.clear();
        ClockModel old = twoClocks().with("a", found("b", new ClockOffset(61_000_000_000L, 1_000_002, 7, 0, 0)));
        assertThat(apart(old, 1_000_000).flags()).contains(Flag.OVERLAY_HALVED);
    }

    @Test
    void hostsOfOneClockHaveItsReadingErrorAndOneHostNone() {
        assertThat(apart(ONE_CLOCK, 0).clockErrorNs()).hasValue(ClockModel.READ_ERROR_NS);
        traces.clear();
        feed(joiner, HandMade.oneHost(1000, 5000, 1000).list());
        joiner.flush();
        assertThat(traces.getFirst().clockErrorNs()).isEmpty();
    }

    @Test
    void hostsOfUnknownClocksShareTheOverlaysRoundTrip() {
        RequestTrace trace = apart(twoClocks(), 1_000_000);
        assertThat(trace.clockErrorNs()).as("half the round trip").hasValue(19 + ClockModel.READ_ERROR_NS);
        assertThat(trace.ns(Hop.OVERLAY, Direction.REQUEST, "b")).isBetween(18L, 19L);
        assertThat(trace.flags()).contains(Flag.OVERLAY_HALVED);
    }

    @Test
    void tooManyConnectionsEvictTheOldest() {
        Joiner small = joiner(new JoinerLimits(SECOND, 60 * SECOND, 2, 16, 1000), ONE_CLOCK);
        feed(small, whole().list());
        for (int port = 1; port <= 2; port++) {
            feed(small, asClient(HandMade.twoHosts(7, 8, 5000), Endpoint.of(0x01020304, port)));
        }
        assertThat(small.counters().evictedConnections()).isEqualTo(1);
        assertThat(traces).as("joined before it is forgotten").hasSize(1);
    }

    @Test
    void unansweredRequestsAreBounded() {
        Joiner small = joiner(new JoinerLimits(SECOND, 60 * SECOND, 10, 16, 40), ONE_CLOCK);
        for (int i = 0; i < 100; i++) {
            small.accept(
                    "b", edge(Direction.REQUEST, WEB2, Tcp.data(i * 100, 1, 100), Port.Kind.VNIC, true, 1000 + i), 0);
        }
        assertThat(small.counters().evictedSightings()).isEqualTo(84);
    }

    @Test
    void bytesThatAreNoSightingAreCounted() {
        ByteBuffer junk = ByteBuffer.allocate(3 * Sighting.BYTES + 5);
        new Random(3).nextBytes(junk.array());
        junk.put(0, (byte) 99).put(Sighting.BYTES, (byte) 0).put(2 * Sighting.BYTES, (byte) -1);
        joiner.accept("a", junk, 0);
        assertThat(joiner.counters().undecodable()).isEqualTo(4);
    }

    private Joiner joiner(JoinerLimits limits, ClockModel clocks) {
        Joiner made = new Joiner(limits, traces::add);
        made.services(List.of(WEB), HandMade.INTERNAL);
        made.clocks(clocks);
        return made;
    }

    private static void feed(Joiner joiner, List<HandMade.Item> items) {
        items.forEach(item -> joiner.accept(item.host(), item.sighting(), 0));
    }

    private static List<HandMade.Item> asClient(HandMade made, Endpoint client) {
        List<HandMade.Item> items = new ArrayList<>();
        for (HandMade.Item item : made.list()) {
            ByteBuffer bytes = SightingTest.bytes(item.sighting());
            bytes.putLong(SightingLayout.CLIENT, client.address().high());
            bytes.putLong(SightingLayout.CLIENT + Long.BYTES, client.address().low());
            bytes.putShort(SightingLayout.CLIENT_PORT, (short) client.port());
            Sighting changed = Objects.requireNonNull(Sighting.decode(bytes, 0));
            items.add(new HandMade.Item(item.host(), changed));
        }
        return items;
    }

    private static Sighting.Edge edge(
            Direction direction, Endpoint service, Tcp tcp, Port.Kind kind, boolean leaving, long ns) {
        return HandMade.edge(CLIENT, service, direction, tcp, kind, leaving, ns);
    }

    private static Sighting.ServerLog log(long loggedNs, long requestTimeNs) {
        return new Sighting.ServerLog(CLIENT, 200, loggedNs, requestTimeNs);
    }

    static String shown(List<HopTime> hops) {
        List<String> parts = new ArrayList<>();
        hops.forEach(t -> parts.add(t.hop().id() + "," + t.direction().id() + "," + t.host() + "=" + t.ns()));
        return String.join(" ", parts);
    }

    private static String without(String hops, String... prefixes) {
        List<String> left = new ArrayList<>(List.of(hops.split(" ")));
        left.removeIf(hop -> Stream.of(prefixes).anyMatch(hop::startsWith));
        return String.join(" ", left);
    }

    private static void assertAddsUp(RequestTrace trace) {
        long hops = trace.hops().stream().mapToLong(HopTime::ns).sum();
        assertThat(hops + trace.unattributedNs()).isEqualTo(trace.endToEndNs());
        assertThat(trace.steps().stream().mapToLong(RequestTrace.Step::ns).sum())
                .isEqualTo(hops);
    }
}
