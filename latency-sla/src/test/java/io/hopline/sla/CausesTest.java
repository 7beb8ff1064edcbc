package io.hopline.sla;

import static io.hopline.sla.HandMade.CLIENT;
import static io.hopline.sla.HandMade.WEB2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hopline.packet.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CausesTest {
    private static final long MINUTE_MS = 60_000;
    private static final long NOW_MS = 1_790_000_040_000L;

    private static HostPressure.PortQueue port(String name, long queueFull, long waitingBytes) {
        return new HostPressure.PortQueue(name, "vnic", queueFull, 1, 2, 3, waitingBytes, 0);
    }

    private static HostPressure pressure(long fromMs, long stealNs, HostPressure.PortQueue... ports) {
        return new HostPressure(
                fromMs,
                fromMs + 10_000,
                2,
                stealNs,
                1,
                5_000_000,
                List.of(new HostPressure.Worker("a", 100, 40, 7)),
                List.of(ports));
    }

    @Test
    void intervalsOfAHostAddUpWithinAMinute() {
        Causes causes = new Causes(10);
        causes.pressed("a", NOW_MS, pressure(NOW_MS, 20, port("web1", 10, 500)));
        causes.pressed("a", NOW_MS + 10_000, pressure(NOW_MS + 10_000, 30, port("web1", 1, 900), port("web2", 4, 0)));
        causes.pressed("b", NOW_MS, pressure(NOW_MS, 1));
        List<Causes.Minute> minutes = causes.between(NOW_MS - MINUTE_MS, NOW_MS);
        assertThat(minutes).hasSize(1);
        assertThat(minutes.getFirst().minuteMs()).isEqualTo(NOW_MS / MINUTE_MS * MINUTE_MS);
        assertThat(minutes.getFirst().hosts()).extracting(Causes.Host::host).containsExactly("a", "b");
        HostPressure sum = minutes.getFirst().hosts().getFirst().pressure();
        assertThat(sum.fromMs()).isEqualTo(NOW_MS);
        assertThat(sum.toMs()).isEqualTo(NOW_MS + 20_000);
        assertThat(sum.stealNs()).isEqualTo(50);
        assertThat(sum.gcPauses()).isEqualTo(2);
        assertThat(sum.workers()).containsExactly(new HostPressure.Worker("a", 200, 80, 14));
        assertThat(sum.ports())
                .containsExactly(new HostPressure.PortQueue("web1", "vnic", 11, 2, 4, 6, 900, 0), port("web2", 4, 0));
    }

    @Test
    void onlyPortsInTroubleAreToldOfTheWorstFirstAndNotTooMany() {
        HostPressure.PortQueue[] ports = IntStream.range(0, 40)
                .mapToObj(i -> new HostPressure.PortQueue("p" + i, "vnic", i, 0, 0, 0, 0, 0))
                .toArray(HostPressure.PortQueue[]::new);
        List<HostPressure.PortQueue> told = pressure(NOW_MS, 0, ports).ports();
        assertThat(told).hasSize(HostPressure.MAX_PORTS);
        assertThat(told.getFirst().name()).isEqualTo("p39");
        assertThat(pressure(NOW_MS, 0, ports[0]).ports()).isEmpty();
    }

    @Test
    void minutesAreForgotten() {
        Causes causes = new Causes(3);
        for (int minute = 0; minute < 10; minute++) {
            causes.pressed("a", NOW_MS + minute * MINUTE_MS, pressure(NOW_MS, minute));
        }
        assertThat(causes.between(0, Long.MAX_VALUE)).hasSize(3);
        assertThat(causes.between(NOW_MS, NOW_MS + 6 * MINUTE_MS)).isEmpty();
    }

    private static List<Seen> seen(HandMade made, String... again) {
        List<Seen> seen = new ArrayList<>();
        made.items.forEach((name, item) -> {
            Seen one = new Seen(item.host(), (Sighting.Segment) item.sighting());
            seen.add(one);
            if (List.of(again).contains(name)) {
                seen.add(one);
            }
        });
        return seen;
    }

    static Stream<Arguments> losses() {
        HandMade whole = HandMade.twoHosts(1000, 5000, 1000);
        return Stream.of(
                arguments(whole, new String[] {"request@a"}, "vswitch@a", "vswitch@b"),
                arguments(whole, new String[] {"request@a", "request@b"}, "vswitch@b", "vnic@b"),
                arguments(whole, new String[] {"request@a", "request@b", "guest-in"}, "vnic@b", ""),
                arguments(whole, new String[] {"guest-out"}, "vnic@b", "vswitch@b"),
                arguments(whole, new String[] {"guest-out", "response@b"}, "vswitch@b", "vswitch@a"),
                arguments(whole, new String[] {"guest-out", "response@b", "response@a"}, "vswitch@a", "host-nic@a"),
                arguments(
                        HandMade.twoHosts(1000, 5000, 1000).without("request@b"),
                        new String[] {"request@a"},
                        "vswitch@a",
                        "vnic@b"));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void aLossIsBetweenTheLastPlaceThatSawItTwiceAndTheNext(
            HandMade made, String[] again, String after, String before) {
        Direction direction = again[0].startsWith("request") ? Direction.REQUEST : Direction.RESPONSE;
        Retransmission found = Retransmission.of(direction, seen(made, again)).orElseThrow();
        assertThat(found.after()).hasToString(after);
        assertThat(found.before().map(Retransmission.Place::toString))
                .isEqualTo(before.isEmpty() ? Optional.empty() : Optional.of(before));
        Direction other = direction == Direction.REQUEST ? Direction.RESPONSE : Direction.REQUEST;
        assertThat(Retransmission.of(other, seen(made, again))).isEmpty();
    }

    @Test
    void theJoinerTellsOfLossesAndTheyAreCountedByStretch() {
        Causes causes = new Causes(10);
        Joiner joiner = new Joiner(JoinerLimits.DEFAULT, trace -> {});
        joiner.services(List.of(HandMade.WEB), List.of());
        joiner.retransmissions(lost -> causes.lost(NOW_MS, lost));
        for (int i = 0; i < 3; i++) {
            HandMade made = HandMade.twoHosts(1000 + 100 * i, 5000 + 200 * i, 1000 + 500 * i);
            made.list().forEach(item -> joiner.accept(item.host(), item.sighting(), 0));
            made.add(
                    "again",
                    "a",
                    Objects.requireNonNull(made.items.get("request@a")).sighting());
            HandMade.Item again = Objects.requireNonNull(made.items.get("again"));
            joiner.accept(again.host(), again.sighting(), 0);
        }
        joiner.flush();
        assertThat(causes.between(NOW_MS, NOW_MS).getFirst().losses())
                .containsExactly(new Causes.Loss("request", "vswitch@a", "vswitch@b", 3));
    }

    @Test
    void clientsAndServersDevicesHaveTheirNames() {
        Sighting.Edge edge =
                HandMade.edge(CLIENT, WEB2, Direction.RESPONSE, HandMade.Tcp.data(1, 1, 1), Port.Kind.UPLINK, true, 5);
        assertThat(Retransmission.of(Direction.RESPONSE, List.of(new Seen("a", edge), new Seen("a", edge))))
                .hasValue(new Retransmission(
                        Direction.RESPONSE, new Retransmission.Place("a", "host-nic"), Optional.empty()));
    }
}
