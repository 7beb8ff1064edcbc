package io.hopline.sla;

import io.hopline.packet.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Joins the sightings of all hosts into one {@link RequestTrace} per request.
 *
 * <p>A request is known by its last payload byte, which its response acknowledges ({@code response.ack - 1}), and by its
 * response's first payload byte. A sighting belongs to it when its payload holds that byte, so that super-frames and the
 * segments they are cut into match alike. A request is joined a fixed time after its response was first seen, in which
 * the other hosts' batches arrive in whatever order. What is no TCP segment is left to a {@link DatagramJoiner}.
 *
 * <p>Used by one thread at a time. Everything kept is bounded by {@link JoinerLimits}, what is evicted is counted.
 */
public final class Joiner {
    private final JoinerLimits limits;
    private final RequestTraces traces;
    private final OutcomeSink outcomes;
    private final OpenRequests open;
    private final DatagramJoiner datagrams;
    private final Map<Endpoint, Connection> connections = new LinkedHashMap<>(16, 0.75f, true);
    private final Deque<Exchange> waiting = new ArrayDeque<>();
    private final Deque<Exchange> unclaimed = new ArrayDeque<>();
    private final Deque<Published> published = new ArrayDeque<>();
    private final GuestSplit guests = new GuestSplit();

    /** A request that only the proxy saw, until its backend request is settled. */
    private record Published(String host, Sighting.Phases phases, long cameNs) {}

    private ServiceDirectory services = new ServiceDirectory(List.of());
    private Set<IpAddress> internalClients = Set.of();
    private ClockModel clocks = ClockModel.unknown();
    private Consumer<Retransmission> retransmissions = retransmission -> {};
    private long sightings;
    private long undecodable;
    private long late;
    private long evictedConnections;
    private long evictedSightings;
    private int kept;

    /**
     * Makes a joiner that knows no service yet.
     *
     * @param traces takes each request once it is joined, on the thread that called the joiner
     */
    public Joiner(JoinerLimits limits, Consumer<RequestTrace> traces) {
        this(limits, traces, (service, startNs, outcome) -> {});
    }

    /**
     * Makes a joiner that knows no service yet.
     *
     * @param outcomes takes what became of each request of a known service, timed or not
     */
    public Joiner(JoinerLimits limits, Consumer<RequestTrace> traces, OutcomeSink outcomes) {
        this.limits = limits;
        this.traces = new RequestTraces(traces);
        this.outcomes = outcomes;
        this.open = new OpenRequests(limits.maxSightings());
        this.datagrams = new DatagramJoiner(limits, this.traces, outcomes);
    }

    /**
     * Says which services there are.
     *
     * @param internalClients addresses that our own proxies and health checks connect from; their requests are no
     *     client's and are reported only as part of the front request they serve
     */
    public void services(Collection<MeasuredService> measured, Collection<IpAddress> internalClients) {
        this.services = new ServiceDirectory(List.copyOf(measured));
        this.internalClients = Set.copyOf(internalClients);
        datagrams.services(services, this.internalClients);
    }

    /** Says who is told where segments of timed requests were lost, on the thread that calls the joiner. */
    public void retransmissions(Consumer<Retransmission> listener) {
        this.retransmissions = listener;
        datagrams.retransmissions(listener);
    }

    /** Says how well the hosts' clocks agree. */
    public void clocks(ClockModel model) {
        this.clocks = model;
        datagrams.clocks(model);
    }

    /**
     * Takes a host's batch: whole records from the buffer's position to its limit.
     *
     * @param nowNs when it came, any clock that {@link #advance} uses too, nanoseconds
     */
    public void accept(String host, ByteBuffer batch, long nowNs) {
        List<Seen> passing = new ArrayList<>();
        int offset = batch.position();
        for (; offset + Sighting.BYTES <= batch.limit(); offset += Sighting.BYTES) {
            Sighting sighting = Sighting.decode(batch, offset);
            if (sighting == null) {
                undecodable++;
            } else if (sighting instanceof Sighting.Segment datagram && datagram.protocol() != Protocol.TCP) {
                passing.add(new Seen(host, datagram));
            } else {
                accept(host, sighting, nowNs);
            }
        }
        undecodable += offset < batch.limit() ? 1 : 0;
        // A host's places report one after the other; of datagrams it matters what passed in between.
        passing.sort(Comparator.comparingLong(Seen::ns));
        passing.forEach(seen -> accept(host, seen.segment(), nowNs));
    }

