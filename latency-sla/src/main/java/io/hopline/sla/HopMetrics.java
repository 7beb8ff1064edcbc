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
import org.jspecify.annotations.Nullable;

/**
 * Publishes hop times as Micrometer timers with histogram buckets, which can be summed over hosts and time where ready-made
 * percentiles could not: {@code hopline.hop} tagged hop, direction and host, {@code hopline.request} and
 * {@code hopline.request.unattributed} tagged service, and {@code hopline.request.excluded} tagged reason.
 *
 * <p>Until {@link #bindTo} nothing is kept. Safe for use by several threads. At most {@value #MAX_TIMERS} timers.
 */
public final class HopMetrics implements MeterBinder {
    public static final int MAX_TIMERS = 4096;

    private static final Duration SHORTEST = Duration.ofNanos(1_000);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final Supplier<JoinerCounters> counters;
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();
    private volatile @Nullable MeterRegistry registry;

    private record Key(String name, String first, String second, String third) {}

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
        record(new Key("hopline.request", trace.service(), "", ""), trace.endToEndNs());
        record(new Key("hopline.request.unattributed", trace.service(), "", ""), trace.unattributedNs());
        for (HopTime time : trace.hops()) {
            record(time.hop(), time.direction(), time.host(), time.ns());
        }
    }

    /** Counts one hop time, such as a node's own share of a request that it cannot join. */
    public void record(Hop hop, Direction direction, String host, long ns) {
        record(new Key("hopline.hop", hop.id(), direction.id(), host), ns);
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
        Timer.Builder builder = Timer.builder(key.name)
                .publishPercentileHistogram()
                .minimumExpectedValue(SHORTEST)
                .maximumExpectedValue(LONGEST);
        if (key.name.equals("hopline.hop")) {
            builder.description("Time of a request in one hop")
                    .tags("hop", key.first, "direction", key.second, "host", key.third);
        } else {
            builder.description("Time of a request between the edges of the network")
                    .tags("service", key.first);
        }
        return builder.register(meters);
    }

    private static double excluded(Supplier<JoinerCounters> source, Exclusion reason) {
        return source.get().excluded().getOrDefault(reason.id(), 0L);
    }
}
