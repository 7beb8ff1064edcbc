package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.sla.Causes;
import io.hopline.sla.ClockModel;
import io.hopline.sla.Costs;
import io.hopline.sla.Joiner;
import io.hopline.sla.JoinerCounters;
import io.hopline.sla.JoinerLimits;
import io.hopline.sla.LatencyHistory;
import io.hopline.sla.MeasuredService;
import io.hopline.sla.Outcome;
import io.hopline.sla.OutcomeSink;
import io.hopline.sla.Protocol;
import io.hopline.sla.RequestTrace;
import io.hopline.sla.Sighting;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins what the nodes saw into requests and counts their hops. Reports arrive on any thread, one at a time is joined; a
 * thread of its own joins what has settled.
 */
final class LatencyService implements SightingSink, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LatencyService.class);
    /** What may have slowed a host, and what guests cost, is told for two hours, which is what a report looks back over unless told otherwise. */
    private static final int CAUSE_MINUTES = 120;

    private static final long ADVANCE_MS = 100;
    /** Traces waited for at a time. */
    private static final int MAX_AWAITED = 64;
    /** The last traces kept whole, for whoever wants single requests. */
    private static final int MAX_RECENT = 8192;

    private final LiveState live;
    private final HostClocks clocks;
    private final ReentrantLock lock = new ReentrantLock();
    private final SamplingRate sampling;
    private final LatencyHistory history;
    private final Causes causes = new Causes(CAUSE_MINUTES);
    private final Costs costs = new Costs(TimeUnit.MINUTES.toMillis(CAUSE_MINUTES));
    private final Map<io.hopline.sla.Endpoint, CompletableFuture<RequestTrace>> awaited = new ConcurrentHashMap<>();
    private final Joiner joiner = new Joiner(JoinerLimits.DEFAULT, this::joined, this::ended);
    private final Consumer<RequestTrace> requests;
    private final OutcomeSink outcomes;
    private final Thread advancing;

    private final ArrayDeque<RequestTrace> recent = new ArrayDeque<>();
    private long configuredVersion = -1;

    /**
     * Starts the thread.
     *
     * @param sampleOneIn one in so many connections is timed; empty to follow the load
     * @param requests takes each timed request too
     * @param outcomes takes what became of each request too
     */
    LatencyService(
            LiveState live,
            HostClocks clocks,
            LatencyHistory history,
            OptionalInt sampleOneIn,
            Consumer<RequestTrace> requests,
            OutcomeSink outcomes) {
        this.live = live;
        this.clocks = clocks;
        this.history = history;
        this.requests = requests;
        this.outcomes = outcomes;
        joiner.retransmissions(lost -> causes.lost(System.currentTimeMillis(), lost));
        // Nodes follow versions of the state, so a new rate makes one.
        sampling = new SamplingRate(sampleOneIn, System.nanoTime(), oneIn -> live.update(Changes::again));
        this.advancing = Thread.ofVirtual().name("joiner").start(this::advance);
    }

    @Override
    public void accept(String host, long seen, byte[] records) {
        if (records.length % Sighting.BYTES != 0) {
            throw StateException.invalid(
                    "body", records.length + " bytes are no whole number of " + Sighting.BYTES + "-byte records");
        }
        lock.lock();
        try {
            configure();
            sampling.seen(host, seen);
            long before = joiner.gaveUp();
            joiner.accept(host, ByteBuffer.wrap(records), System.nanoTime());
            if (joiner.gaveUp() != before) {
                causes.samplesLost(host, System.currentTimeMillis(), joiner.gaveUp() - before);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes one sighting, as {@link #accept(String, byte[])} takes many. */
    void accept(String host, Sighting sighting) {
        lock.lock();
        try {
            configure();
            joiner.accept(host, sighting, System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    private void advance() {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(ADVANCE_MS);
                lock.lock();
                try {
                    joiner.clocks(clocks());
                    joiner.advance(System.nanoTime());
                    sampling.advance(System.nanoTime());
                } catch (RuntimeException e) {
                    // One request that cannot be joined must not end the joining of all others.
                    LOG.error("joining failed", e);
                } finally {
                    lock.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void configure() {
        NetworkState state = live.current();
        if (state.version() == configuredVersion) {
            return;
        }
        Collection<Service> timed = state.services().values();
        List<MeasuredService> measured = new ArrayList<>();
        timed.forEach(s -> measured.add(measured(state, s)));
        timed.forEach(s -> measured.add(echoes(state, s)));
        joiner.services(measured, internalClients(state));
        configuredVersion = state.version();
    }

    private static MeasuredService measured(NetworkState state, Service service) {
        return new MeasuredService(
                service.name(),
                Protocol.parse(service.protocol().toString()),
                service.vip().timed(),
                service.backends().stream()
                        .map(b -> new MeasuredService.Backend(
                                b.vnic(),
                                state.endpoint(service, b).timed(),
                                state.vnic("backends", b.vnic()).mac().bits()))
                        .toList(),
                service.l4().dsr());
    }

    private static MeasuredService echoes(NetworkState state, Service service) {
        return new MeasuredService(
                MeasuredService.ECHO,
                Protocol.ICMP,
                service.vip().withPort(0).timed(),
                service.backends().stream()
                        .map(b -> new MeasuredService.Backend(
                                b.vnic(), state.endpoint(service, b).withPort(0).timed()))
                        .toList());
    }

    /** Health checks and proxies connect from the service ports. */
    private static List<IpAddress> internalClients(NetworkState state) {
        List<IpAddress> addresses = new ArrayList<>();
        state.networks().values().forEach(n -> addresses.addAll(n.servicePortAddresses()));
        return addresses;
    }

    /** How the hosts' clocks stand to each other now. */
    ClockModel clocks() {
        return clocks.model();
    }

    private void ended(String service, long startNs, Outcome outcome) {
        history.record(service, startNs, outcome, sampling.oneIn());
        outcomes.accept(service, startNs, outcome);
    }

    private void joined(RequestTrace trace) {
        history.record(trace, sampling.oneIn());
        requests.accept(trace);
        if (recent.size() == MAX_RECENT) {
            recent.removeFirst();
        }
        recent.addLast(trace);
        CompletableFuture<RequestTrace> waiting = awaited.remove(trace.client());
        if (waiting != null) {
            waiting.complete(trace);
        }
    }

    /**
     * Promises the trace of the next request of one connection; call it before the request is sent.
     *
     * @throws StateException when too many are waited for
     */
    CompletableFuture<RequestTrace> await(Endpoint client) {
        if (awaited.size() >= MAX_AWAITED) {
            throw StateException.unavailable("path", MAX_AWAITED + " requests are being followed already");
        }
        CompletableFuture<RequestTrace> promise = new CompletableFuture<>();
        io.hopline.sla.Endpoint key = client.timed();
        awaited.put(key, promise);
        promise.whenComplete((trace, failure) -> awaited.remove(key, promise));
        return promise;
    }

    /** The last {@value #MAX_RECENT} requests, oldest first. */
    List<RequestTrace> recent() {
        lock.lock();
        try {
            return List.copyOf(recent);
        } finally {
            lock.unlock();
        }
    }

    /** What may explain slow requests. */
    Causes causes() {
        return causes;
    }

    /** What guests cost the switches. */
    Costs costs() {
        return costs;
    }

    /** One in how many connections is timed. */
    SamplingRate sampling() {
        return sampling;
    }

    LatencyHistory history() {
        return history;
    }

    JoinerCounters counters() {
        lock.lock();
        try {
            return joiner.counters();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        advancing.interrupt();
        awaited.values().forEach(promise -> promise.cancel(false));
    }
}