    /** Takes one sighting; see {@link #accept(String, ByteBuffer, long)}. */
    public void accept(String host, Sighting sighting, long nowNs) {
        sightings++;
        if (sighting instanceof Sighting.Segment datagram && datagram.protocol() != Protocol.TCP) {
            datagrams.accept(new Seen(host, datagram), nowNs);
            return;
        }
        if (sighting instanceof Sighting.Phases phases && phases.published()) {
            published(new Published(host, phases, nowNs));
            return;
        }
        if (sighting instanceof Sighting.OwnAnswer answer && answer.published()) {
            published(answer);
            return;
        }
        Connection connection = connection(sighting.client(), nowNs);
        switch (sighting) {
            case Sighting.Phases phases -> Connection.keep(connection.phases, phases);
            case Sighting.OwnAnswer answer -> Connection.keep(connection.ownAnswers, answer);
            case Sighting.ServerLog log -> Connection.keep(connection.logs, log);
            case Sighting.ServerTurn turn -> Connection.keep(connection.turns, turn);
            case Sighting.Notice notice -> connection.obstacles.note(notice);
            case Sighting.Edge edge -> {
                connection.guest.note(edge);
                segment(connection, new Seen(host, edge), nowNs);
            }
            case Sighting.Transit transit -> segment(connection, new Seen(host, transit), nowNs);
        }
    }

    /** Joins what has settled by now, and forgets connections that have long been idle. */
    public void advance(long nowNs) {
        datagrams.advance(nowNs);
        while (!waiting.isEmpty() && waiting.getFirst().createdNs + limits.settleNs() <= nowNs) {
            finish(waiting.removeFirst());
        }
        while (!published.isEmpty() && published.getFirst().cameNs() + 2 * limits.settleNs() <= nowNs) {
            emitPublished(published.removeFirst());
        }
        while (!unclaimed.isEmpty() && unclaimed.getFirst().createdNs + 3 * limits.settleNs() <= nowNs) {
            expire(unclaimed.removeFirst());
        }
        judgeOpen(nowNs - limits.answerNs());
        while (!connections.isEmpty()) {
            Connection eldest = connections.values().iterator().next();
            if (eldest.lastSeenNs + limits.idleNs() > nowNs) {
                break;
            }
            forget(eldest);
        }
    }

    /** Joins everything that is there, settled or not: the end of a run. */
    public void flush() {
        datagrams.flush();
        while (!waiting.isEmpty()) {
            finish(waiting.removeFirst());
        }
        while (!published.isEmpty()) {
            emitPublished(published.removeFirst());
        }
        while (!unclaimed.isEmpty()) {
            expire(unclaimed.removeFirst());
        }
        judgeOpen(Long.MAX_VALUE);
    }

    /** What has waited long enough for an answer gets none any more. */
    private void judgeOpen(long sinceNs) {
        for (OpenRequests.Open request = open.take(sinceNs); request != null; request = open.take(sinceNs)) {
            Connection connection = request.connection();
            if (connections.get(connection.client) != connection) {
                continue;
            }
            List<Seen> seen = List.of(request.first());
            boolean answered = request.syn() && !connection.attempted(request.end());
            if (!request.syn()) {
                boolean gone = connection.isNew(request.end()) || connection.exchanges.containsKey(request.end());
                answered = gone || connection.late(request.end());
                kept -= gone ? 0 : connection.takeRequest(request.end()).size();
            }
            if (!answered) {
                outcome(connection, seen, connection.reset ? Outcome.RESET : Outcome.NO_ANSWER);
            }
        }
    }

    private void outcome(Connection connection, List<Seen> seen, Outcome outcome) {
        ServiceDirectory.Owner owner = services.owner(seen);
        if (owner != null && !internalClients.contains(connection.client.address())) {
            outcomes.accept(owner.service(), OpenRequests.startNs(seen), outcome);
        }
    }

    /** Records for which there was no room, or that could not be read. */
    public long gaveUp() {
        return undecodable + evictedSightings + datagrams.evictedSightings();
    }

    public JoinerCounters counters() {
        return new JoinerCounters(
                sightings,
                undecodable,
                traces.count(),
                traces.excluded(),
                late + datagrams.late(),
                evictedConnections,
                evictedSightings + datagrams.evictedSightings());
    }

    private Connection connection(Endpoint client, long nowNs) {
        Connection connection = connections.get(client);
        if (connection == null) {
            if (connections.size() >= limits.maxConnections()) {
                Connection eldest = connections.values().iterator().next();
                List.copyOf(eldest.exchanges.values()).forEach(this::finish);
                forget(eldest);
                evictedConnections++;
            }
            connection = new Connection(client);
            connections.put(client, connection);
        }
        connection.lastSeenNs = Math.max(connection.lastSeenNs, nowNs);
        return connection;
    }

