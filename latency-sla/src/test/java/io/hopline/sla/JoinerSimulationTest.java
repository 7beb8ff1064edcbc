package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.SimulatedNetwork.Delivery;
import io.hopline.sla.SimulatedNetwork.Profile;
import io.hopline.sla.SimulatedNetwork.Truth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoinerSimulationTest {
    private static final long EPOCH_NS = 1_790_000_000_000_000_000L;

    private final List<RequestTrace> traces = new ArrayList<>();
    private final Joiner joiner = new Joiner(JoinerLimits.DEFAULT, traces::add);

    JoinerSimulationTest() {
        joiner.services(List.of(HandMade.WEB), HandMade.INTERNAL);
        joiner.clocks(ClockModel.of(Map.of("a", "boot", "b", "boot")));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void hopsAreExactlyTheTruth(long seed) {
        SimulatedNetwork network = new SimulatedNetwork(seed, Profile.namespaces());
        for (int i = 0; i < 40; i++) {
            Endpoint client = Endpoint.of(0xC6336400 | i % 5, 20_000 + i);
            network.connection(client, EPOCH_NS + i * 37_000_000L, 40, 0.02);
        }
        deliver(network, 0);

        assertThat(network.retransmitted()).isPositive();
        assertThat(joiner.counters().excluded())
                .isEqualTo(Map.of(Exclusion.RETRANSMISSION.id(), (long) network.retransmitted()));
        assertExact(network);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void proxiedHopsAreExactlyTheTruth(long seed) {
        SimulatedNetwork network = new SimulatedNetwork(seed, Profile.virtualMachines());
        for (int i = 0; i < 20; i++) {
            network.proxiedConnection(Endpoint.of(0xC6336401, 30_000 + i), EPOCH_NS + i * 11_000_000L, 30);
        }
        deliver(network, 0);

        assertThat(joiner.counters().excluded()).isEmpty();
        assertExact(network);
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33, 34, 35})
    void whatIsNotNotedIsNotMissed(long seed) {
        SimulatedNetwork network = new SimulatedNetwork(seed, Profile.namespaces());
        for (int i = 0; i < 40; i++) {
            network.connection(Endpoint.of(0xC6336400 | i % 5, 20_000 + i), EPOCH_NS + i * 37_000_000L, 40, 0.02);
            network.proxiedConnection(Endpoint.of(0xC6336401, 30_000 + i), EPOCH_NS + i * 11_000_000L, 20);
        }
        assertThat(network.noteWhatTells()).isPositive();
        network.noteLastEnds();
        deliver(network, 0);

        assertThat(joiner.counters().excluded())
                .isEqualTo(Map.of(Exclusion.RETRANSMISSION.id(), (long) network.retransmitted()));
        assertExact(network);
    }

    @ParameterizedTest
    @ValueSource(longs = {41, 42, 43})
    void ofAnUploadTheLastEndIsNoted(long seed) {
        SimulatedNetwork network = new SimulatedNetwork(seed, Profile.namespaces());
        network.uploads(5);
        for (int i = 0; i < 40; i++) {
            network.connection(Endpoint.of(0xC6336400 | i % 5, 20_000 + i), EPOCH_NS + i * 37_000_000L, 40, 0.02);
        }
        // Five pieces before each end, each seen at the client's and the guest's edge and in one switch at least.
        assertThat(network.noteLastEnds()).isGreaterThan(40 * 40 * 5 * 2);
        deliver(network, 0);

        assertThat(joiner.counters().excluded())
                .isEqualTo(Map.of(Exclusion.RETRANSMISSION.id(), (long) network.retransmitted()));
        assertExact(network);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25})
    void lostSightingsNeverFalsifyAHop(long seed) {
        SimulatedNetwork network = new SimulatedNetwork(seed, Profile.namespaces());
        for (int i = 0; i < 40; i++) {
            network.connection(Endpoint.of(0xC6336401, 20_000 + i), EPOCH_NS + i * 37_000_000L, 40, 0);
        }
        deliver(network, 0.04);

        assertThat(traces.size()).isBetween(1_000, 1_600);
        assertThat(joiner.counters().traces()
                        + joiner.counters().excluded().values().stream()
                                .mapToLong(Long::longValue)
                                .sum())
                .isBetween(1_590L, 1_600L);
        assertThat(traces).anyMatch(trace -> trace.unattributedNs() > 0);
        for (RequestTrace trace : traces) {
            Truth truth = truth(network, trace);
            assertAddsUp(trace);
            boolean ownHandshake = trace.flags().stream()
                    .noneMatch(flag ->
                            flag == RequestTrace.Flag.GUEST_FROM_MEDIAN || flag == RequestTrace.Flag.GUEST_FROM_ACK);
            boolean endSeen = !trace.flags().contains(RequestTrace.Flag.END_AT_SEND);
            hops(trace).forEach((hop, ns) -> {
                boolean guest = hop.startsWith("guest-tcpip") || hop.startsWith("nginx");
                boolean end = hop.equals("host-nic,response,a");
                if ((ownHandshake || !guest) && (endSeen || !end)) {
                    assertThat(ns).as(hop).isEqualTo(truth.hops.get(hop));
                }
            });
        }
    }

    private void deliver(SimulatedNetwork network, double lossRate) {
        for (Delivery delivery : network.deliveries(lossRate)) {
            joiner.accept(delivery.host(), delivery.batch(), delivery.arrivalNs());
            joiner.advance(delivery.arrivalNs());
        }
        joiner.flush();
    }

    private void assertExact(SimulatedNetwork network) {
        assertThat(traces).hasSize(network.truths().size());
        for (RequestTrace trace : traces) {
            Truth truth = truth(network, trace);
            assertThat(hops(trace)).isEqualTo(truth.hops);
            assertThat(trace.endToEndNs()).isEqualTo(truth.endNs - truth.startNs);
            assertThat(trace.unattributedNs()).isZero();
            assertThat(trace.backend()).contains(truth.backend);
            assertThat(trace.flags()).isEmpty();
            assertAddsUp(trace);
        }
    }

    private static Truth truth(SimulatedNetwork network, RequestTrace trace) {
        return Objects.requireNonNull(
                network.truths().get(SimulatedNetwork.key(trace.client(), trace.startNs())), "a request never made");
    }

    private static Map<String, Long> hops(RequestTrace trace) {
        Map<String, Long> hops = new LinkedHashMap<>();
        trace.hops().forEach(t -> hops.put(t.hop().id() + "," + t.direction().id() + "," + t.host(), t.ns()));
        return hops;
    }

    private static void assertAddsUp(RequestTrace trace) {
        long hops = trace.hops().stream().mapToLong(HopTime::ns).sum();
        assertThat(hops + trace.unattributedNs()).isEqualTo(trace.endToEndNs());
    }
}
