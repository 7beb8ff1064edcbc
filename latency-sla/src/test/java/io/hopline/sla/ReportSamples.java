package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Reports over made-up requests: a busy period after a quiet one, a broken one, one request, none. */
final class ReportSamples {
    static final long EPOCH_MS = 1_790_000_040_000L;
    static final long MINUTE_MS = 60_000;
    static final ClockModel ONE_CLOCK = ClockModel.of(Map.of("a", "boot", "b", "boot"));

    private ReportSamples() {}

    static JoinerCounters counters() {
        return new JoinerCounters(120_000, 3, 20_000, Map.of("internal", 37L, "retransmission", 12L), 40, 0, 2);
    }

    /** A request to web1 on the entry host or to web2 on another, most of its time where {@code slow} says. */
    static RequestTrace request(Random random, long startMs, boolean remote, double factor, Hop slow) {
        List<HopTime> hops = new ArrayList<>();
        String far = remote ? "b" : "a";
        add(hops, random, Hop.HOST_NIC, Direction.REQUEST, "a", 12_000);
        add(hops, random, Hop.VSWITCH, Direction.REQUEST, "a", 6_000);
        if (remote) {
            add(hops, random, Hop.OVERLAY, Direction.REQUEST, "b", 21_000);
            add(hops, random, Hop.VSWITCH, Direction.REQUEST, "b", 6_000);
        }
        add(hops, random, Hop.VNIC, Direction.REQUEST, far, 15_000);
        add(hops, random, Hop.GUEST_TCPIP, Direction.REQUEST, far, 20_000);
        add(hops, random, Hop.NGINX, Direction.REQUEST, far, 110_000);
        add(hops, random, Hop.VNIC, Direction.RESPONSE, far, 17_000);
        if (remote) {
            add(hops, random, Hop.OVERLAY, Direction.RESPONSE, "a", 24_000);
        }
        add(hops, random, Hop.VSWITCH, Direction.RESPONSE, "a", 5_000);
        add(hops, random, Hop.HOST_NIC, Direction.RESPONSE, "a", 13_000);
        hops.replaceAll(time -> time.hop() == slow
                ? new HopTime(time.hop(), time.direction(), time.host(), (long) (time.ns() * factor))
                : time);
        return trace("web", remote ? "web2" : "web1", random, startMs, hops, remote ? List.of("a", "b") : List.of("a"));
    }

    private static void add(List<HopTime> hops, Random random, Hop hop, Direction direction, String host, long ns) {
        hops.add(new HopTime(hop, direction, host, (long) (ns * Math.exp(random.nextGaussian() * 0.35))));
    }

    static RequestTrace trace(
            String service, String backend, Random random, long startMs, List<HopTime> hops, List<String> hosts) {
        List<RequestTrace.Step> steps = new ArrayList<>();
        long at = 0;
        for (HopTime time : hops) {
            steps.add(new RequestTrace.Step(time.hop(), time.direction(), time.host(), at, time.ns()));
            at += time.ns();
        }
        long unattributedNs = random.nextInt(50) == 0 ? 4_000 : 0;
        return new RequestTrace(
                service,
                Optional.of(backend),
                Endpoint.of(0xC6336400 + random.nextInt(200), 20_000 + random.nextInt(30_000)),
                startMs * 1_000_000 + random.nextInt(1_000_000),
                at + unattributedNs,
                unattributedNs,
                hops,
                steps,
                hosts,
                OptionalLong.empty(),
                unattributedNs > 0 ? Set.of(RequestTrace.Flag.INCOMPLETE) : Set.of());
    }

    /** An hour and the one before it: an incident of the server for six minutes, ten minutes without requests. */
    static LatencyHistory busyHistory() {
        LatencyHistory history = new LatencyHistory(180);
        Random random = new Random(5);
        for (long ms = EPOCH_MS - 60 * MINUTE_MS; ms < EPOCH_MS + 60 * MINUTE_MS; ms += 500) {
            long minute = Math.floorDiv(ms - EPOCH_MS, MINUTE_MS);
            if (minute >= 40 && minute < 50) {
                continue;
            }
            boolean remote = random.nextInt(100) < 45;
            boolean incident = minute >= 18 && minute < 24 && remote && random.nextInt(3) == 0;
            double factor = incident ? 40 : random.nextInt(200) == 0 ? 15 : minute < 0 ? 0.8 : 1;
            history.record(request(random, ms, remote, factor, incident ? Hop.NGINX : Hop.VNIC));
        }
        return history;
    }