    private void forget(Connection connection) {
        connections.remove(connection.client);
        kept -= connection.waitingRequestSightings();
    }

    private void segment(Connection connection, Seen seen, long nowNs) {
        Sighting.Segment segment = seen.segment();
        control(connection, seen, nowNs);
        if (segment.payloadLength() <= 0 || segment.syn()) {
            return;
        }
        if (kept >= limits.maxSightings()) {
            evictedSightings++;
        } else if (segment.direction() == Direction.REQUEST) {
            if (connection.isNew(segment.end()) && !connection.exchanges.containsKey(segment.end())) {
                open.add(new OpenRequests.Open(connection, segment.end(), false, seen, nowNs));
            }
            int dropped = connection.addRequest(seen, limits.maxRequestsPerConnection());
            evictedSightings += dropped;
            kept += 1 - dropped;
        } else {
            response(connection, seen, nowNs);
        }
    }

    /** Takes note of connections that open and of resets. */
    private void control(Connection connection, Seen seen, long nowNs) {
        Sighting.Segment segment = seen.segment();
        boolean request = segment.direction() == Direction.REQUEST;
        if (segment.syn() && request && connection.opened(segment.seq())) {
            open.add(new OpenRequests.Open(connection, segment.seq(), true, seen, nowNs));
        } else if (segment.syn() && !request) {
            connection.accepted(segment.ack() - 1);
        } else if (segment.rst() && !request) {
            connection.reset = true;
        }
    }

    private void response(Connection connection, Seen seen, long nowNs) {
        int requestEnd = seen.segment().ack();
        Exchange exchange = connection.exchanges.get(requestEnd);
        if (exchange == null) {
            if (connection.late(requestEnd)) {
                late++;
                return;
            }
            exchange = new Exchange(connection, requestEnd, seen.segment().seq(), nowNs);
            connection.exchanges.put(requestEnd, exchange);
            waiting.addLast(exchange);
        }
        kept += exchange.offer(seen);
    }

    private void finish(Exchange exchange) {
        if (exchange.finished) {
            return;
        }
        Connection connection = exchange.connection;
        connection.done(exchange);
        List<Seen> request = connection.takeRequest(exchange.requestEnd);
        kept -= exchange.response().size() + request.size();
        if (request.isEmpty()) {
            traces.exclude(Exclusion.REQUEST_NOT_SEEN);
            return;
        }
        Leg leg = new Leg(request, exchange.response());
        ServiceDirectory.Owner owner = services.owner(leg.seen());
        Sighting.Segment asked = request.getFirst().segment();
        Exclusion reason = reasonAgainst(
                leg, connection.obstacles.against(asked, exchange.requestEnd, exchange.firstSeq(), leg), owner);
        if (reason == Exclusion.RETRANSMISSION) {
            leg.retransmissions().forEach(retransmissions);
        }
        if (reason != null || owner == null) {
            outcome(connection, leg.seen(), Outcome.ANSWERED);
            traces.exclude(reason == null ? Exclusion.UNKNOWN_SERVICE : reason);
            return;
        }
        boolean proxied = leg.serverEndpoint()
                .filter(endpoint -> services.isProxied(Protocol.TCP, endpoint))
                .isPresent();
        if (!proxied) {
            outcome(connection, leg.seen(), Outcome.of(connection.loggedStatus(leg.departedNs())));
        }
        // The guest's own notes are on its host's clock, as the leg is until it is aligned.
        GuestShare share = proxied ? GuestShare.NONE : guests.share(connection, exchange.requestEnd, leg, owner);
        leg.align(clocks);
        exchange.joined = new Exchange.Joined(leg, share, owner);
        if (internalClients.contains(connection.client.address())) {
            connection.service = owner.service();
            connection.unclaimed.addLast(exchange);
            unclaimed.addLast(exchange);
            if (unclaimed.size() > limits.maxSightings() / 8) {
                expire(unclaimed.removeFirst());
            }
        } else if (proxied) {
            emitProxied(connection, exchange.joined);
        } else {
            traces.emit(connection.client, exchange.joined, GuestSplit.marks(exchange.joined), null);
        }
    }

    private static @Nullable Exclusion reasonAgainst(
            Leg leg, @Nullable Exclusion obstacle, ServiceDirectory.@Nullable Owner owner) {
        if (leg.retransmitted()) {
            return Exclusion.RETRANSMISSION;
        }
        if (owner == null) {
            return Exclusion.UNKNOWN_SERVICE;
        }
        if (obstacle != null) {
            return obstacle;
        }
        return leg.startNs() == 0 || leg.endNs() == 0 ? Exclusion.ENDS_NOT_SEEN : null;
    }

