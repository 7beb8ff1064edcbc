package io.hopline.controller;

import io.javalin.http.Context;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How many connections each backend of an L4 service has, from what the nodes count and report every second. Any thread.
 * Bounded by the nodes there are and what one may report; nothing of it is stored.
 */
final class ServiceConnections {
    /** A node that was not heard for so long counts for nothing. */
    private static final long STALE_MS = 5_000;

    /** A report after so long is of a switch that has the flows of now. */
    private static final long SETTLED_MS = 1_000;

    private static final int MAX_COUNTS = 8_192;
    private static final long MAX = Long.MAX_VALUE >> 4;
    private static final long MAX_MARK = 0xffff_ffffL;
    private static final double MS_PER_S = 1_000;

    private final LiveState live;
    private final ServiceFigures figures;
    private final PublishFailures unpublished;
    private final LongSupplier clockMs;
    private final Map<String, Report> reports = new ConcurrentHashMap<>();
    private volatile Servers servers = Servers.of(NetworkState.EMPTY);

    /** @param mark of connections that were not translated, else 0 */
    private record Key(int zone, int protocol, Endpoint vip, Endpoint server, long mark) {}

    private record Count(long open, long begun) {}

    /** Who serves what in one state; networks that are not in it are somebody else's. */
    private record Servers(NetworkState state, Set<Integer> zones, Set<Key> keys) {
        static Servers of(NetworkState state) {
            Set<Integer> zones = new HashSet<>();
            Set<Key> keys = new HashSet<>();
            state.networks().values().forEach(network -> zones.add(network.zone()));
            for (Service service : state.services().values()) {
                service.backends().forEach(backend -> keys.add(key(state, service, backend)));
            }
            return new Servers(state, zones, keys);
        }

        boolean lacks(Key key) {
            return zones.contains(key.zone()) && !keys.contains(key);
        }
    }

    /** A node's last word, and when and what the one before was. */
    private record Report(long atMs, Map<Key, Count> counts, long beforeMs, Map<Key, Count> before) {}

    /** @param perSecond of the connections that began, between the nodes' last two reports */
    record Sum(long open, long begun, double perSecond) {
        private Sum plus(Sum other) {
            return new Sum(open + other.open, begun + other.begun, perSecond + other.perSecond);
        }
    }

    ServiceConnections(LiveState live, ServiceFigures figures, PublishFailures unpublished, LongSupplier clockMs) {
        this.live = live;
        this.figures = figures;
        this.unpublished = unpublished;
        this.clockMs = clockMs;
    }

    List<Route> routes() {
        return List.of(
                Route.post(
                        "/api/v1/nodes/{name}/connections",
                        "Report how many connections were given to which server, and what is not published; the answer says which are no service's",
                        "ConnectionsRequest",
                        "ConnectionsReply",
                        this::report),
                Route.get(
                        "/api/v1/services/{name}/live",
                        "A service and its backends now: connections, rates, percentiles of the last minute",
                        "ServiceLive",
                        this::show));
    }

    private void report(Context ctx) {
        NodeInfo node = live.current().node("name", ctx.pathParam("name"));
        Http.reply(ctx, 200, report(node.name(), Http.json(ctx)));
    }

    /** Takes note of what a node says; the answer names the servers whose connections are to end. */
    ObjectNode report(String node, JsonBody body) {
        List<JsonNode> list = body.list("connections");
        if (list.size() > MAX_COUNTS) {
            throw StateException.invalid("connections", "are " + list.size() + ", of " + MAX_COUNTS + " at most");
        }
        Servers servers = servers();
        Map<Key, Count> counts = new ConcurrentHashMap<>();
        ObjectNode reply = Replies.object();
        ArrayNode ended = reply.putArray("ended");
        for (int i = 0; i < list.size(); i++) {
            JsonNode one = list.get(i);
            JsonBody fields = body.element("connections", one);
            Key key = new Key(
                    fields.integer("zone", 0, 65_535, 0),
                    fields.integer("protocol", 0, 255, 0),
                    Endpoint.parse("connections.vip", fields.text("vip")),
                    Endpoint.parse("connections.server", fields.text("server")),
                    one.has("mark") ? fields.number("mark", 0, MAX_MARK) : 0);
            Count count = new Count(fields.number("open", 0, MAX), fields.number("begun", 0, MAX));
            counts.put(key, count);
            if (count.open() > 0 && servers.lacks(key)) {
                ended.add(i);
            }
        }
        accept(node, counts);
        Map<String, String> missing = new TreeMap<>();
        body.optionalObject("unpublished")
                .ifPresent(said -> said.names().forEach(service -> missing.put(service, said.text(service))));
        unpublished.report(servers.state(), node, missing);
        return reply;
    }

