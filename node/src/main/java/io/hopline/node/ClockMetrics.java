package io.hopline.node;

import io.hopline.sla.PeerClock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** Shows the peers' clocks, the underlay between and the STAMP sessions' packets. What is not known yet is NaN. */
final class ClockMetrics {
    private static final double NS = 1e-9;

    private final MeterRegistry registry;

    ClockMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Shows packets that were not taken. */
    void bind(Map<String, AtomicLong> refused) {
        refused.forEach((reason, count) -> FunctionCounter.builder("hopline.stamp.refused", count, AtomicLong::get)
                .tag("reason", reason)
                .register(registry));
    }

    /** Shows a session. */
    void bind(ClockSession session) {
        gauge(
                session,
                "hopline.clock.offset.seconds",
                Tags.empty(),
                r -> r.offset().offsetNs());
        gauge(
                session,
                "hopline.clock.offset.error.seconds",
                Tags.empty(),
                r -> r.offset().errorNs());
        gauge(
                session,
                "hopline.clock.drift.ratio",
                Tags.empty(),
                r -> r.offset().driftPpb());
        gauge(session, "hopline.underlay.roundtrip.seconds", Tags.of("quantile", "0"), PeerClock::roundTripNs);
        gauge(session, "hopline.underlay.roundtrip.seconds", Tags.of("quantile", "0.5"), PeerClock::medianRoundTripNs);
        gauge(session, "hopline.underlay.oneway.seconds", Tags.of("direction", "there"), PeerClock::thereNs);
        gauge(session, "hopline.underlay.oneway.seconds", Tags.of("direction", "back"), PeerClock::backNs);
        counter(session, "hopline.stamp.sent", PeerClock.Counts::sent);
        counter(session, "hopline.stamp.received", PeerClock.Counts::received);
        counter(session, "hopline.stamp.lost", PeerClock.Counts::lost);
        counter(session, "hopline.stamp.duplicates", PeerClock.Counts::duplicates);
        counter(session, "hopline.stamp.reordered", PeerClock.Counts::reordered);
    }

    private void gauge(ClockSession session, String name, Tags tags, ToDoubleFunction<PeerClock> value) {
        Gauge.builder(
                        name,
                        session,
                        s -> s.reading().map(r -> NS * value.applyAsDouble(r)).orElse(Double.NaN))
                .tags(tags.and("peer", session.peer()))
                .register(registry);
    }

    private void counter(ClockSession session, String name, ToLongFunction<PeerClock.Counts> value) {
        FunctionCounter.builder(name, session, s -> value.applyAsLong(s.counts()))
                .tag("peer", session.peer())
                .register(registry);
    }

    /** Shows no more of a session. */
    void unbind(ClockSession session) {
        registry.getMeters().stream()
                .map(meter -> meter.getId())
                .filter(id -> session.peer().equals(id.getTag("peer")))
                .toList()
                .forEach(registry::remove);
    }
}