    private void emitProxied(Connection connection, Exchange.Joined front) {
        Leg leg = front.leg();
        long fromNs = leg.before().stream().mapToLong(Mark::ns).max().orElse(0);
        long toNs = leg.after().stream()
                .filter(Mark::seen)
                .mapToLong(Mark::ns)
                .min()
                .orElse(0);
        Sighting.Phases phases = connection.takePhases(fromNs, toNs);
        Sighting.OwnAnswer own = phases == null ? connection.takeOwnAnswer(fromNs, toNs) : null;
        if (own != null) {
            outcome(connection, leg.seen(), Outcome.ofProxy(own.status()));
            traces.emit(connection.client, front, ProxySplice.answeredItself(leg, own), null);
            return;
        }
        outcome(connection, leg.seen(), Outcome.of(phases == null ? 0 : phases.status()));
        Exchange.Joined inner = phases == null
                ? onlyBackendRequest(front.owner().service(), fromNs, toNs)
                : backendRequest(phases, fromNs, toNs);
        if (inner == null) {
            traces.emit(connection.client, front, ProxySplice.marks(leg, phases, null), null);
            return;
        }
        List<Mark> marks = ProxySplice.marks(leg, phases, GuestSplit.marks(inner));
        ServiceDirectory.Owner owner = new ServiceDirectory.Owner(
                front.owner().service(), inner.owner().backend());
        traces.emit(connection.client, new Exchange.Joined(leg, inner.share(), owner), marks, inner.leg());
    }

    /** Nobody but the proxy saw it, so it is counted and has no times. */
    private void published(Sighting.OwnAnswer answer) {
        String service = services.serviceAt(Protocol.TCP, answer.service());
        if (service == null) {
            traces.exclude(Exclusion.UNKNOWN_SERVICE);
        } else {
            outcomes.accept(service, answer.readNs(), Outcome.ofProxy(answer.status()));
        }
    }

    private void published(Published request) {
        if (published.size() >= limits.maxSightings() / 8) {
            emitPublished(published.removeFirst());
        }
        published.addLast(request);
    }

    private void emitPublished(Published request) {
        Sighting.Phases phases = request.phases();
        Exchange.Joined inner = backendRequest(phases, phases.readNs(), phases.doneNs());
        Connection toBackend = connections.get(phases.local());
        String service = inner != null ? inner.owner().service() : toBackend == null ? null : toBackend.service;
        if (service != null) {
            outcomes.accept(service, phases.readNs(), Outcome.of(phases.status()));
        }
        if (inner == null) {
            traces.exclude(Exclusion.BACKEND_NOT_SEEN);
            return;
        }
        traces.emitPublished(
                phases.client(), inner, ProxySplice.published(request.host(), phases, GuestSplit.marks(inner)));
    }

    /** The backend request that the proxy says it made, among those seen on its connection to the backend. */
    private Exchange.@Nullable Joined backendRequest(Sighting.Phases phases, long fromNs, long toNs) {
        Connection connection = connections.get(phases.local());
        if (connection == null) {
            return null;
        }
        for (Exchange exchange : List.copyOf(connection.exchanges.values())) {
            if (exchange.seenBetween(fromNs, toNs)) {
                finish(exchange);
            }
        }
        long upToNs = phases.firstByteNs() == 0 ? toNs : Math.min(toNs, phases.firstByteNs());
        for (Exchange exchange : connection.unclaimed) {
            if (exchange.joined != null
                    && exchange.joined.leg().startNs() >= fromNs
                    && exchange.joined.leg().endNs() <= upToNs) {
                return claim(exchange);
            }
        }
        return null;
    }

    /** Without the proxy's word: the one backend request of the service within the time, if there is just one. */
    private Exchange.@Nullable Joined onlyBackendRequest(String service, long fromNs, long toNs) {
        Exchange only = null;
        for (Exchange exchange : unclaimed) {
            if (exchange.joined != null
                    && exchange.joined.owner().service().equals(service)
                    && exchange.joined.leg().startNs() >= fromNs
                    && exchange.joined.leg().endNs() <= toNs) {
                if (only != null) {
                    return null;
                }
                only = exchange;
            }
        }
        return only == null ? null : claim(only);
    }

    private static Exchange.@Nullable Joined claim(Exchange exchange) {
        Exchange.Joined joined = exchange.joined;
        exchange.joined = null;
        exchange.connection.unclaimed.remove(exchange);
        return joined;
    }

    private void expire(Exchange exchange) {
        if (claim(exchange) != null) {
            traces.exclude(Exclusion.INTERNAL);
        }
    }
}
