package io.hopline.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hopline.openflow.TableStats;
import io.hopline.packet.DropReason;
import io.hopline.packet.Port;
import io.hopline.sla.Direction;
import io.hopline.sla.TransitCursor;
import io.hopline.vswitch.CacheCounters;
import io.hopline.vswitch.VirtualSwitch;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The node's Prometheus endpoint: {@code GET /metrics}.
 *
 * <p>Counters are read where the workers count them; the hop timers are fed by the exporter's thread with the sampled
 * frames of this host alone. Hops that need two hosts are the controller's to report.
 */
final class NodeMetrics implements AutoCloseable {
    private static final int SCRAPERS = 2;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    /** On virtual threads a BufferedWriter grows with every write: a page of 12 KB then leaves 18 MB of garbage. */
    private final ExecutorService scrapers = Executors.newFixedThreadPool(
            SCRAPERS, Thread.ofPlatform().daemon().name("metrics-", 0).factory());

    private final HttpServer server;
    /** The exporter's thread's. */
    private final @Nullable Timer[] hops = new Timer[2 * Hop.values().length];

    /** Those that one host's stamps bound. */
    private enum Hop {
        HOST_NIC("host-nic"),
        VSWITCH("vswitch"),
        VNIC("vnic");

        private final String tag;

        Hop(String tag) {
            this.tag = tag;
        }
    }

    private NodeMetrics(HttpServer server) {
        this.server = server;
    }

    /**
     * Serves at {@code IP:PORT}; port 0 takes a free one.
     *
     * @throws IOException naming the address when it cannot be had
     */
    static NodeMetrics serve(String address, String node) throws IOException {
        int colon = address.lastIndexOf(':');
        if (colon < 1 || !address.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("--metrics: IP:PORT is wanted, not '" + address + "'");
        }
        InetSocketAddress at =
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
        HttpServer server;
        try {
            server = HttpServer.create(at, 16);
        } catch (IOException e) {
            throw new IOException("--metrics: cannot listen at " + address + ": " + e.getMessage(), e);
        }
        NodeMetrics metrics = new NodeMetrics(server);
        metrics.registry.config().commonTags("node", node);
        metrics.gc.bindTo(metrics.registry);
        new JvmMemoryMetrics().bindTo(metrics.registry);
        new ProcessorMetrics().bindTo(metrics.registry);
        server.createContext("/metrics", metrics::answer);
        server.setExecutor(metrics.scrapers);
        server.start();
        return metrics;
    }

    /** The URL to scrape. */
    String url() {
        InetSocketAddress at = server.getAddress();
        return "http://" + at.getAddress().getHostAddress() + ":" + at.getPort() + "/metrics";
    }

    /** Where the clocks' sessions are shown. */
    ClockMetrics clocks() {
        return new ClockMetrics(registry);
    }

    /** Where what presses the host is shown. */
    PressureMetrics pressure() {
        return new PressureMetrics(registry);
    }

