package io.hopline.node;

import io.hopline.packet.Port;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Shows what presses the host, as last sampled; the pauses of the collector are {@code jvm_gc_pause_seconds}, a port's
 * full queue is among {@code hopline_port_drops_total}.
 */
final class PressureMetrics {
    private static final double NS = 1e-9;

    private final MeterRegistry registry;

    PressureMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void bind(PressureSampler pressure) {
        FunctionCounter.builder(
                        "hopline.host.steal.seconds",
                        pressure,
                        p -> NS * p.latest().stealNs())
                .register(registry);
        for (PressureSampler.OfWorker worker : pressure.latest().workers()) {
            Tags tags = Tags.of("thread", worker.name());
            worker("hopline.worker.run.seconds", tags, pressure, worker.name(), w -> NS * w.runNs());
            worker("hopline.worker.runqueue.seconds", tags, pressure, worker.name(), w -> NS * w.runQueueNs());
            worker("hopline.worker.preemptions", tags, pressure, worker.name(), w -> (double) w.preempted());
        }
    }

    private void worker(
            String metric,
            Tags tags,
            PressureSampler pressure,
            String name,
            ToDoubleFunction<PressureSampler.OfWorker> value) {
        FunctionCounter.builder(
                        metric,
                        pressure,
                        p -> p.latest().workers().stream()
                                .filter(worker -> worker.name().equals(name))
                                .mapToDouble(value)
                                .sum())
                .tags(tags)
                .register(registry);
    }

    /** Shows a port's queues; tagged as its other metrics, and so taken away with them. */
    void bind(SwitchPorts.Plugged plugged, PressureSampler pressure) {
        String port = plugged.port().name();
        Tags tags = Tags.of("port", port, "kind", plugged.port().kind().name().toLowerCase(Locale.ROOT));
        FunctionCounter.builder(
                        "hopline.port.lost.frames", pressure, p -> of(p, port, PressureSampler.OfPort::lostBefore))
                .tags(tags.and("where", "before-switch"))
                .register(registry);
        FunctionCounter.builder(
                        "hopline.port.lost.frames", pressure, p -> of(p, port, PressureSampler.OfPort::lostAfter))
                .tags(tags.and("where", "after-switch"))
                .register(registry);
        Gauge.builder(
                        "hopline.port.queue.bytes",
                        pressure,
                        p -> of(p, port, o -> o.depth().receiveBytes()))
                .tags(tags.and("queue", "receive"))
                .register(registry);
        Gauge.builder(
                        "hopline.port.queue.bytes",
                        pressure,
                        p -> of(p, port, o -> o.depth().sendBytes()))
                .tags(tags.and("queue", "send"))
                .register(registry);
    }

    /** Shows what a guest's port cost the workers. */
    void bind(SwitchPorts.Plugged plugged, CostSampler costs) {
        String port = plugged.port().name();
        if (plugged.port().kind() == Port.Kind.VNIC) {
            FunctionCounter.builder("hopline.port.cpu.seconds", costs, c -> NS * c.cpuNs(port))
                    .tags("port", port, "kind", "vnic")
                    .register(registry);
        }
    }

    private static double of(PressureSampler pressure, String port, ToLongFunction<PressureSampler.OfPort> value) {
        PressureSampler.OfPort last = pressure.latest().ports().get(port);
        return last == null ? 0 : value.applyAsLong(last);
    }
}