    static Report busy() {
        LatencyHistory history = busyHistory();
        long toMs = EPOCH_MS + 60 * MINUTE_MS;
        HopHistograms histograms = history.between("web", EPOCH_MS, toMs);
        histograms.record(Outcome.SUCCEEDED, 5_990);
        histograms.record(Outcome.PROXY_REFUSED, 7);
        histograms.record(Outcome.PROXY_ERROR, 3);
        List<Objective.Verdict> verdicts = OpenSloTest.objectives(2).stream()
                .map(objective -> objective.judge(histograms))
                .toList();
        long beforeMs = EPOCH_MS - 60 * MINUTE_MS;
        return Report.of(new ReportSource(
                "web",
                EPOCH_MS,
                toMs,
                histograms,
                history.slots("web", EPOCH_MS, toMs, 120),
                Optional.of(new LatencyHistory.Slot(beforeMs, EPOCH_MS, history.between("web", beforeMs, EPOCH_MS))),
                history.slots("web", beforeMs, EPOCH_MS, 60),
                ONE_CLOCK,
                verdicts,
                Optional.of("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"),
                8,
                counters(),
                causes("b", 40).between(EPOCH_MS, toMs)));
    }

    /** A host whose worker waited long in the 7th minute, whose guest's queue was full, and before which segments were lost. */
    private static Causes causes(String host, long queueFull) {
        Causes causes = new Causes(120);
        for (int minute = 0; minute < 60; minute++) {
            long atMs = EPOCH_MS + minute * MINUTE_MS;
            boolean slow = minute == 6;
            causes.pressed(
                    host,
                    atMs,
                    new HostPressure(
                            atMs,
                            atMs + MINUTE_MS,
                            2,
                            30_000_000,
                            2,
                            9_000_000,
                            List.of(new HostPressure.Worker(
                                    host, 20_000_000_000L, slow ? 17_300_000_000L : 40_000_000, 1_234)),
                            slow
                                    ? List.of(new HostPressure.PortQueue("web2", "vnic", queueFull, 0, 0, 3, 0, 0))
                                    : List.of(),
                            new SampleCounts(1_000, 0, 0, slow ? 12 : 0, 0, 0)));
        }
        causes.lost(
                EPOCH_MS + 6 * MINUTE_MS,
                new Retransmission(
                        Direction.REQUEST,
                        new Retransmission.Place("a", "vswitch"),
                        Optional.of(new Retransmission.Place(host, "vswitch"))));
        return causes;
    }

    /** Three requests with absurd times between hosts with long names whose clocks nobody compared, all else left out. */
    static Report broken() {
        String host = "rack-17-node-0042.compute.eu-central.example.internal";
        HopHistograms histograms = new HopHistograms();
        List<LatencyHistory.Slot> slots = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            slots.add(
                    new LatencyHistory.Slot(EPOCH_MS + i * 10_000L, EPOCH_MS + (i + 1) * 10_000L, new HopHistograms()));
        }
        long[] times = {0, 7_200_000_000_000L, 86_400_000_000_000L};
        for (int i = 0; i < times.length; i++) {
            List<HopTime> hops = List.of(
                    new HopTime(Hop.HOST_NIC, Direction.REQUEST, host, i),
                    new HopTime(Hop.OVERLAY, Direction.REQUEST, "<b>&\"" + host, 0),
                    new HopTime(Hop.NGINX, Direction.REQUEST, "<b>&\"" + host, times[i]));
            RequestTrace trace = trace(
                    "the-storefront-checkout-service-of-the-whole-company",
                    "backend-number-" + "9".repeat(60),
                    new Random(i),
                    EPOCH_MS + 20_000,
                    hops,
                    List.of(host, "<b>&\"" + host));
            histograms.record(trace);
            slots.get(2).histograms().record(trace);
        }
        Map<String, Long> excluded = new TreeMap<>();
        for (Exclusion reason : Exclusion.values()) {
            excluded.put(reason.id(), 9_876_543_210L);
        }
        return Report.of(new ReportSource(
                "the-storefront-checkout-service-of-the-whole-company",
                EPOCH_MS,
                EPOCH_MS + 40_000,
                histograms,
                slots,
                Optional.of(new LatencyHistory.Slot(EPOCH_MS - 40_000, EPOCH_MS, histograms)),
                List.of(),
                ClockModel.unknown(),
                OpenSloTest.objectives(0.001).stream()
                        .map(objective -> objective.judge(histograms))
                        .toList(),
                Optional.empty(),
                1_024,
                new JoinerCounters(Long.MAX_VALUE, 5, 3, excluded, 1, 2, 3),
                causes("<b>&\"" + host, Long.MAX_VALUE / 4).between(EPOCH_MS, EPOCH_MS + 60 * MINUTE_MS)));
    }

    static Report single() {
        HopHistograms histograms = new HopHistograms();
        histograms.record(request(new Random(1), EPOCH_MS, true, 1, Hop.NGINX));
        return Report.of("web", EPOCH_MS, EPOCH_MS + MINUTE_MS, histograms, ONE_CLOCK, List.of(), 1, counters());
    }

    static Report empty() {
        return Report.of(
                "nothing yet",
                EPOCH_MS,
                EPOCH_MS + 1,
                new HopHistograms(),
                ClockModel.unknown(),
                List.of(),
                1,
                new Joiner(JoinerLimits.DEFAULT, trace -> {}).counters());
    }
}