    /** Where L7 proxies are shown. */
    ProxyMetrics proxies() {
        return new ProxyMetrics(registry);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = registry.scrape().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        exchange.sendResponseHeaders(200, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    /** Shows the switch's tables, caches and drops. */
    void bind(VirtualSwitch vswitch) {
        for (DropReason reason : DropReason.values()) {
            FunctionCounter.builder("hopline.switch.drops", vswitch, s -> s.drops(reason))
                    .tag("reason", reason.label())
                    .register(registry);
        }
        Gauge.builder(
                        "hopline.switch.flows",
                        vswitch,
                        s -> s.tableStats().stream()
                                .mapToLong(TableStats::activeCount)
                                .sum())
                .register(registry);
    }

    /**
     * Shows what a worker allocates, nothing once it runs; its frame slots, all of which are free when nothing moves; and how
     * its lookups were answered.
     *
     * @param number 0 for the first
     */
    void bind(int number, Worker worker, CacheCounters caches) {
        Tags tags = Tags.of("worker", Integer.toString(number));
        FunctionCounter.builder("hopline.worker.allocated.bytes", worker, Worker::allocatedBytes)
                .tags(tags)
                .register(registry);
        Gauge.builder("hopline.pool.free.frames", worker, Worker::freeFrames)
                .tags(tags)
                .register(registry);
        Gauge.builder("hopline.pool.frames", worker, Worker::frames).tags(tags).register(registry);
        bind(tags, caches);
    }

    /** Lookups that no other counter has were exact-match hits. */
    private void bind(Tags tags, CacheCounters caches) {
        FunctionCounter.builder("hopline.switch.lookups", caches, CacheCounters::lookups)
                .tags(tags)
                .register(registry);
        FunctionCounter.builder("hopline.switch.megaflow.hits", caches, CacheCounters::megaflowHits)
                .tags(tags)
                .register(registry);
        FunctionCounter.builder("hopline.switch.megaflow.revalidations", caches, CacheCounters::revalidations)
                .tags(tags)
                .register(registry);
        FunctionCounter.builder("hopline.switch.translations", caches, CacheCounters::translations)
                .tags(tags)
                .register(registry);
        Gauge.builder("hopline.switch.megaflows", caches, CacheCounters::megaflows)
                .tags(tags)
                .register(registry);
        Gauge.builder("hopline.switch.megaflow.masks", caches, CacheCounters::masks)
                .tags(tags)
                .register(registry);
    }

    /** Shows what the hop timers and the controller's report miss. */
    void bind(SightingExporter exporter, List<TransitRecorder> transits, StampReader stamps) {
        FunctionCounter.builder("hopline.sightings.lost", exporter, SightingExporter::lost)
                .register(registry);
        FunctionCounter.builder(
                        "hopline.frames.untimed",
                        transits,
                        all -> all.stream().mapToLong(TransitRecorder::missed).sum())
                .register(registry);
        FunctionCounter.builder("hopline.stamps.lost", stamps, StampReader::lost)
                .register(registry);
    }

    /** Shows a port's counters. */
    void bind(SwitchPorts.Plugged plugged) {
        Port port = plugged.port();
        Tags tags = Tags.of("port", port.name(), "kind", port.kind().name().toLowerCase(Locale.ROOT));
        count("hopline.port.rx.frames", tags, plugged, p -> p.counters().rxFrames());
        count("hopline.port.rx.bytes", tags, plugged, p -> p.counters().rxBytes());
        count("hopline.port.rx.batches", tags, plugged, p -> p.counters().rxBatches());
        count("hopline.port.tx.frames", tags, plugged, p -> p.counters().txFrames());
        count("hopline.port.tx.bytes", tags, plugged, p -> p.counters().txBytes());
        for (DropReason reason : DropReason.values()) {
            count(
                    "hopline.port.drops",
                    tags.and("reason", reason.label()),
                    plugged,
                    p -> p.counters().drops(reason));
        }
    }

    /** Shows no more of a port. */
    void unbind(SwitchPorts.Plugged plugged) {
        registry.getMeters().stream()
                .map(meter -> meter.getId())
                .filter(id -> plugged.port().name().equals(id.getTag("port")))
                .toList()
                .forEach(registry::remove);
    }

    private void count(
            String name, Tags tags, SwitchPorts.Plugged plugged, ToDoubleFunction<SwitchPorts.Plugged> value) {
        FunctionCounter.builder(name, plugged, value).tags(tags).register(registry);
    }

    /** Shows what of a request's way this host can see by itself. */
    void show(TransitCursor way) {
        if (way.out() != null) {
            Direction direction = way.direction();
            if (way.t0Ns() > 0) {
                hop(hopOf(way.in()), direction, way.t1Ns() - way.t0Ns());
            }
            hop(Hop.VSWITCH, direction, way.t2Ns() - way.t1Ns());
            hop(hopOf(way.out()), direction, way.t3Ns() - way.t2Ns());
        }
    }

    private static Hop hopOf(Port.@Nullable Kind kind) {
        return kind == Port.Kind.VNIC ? Hop.VNIC : Hop.HOST_NIC;
    }

    private void hop(Hop hop, Direction direction, long ns) {
        int place = hop.ordinal() * 2 + direction.ordinal();
        Timer timer = hops[place];
        if (timer == null) {
            timer = timer(hop, direction);
            hops[place] = timer;
        }
        timer.record(Math.max(0, ns), TimeUnit.NANOSECONDS);
    }

    private Timer timer(Hop hop, Direction direction) {
        return Timer.builder("hopline.hop")
                .tags("hop", hop.tag, "direction", direction.id())
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofNanos(1000))
                .maximumExpectedValue(Duration.ofSeconds(1))
                .register(registry);
    }

    @Override
    public void close() {
        server.stop(0);
        scrapers.shutdownNow();
        gc.close();
        registry.close();
    }
}
