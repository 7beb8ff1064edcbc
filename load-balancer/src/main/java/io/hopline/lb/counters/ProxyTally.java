package io.hopline.lb.counters;

import io.hopline.lb.config.RouteMatch;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** The counters behind {@link ProxyCounters}; every event loop adds to them. */
public final class ProxyTally {
    public final LongAdder requests = new LongAdder();
    public final LongAdder refused = new LongAdder();
    public final LongAdder cut = new LongAdder();
    public final LongAdder retries = new LongAdder();
    public final LongAdder backendConnects = new LongAdder();
    public final LongAdder logDrops = new LongAdder();
    private final Map<String, BackendTally> backends = new ConcurrentHashMap<>();
    private final Map<String, BackendTally> routes = new ConcurrentHashMap<>();
    public final LongAdder tlsHandshakes = new LongAdder();
    private final LongAdder[] byClass = {new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder()};

    public void answered(int status) {
        byClass[Math.clamp(status / 100 - 2, 0, 3)].increment();
    }

    /** The counters of a backend, which outlive it. */
    public BackendTally backend(String name) {
        return backends.computeIfAbsent(name, n -> new BackendTally());
    }

    /** The counters of the routes that are called so ({@link RouteMatch#label}), which outlive them. */
    public BackendTally route(String label) {
        return routes.computeIfAbsent(label, n -> new BackendTally());
    }

    public ProxyCounters snapshot(int clients) {
        return new ProxyCounters(
                clients,
                requests.sum(),
                refused.sum(),
                byClass[0].sum(),
                byClass[1].sum(),
                byClass[2].sum(),
                byClass[3].sum(),
                cut.sum(),
                retries.sum(),
                backendConnects.sum(),
                logDrops.sum());
    }
}
