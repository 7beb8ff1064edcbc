package io.hopline.sla;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Publishes hop times as Micrometer timers with histogram buckets, which can be summed over hosts and time where ready-made
 * percentiles could not: {@code hopline.request.hop} tagged service, hop, direction and host, {@code hopline.request} and
 * {@code hopline.request.unattributed} tagged service, and {@code hopline.request.excluded} tagged reason.
 *
 * <p>Until {@link #bindTo} nothing is kept. Safe for use by several threads. At most {@value #MAX_TIMERS} timers.
 */
public final class HopMetrics implements MeterBinder {
    public static final int MAX_TIMERS = 4096;

    /** Three buckets a factor of ten, from a microsecond to ten seconds. */
    private static final Duration[] BUCKETS = IntStream.range(0, 22)
            .mapToObj(i -> Duration.ofNanos((long) (new long[] {1, 2, 5}[i % 3] * Math.pow(10, 3 + i / 3))))
            .toArray(Duration[]::new);

    private final Supplier<JoinerCounters> counters;
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();
    private volatile @Nullable MeterRegistry registry;

    private record Key(String name, String service, String hop, String direction, String host) {}

    /**
     * Makes a binder.
     *
     * @param counters the joiner's figures at the time of asking, from any thread
     */
    public HopMetrics(Supplier<JoinerCounters> counters) {
        this.counters = counters;
    }

    @Override
    public void bindTo(MeterRegistry meters) {
        for (Exclusion reason : Exclusion.values()) {
            FunctionCounter.builder("hopline.request.excluded", counters, source -> excluded(source, reason))
                    .description("Requests seen but not timed")
                    .tag("reason", reason.id())
                    .register(meters);
        }
        registry = meters;
    }

    /** Counts a joined request in all timers. */
    public void record(RequestTrace trace) {
        record(new Key("hopline.request", trace.service(), "", "", ""), trace.endToEndNs());
        record(new Key("hopline.request.unattributed", trace.service(), "", "", ""), trace.unattributedNs());
        for (HopTime time : trace.hops()) {
            record(
                    new Key(
                            "hopline.request.hop",
                            trace.service(),
                            time.hop().id(),
                            time.direction().id(),
                            time.host()),
                    time.ns());
        }
    }

    private void record(Key key, long ns) {
        MeterRegistry meters = registry;
        if (meters == null) {
            return;
        }
        Timer timer = timers.get(key);
        if (timer == null && timers.size() < MAX_TIMERS) {
            timer = timers.computeIfAbsent(key, missing -> timer(missing, meters));
        }
        if (timer != null) {
            timer.record(Math.max(0, ns), TimeUnit.NANOSECONDS);
        }
    }

    private static Timer timer(Key key, MeterRegistry meters) {
        Timer.Builder builder =
                Timer.builder(key.name).serviceLevelObjectives(BUCKETS).tags("service", key.service);
        if (key.hop.isEmpty()) {
            builder.description("Time of a request between the edges of the network");
        } else {
            builder.description("Time of a request in one hop")
                    .tags("hop", key.hop, "direction", key.direction, "host", key.host);
        }
        return builder.register(meters);
    }

    private static double excluded(Supplier<JoinerCounters> source, Exclusion reason) {
        return source.get().excluded().getOrDefault(reason.id(), 0L);
    }
}
