package io.hopline.controller;

import io.hopline.packet.Ipv4Address;
import io.hopline.sla.Direction;
import io.hopline.sla.Hop;
import io.hopline.sla.HopTime;
import io.hopline.sla.RequestTrace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Walks of requests whose times tests know. */
final class Walks {
    private Walks() {}

    /** A request that entered at a and was answered on b, or on a itself. */
    static PathProbe.Walk direct(boolean remote) {
        List<RequestTrace.Step> steps = new ArrayList<>();
        long[] offset = {0};
        String far = remote ? "b" : "a";
        step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "a", 21_400);
        step(steps, offset, Hop.VSWITCH, Direction.REQUEST, "a", 3_120);
        if (remote) {
            step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "a", 2_410);
            step(steps, offset, Hop.OVERLAY, Direction.REQUEST, "b", 14_200);
            step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "b", 18_050);
            step(steps, offset, Hop.VSWITCH, Direction.REQUEST, "b", 2_380);
        }
        step(steps, offset, Hop.VNIC, Direction.REQUEST, far, 9_800);
        step(steps, offset, Hop.GUEST_TCPIP, Direction.REQUEST, far, 31_000);
        step(steps, offset, Hop.NGINX, Direction.REQUEST, far, 112_600);
        step(steps, offset, Hop.VNIC, Direction.RESPONSE, far, 15_300);
        step(steps, offset, Hop.VSWITCH, Direction.RESPONSE, far, 2_900);
        if (remote) {
            step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "b", 1_870);
            step(steps, offset, Hop.OVERLAY, Direction.RESPONSE, "a", 13_100);
            step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "a", 16_750);
            step(steps, offset, Hop.VSWITCH, Direction.RESPONSE, "a", 2_210);
        }
        step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "a", 4_300);
        Map<String, HopTime> hops = new LinkedHashMap<>();
        for (RequestTrace.Step step : steps) {
            hops.merge(
                    step.hop() + step.direction().id() + step.host(),
                    new HopTime(step.hop(), step.direction(), step.host(), step.ns()),
                    (a, b) -> new HopTime(a.hop(), a.direction(), a.host(), a.ns() + b.ns()));
        }
        RequestTrace trace = new RequestTrace(
                "web",
                Optional.of(remote ? "web2" : "web1"),
                new io.hopline.sla.Endpoint(Ipv4Address.parse("203.0.113.9"), 41_007),
                1_795_000_000_000_000_000L,
                offset[0] + 1_200,
                1_200,
                List.copyOf(hops.values()),
                steps,
                remote ? List.of("a", "b") : List.of("a"),
                OptionalLong.empty(),
                Set.of());
        return new PathProbe.Walk(200, offset[0] + 55_000, trace);
    }

    private static void step(
            List<RequestTrace.Step> steps, long[] offset, Hop hop, Direction direction, String host, long ns) {
        steps.add(new RequestTrace.Step(hop, direction, host, offset[0], ns));
        offset[0] += ns;
    }

    /** Through a proxy on a, every one of whose phases is a step. */
    static PathProbe.Walk proxied() {
        RequestTrace direct = direct(true).trace();
        List<RequestTrace.Step> steps = new ArrayList<>();
        long[] offset = {0};
        step(steps, offset, Hop.HOST_NIC, Direction.REQUEST, "a", 20_000);
        step(steps, offset, Hop.VSWITCH, Direction.REQUEST, "a", 3_000);
        step(steps, offset, Hop.VNIC, Direction.REQUEST, "a", 8_000);
        step(steps, offset, Hop.PROXY_TCPIP, Direction.REQUEST, "a", 30_000);
        step(steps, offset, Hop.PROXY_ROUTE, Direction.REQUEST, "a", 9_000);
        step(steps, offset, Hop.PROXY_CONNECT, Direction.REQUEST, "a", 5_000);
        step(steps, offset, Hop.PROXY_WRITE, Direction.REQUEST, "a", 13_000);
        for (RequestTrace.Step step : direct.steps()) {
            step(steps, offset, step.hop(), step.direction(), step.host(), step.ns());
        }
        step(steps, offset, Hop.PROXY_TCPIP, Direction.RESPONSE, "a", 25_000);
        step(steps, offset, Hop.PROXY_WRITE, Direction.RESPONSE, "a", 15_000);
        step(steps, offset, Hop.VSWITCH, Direction.RESPONSE, "a", 2_000);
        step(steps, offset, Hop.HOST_NIC, Direction.RESPONSE, "a", 4_000);
        RequestTrace trace = new RequestTrace(
                direct.service(),
                direct.backend(),
                direct.client(),
                direct.startNs(),
                offset[0],
                0,
                steps.stream()
                        .map(step -> new HopTime(step.hop(), step.direction(), step.host(), step.ns()))
                        .toList(),
                steps,
                direct.hostPath(),
                OptionalLong.empty(),
                Set.of(RequestTrace.Flag.END_AT_SEND));
        return new PathProbe.Walk(200, offset[0] + 40_000, trace);
    }

    /** What the walk to web2, or to web1, left in the history if it began then. */
    static RequestTrace at(long startMs, boolean remote) {
        RequestTrace walk = direct(remote).trace();
        return new RequestTrace(
                walk.service(),
                walk.backend(),
                walk.client(),
                startMs * 1_000_000,
                walk.endToEndNs(),
                walk.unattributedNs(),
                walk.hops(),
                walk.steps(),
                walk.hostPath(),
                walk.serverReportedNs(),
                walk.flags());
    }
}