    private Servers servers() {
        NetworkState state = live.current();
        Servers known = servers;
        if (known.state != state) {
            known = Servers.of(state);
            servers = known;
        }
        return known;
    }

    private void accept(String node, Map<Key, Count> counts) {
        reports.keySet().removeIf(name -> !live.current().nodes().containsKey(name));
        long nowMs = clockMs.getAsLong();
        reports.compute(
                node,
                (name, old) -> old == null
                        ? new Report(nowMs, counts, nowMs, counts)
                        : new Report(nowMs, counts, old.atMs(), old.counts()));
    }

    /** Over all nodes that were heard lately. */
    Sum of(NetworkState state, Service service, Backend backend) {
        Key key = key(state, service, backend);
        Sum sum = new Sum(0, 0, 0);
        for (Report report : fresh().values()) {
            Count now = report.counts().get(key);
            if (now != null) {
                Count before = report.before().getOrDefault(key, new Count(0, 0));
                long tookMs = report.atMs() - report.beforeMs();
                double began = Math.max(0, now.begun() - before.begun());
                sum = sum.plus(new Sum(now.open(), now.begun(), tookMs == 0 ? 0 : began * MS_PER_S / tookMs));
            }
        }
        return sum;
    }

    private static Key key(NetworkState state, Service service, Backend backend) {
        int zone = state.network("network", service.network()).zone();
        boolean marked = service.l4().dsr();
        return new Key(
                zone,
                service.protocol().number(),
                service.vip(),
                marked ? service.vip() : state.endpoint(service, backend),
                marked ? ServiceFlows.mark(state, backend) : 0);
    }

    /**
     * How many connections a backend has, by what all nodes said long enough after a moment to know of what was done then;
     * empty while one did not, and where connections are not counted.
     */
    OptionalLong openSince(NetworkState state, Service service, Backend backend, long sinceMs) {
        Map<String, Report> fresh = fresh();
        boolean told = fresh.values().stream().allMatch(report -> report.atMs() > sinceMs + SETTLED_MS);
        return !isCounted(service) || fresh.isEmpty() || !told
                ? OptionalLong.empty()
                : OptionalLong.of(of(state, service, backend).open());
    }

    private Map<String, Report> fresh() {
        long nowMs = clockMs.getAsLong();
        Map<String, Report> fresh = new TreeMap<>(reports);
        fresh.values().removeIf(report -> nowMs - report.atMs() > STALE_MS);
        return fresh;
    }

    private void show(Context ctx) {
        NetworkState state = live.current();
        Http.reply(ctx, 200, json(state, state.service("name", ctx.pathParam("name"))));
    }

    private ObjectNode json(NetworkState state, Service service) {
        ObjectNode json = Replies.service(state, service);
        long reportedMs =
                fresh().values().stream().mapToLong(Report::atMs).min().orElse(0);
        json.put("reportedMs", reportedMs);
        unpublished.of(service.name()).ifPresent(where -> json.put("unpublished", where));
        ObjectNode times = figures.of(service, clockMs.getAsLong());
        for (String field : List.of("requestsPerS", "p50Ns", "p99Ns")) {
            json.set(field, times.path(field));
        }
        Sum all = new Sum(0, 0, 0);
        ArrayNode backends = (ArrayNode) json.path("backends");
        for (int i = 0; i < backends.size(); i++) {
            ObjectNode backend = (ObjectNode) backends.path(i);
            JsonNode timed = times.path("backends").path(i);
            for (String field : List.of("requestsPerS", "p50Ns", "p99Ns")) {
                backend.set(field, timed.path(field));
            }
            if (isCounted(service)) {
                Sum sum = of(state, service, service.backends().get(i));
                put(backend, sum);
                all = all.plus(sum);
            }
        }
        if (isCounted(service)) {
            put(json, all);
        }
        return json;
    }

    /** A proxy's connections are not the switch's to count. */
    private static boolean isCounted(Service service) {
        return service.mode() == Service.Mode.L4;
    }

    private static void put(ObjectNode json, Sum sum) {
        json.put("connections", sum.open())
                .put("connectionsBegun", sum.begun())
                .put("connectionsPerS", sum.perSecond());
    }
}
