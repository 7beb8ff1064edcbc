package io.hopline.lb.proxy;

import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.counters.BackendTally;
import io.hopline.lb.route.BackendLoad;
import io.hopline.lb.route.OutlierDetector;
import io.hopline.lb.route.RetryBudget;
import io.hopline.lb.route.RoutingTable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's view of the routing table, and what it learnt about backends, which a new table does not undo. Event
 * loop only.
 */
final class LoopRoutes {
    private final SplittableRandom random = new SplittableRandom();
    private final OutlierDetector.Ward ward = new OutlierDetector.Ward();
    private final RetryBudget budget = new RetryBudget();
    private final Map<String, BackendLoad> loads = new HashMap<>();
    private final Function<String, BackendTally> tallies;
    private final Function<String, BackendTally> routeTallies;
    private @Nullable LoopRoute[] routes = new LoopRoute[0];
    private @Nullable RoutingTable table;

    /**
     * Knows no routes yet.
     *
     * @param tallies the proxy's counters of a backend
     * @param routeTallies the proxy's counters of a route, by what it is called
     */
    LoopRoutes(Function<String, BackendTally> tallies, Function<String, BackendTally> routeTallies) {
        this.tallies = tallies;
        this.routeTallies = routeTallies;
    }

    /** Takes a newer table; what is known of backends that stay is kept. */
    void adopt(RoutingTable newer) {
        table = newer;
        routes = new LoopRoute[newer.size()];
        Set<String> kept = new HashSet<>();
        for (ProxyBackend backend : newer.config().backends()) {
            kept.add(backend.name());
            BackendLoad load = load(backend);
            load.joined(newer.joinedNs(backend.name()), newer.config().policy().slowStartMs() * 1_000_000L);
        }
        loads.values().removeIf(load -> {
            boolean gone = !kept.contains(load.backend().name());
            if (gone) {
                load.outlier().retire();
            }
            return gone;
        });
        ward.adopt(newer.config().policy().outliers(), kept.size());
    }

    /** True when this is the table that was adopted last. */
    boolean has(RoutingTable current) {
        return current == table;
    }

    RetryBudget budget() {
        return budget;
    }

    /** The route as this loop serves it; of the table that was adopted last. */
    LoopRoute of(RoutingTable.Route route, String service) {
        LoopRoute known = routes[route.index()];
        if (known == null) {
            known = new LoopRoute(
                    route,
                    service,
                    this::load,
                    random,
                    routeTallies.apply(route.rule().match().label()));
            routes[route.index()] = known;
        }
        return known;
    }

    private BackendLoad load(ProxyBackend backend) {
        BackendLoad known = loads.get(backend.name());
        if (known == null || !known.backend().equals(backend)) {
            if (known != null) {
                known.outlier().retire();
            }
            known = new BackendLoad(backend, new OutlierDetector(ward), tallies.apply(backend.name()));
            loads.put(backend.name(), known);
        }
        return known;
    }
}
