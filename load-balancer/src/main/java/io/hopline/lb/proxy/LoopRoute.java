package io.hopline.lb.proxy;

import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.StickyCookie;
import io.hopline.lb.counters.BackendTally;
import io.hopline.lb.http.CookieText;
import io.hopline.lb.http.FieldReader;
import io.hopline.lb.route.BackendLoad;
import io.hopline.lb.route.Balancer;
import io.hopline.lb.route.HashBalancer;
import io.hopline.lb.route.RoutingTable;
import io.hopline.lb.route.SmoothRoundRobin;
import io.hopline.lb.route.Target;
import io.hopline.lb.route.TwoChoices;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A route as one event loop serves it: what it knows of each backend, and whose turn it is. Event loop only. */
final class LoopRoute {
    private static final class Part {
        private final int weight;
        private final Target[] targets;
        private final Balancer balancer;
        private long credit;

        Part(int weight, Target[] targets, Balancer balancer) {
            this.weight = weight;
            this.targets = targets;
            this.balancer = balancer;
        }
    }

    private final RoutingTable.Route route;
    private final Part[] parts;
    private final int weights;
    private final boolean empty;
    private final Map<String, Target> bySticky = new HashMap<>();
    private final BackendTally tally;

    LoopRoute(
            RoutingTable.Route route,
            String service,
            Function<ProxyBackend, BackendLoad> loads,
            SplittableRandom random,
            BackendTally tally) {
        this.route = route;
        this.tally = tally;
        List<RoutingTable.Split> splits = route.splits();
        this.parts = new Part[splits.size()];
        int sum = 0;
        for (int i = 0; i < parts.length; i++) {
            RoutingTable.Split split = splits.get(i);
            Target[] targets = split.healthy().stream()
                    .map(backend -> new Target(loads.apply(backend), backend.weight()))
                    .toArray(Target[]::new);
            parts[i] = new Part(split.weight(), targets, balancer(split, random));
            sum += split.weight();
            if (route.rule().balancing().method() == Balancing.Method.STICKY_COOKIE) {
                for (Target target : targets) {
                    bySticky.put(StickyCookie.id(service, target.load().backend()), target);
                }
            }
        }
        this.weights = sum;
        this.empty =
                splits.stream().flatMap(split -> split.healthy().stream()).allMatch(backend -> backend.weight() == 0);
    }

    private Balancer balancer(RoutingTable.Split split, SplittableRandom random) {
        return switch (route.rule().balancing().method()) {
            case ROUND_ROBIN, STICKY_COOKIE -> new SmoothRoundRobin();
            case LEAST_REQUEST -> new TwoChoices(TwoChoices.Cost.REQUESTS, random.split());
            case EWMA -> new TwoChoices(TwoChoices.Cost.LATENCY, random.split());
            case HASH_CLIENT, HASH_HEADER, HASH_COOKIE -> new HashBalancer(Objects.requireNonNull(split.table()));
        };
    }

    /** What became of the requests of this route, on all event loops. */
    BackendTally tally() {
        return tally;
    }

    RoutingTable.Route route() {
        return route;
    }

    /** True when no backend takes a client that belongs to none. */
    boolean isEmpty() {
        return empty;
    }

    /** What a client is known by, for balancing by hash; 0 for the other ways. */
    int hash(FieldReader fields, InetAddress client) {
        Balancing balancing = route.rule().balancing();
        String key = switch (balancing.method()) {
            case HASH_HEADER -> fields.get(balancing.name().toLowerCase(Locale.ROOT));
            case HASH_COOKIE -> CookieText.value(fields, balancing.name());
            default -> null;
        };
        if (key != null) {
            return key.hashCode();
        }
        return balancing.hashes() ? hash(client) : 0;
    }

    private static int hash(InetAddress client) {
        return client instanceof Inet4Address ? client.hashCode() : Arrays.hashCode(client.getAddress());
    }

    /** The backend that the client's cookie names, if it has one and the backend is here. */
    @Nullable
    Target sticky(FieldReader fields) {
        if (bySticky.isEmpty()) {
            return null;
        }
        String id = CookieText.value(fields, route.rule().balancing().name());
        return id == null ? null : bySticky.get(id);
    }

    /** Whether clients are told by a cookie whom they belong to. */
    boolean sticks() {
        return !bySticky.isEmpty();
    }

    /** The backend of a try, or null when none is admitted. */
    @Nullable
    Target choose(Balancer.Candidates candidates, int hash, long nowNs) {
        if (parts.length == 1) {
            return from(parts[0], candidates, hash, nowNs);
        }
        Part first = part(hash);
        Target chosen = first == null ? null : from(first, candidates, hash, nowNs);
        for (int i = 0; chosen == null && i < parts.length; i++) {
            chosen = from(parts[i], candidates, hash, nowNs);
        }
        return chosen;
    }

    private static @Nullable Target from(Part part, Balancer.Candidates candidates, int hash, long nowNs) {
        return part.targets.length == 0 ? null : part.balancer.choose(part.targets, candidates, hash, nowNs);
    }

    /** By hash, so that a client stays with the canary it met; else in turn. */
    private @Nullable Part part(int hash) {
        if (weights == 0) {
            return null;
        }
        if (route.rule().balancing().hashes()) {
            // Other bits than the table inside the part goes by.
            int at = Integer.remainderUnsigned(hash * 0x9E3779B1 >>> 7, weights);
            for (Part part : parts) {
                at -= part.weight;
                if (at < 0) {
                    return part;
                }
            }
        }
        Part richest = null;
        for (Part part : parts) {
            part.credit += part.weight;
            if (part.weight > 0 && (richest == null || part.credit > richest.credit)) {
                richest = part;
            }
        }
        if (richest != null) {
            richest.credit -= weights;
        }
        return richest;
    }
}
