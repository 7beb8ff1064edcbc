package io.hopline.controller;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes backends that {@link Backend#leaving() leave} out of their services: when they have no connection any more, when their vNIC
 * is attached nowhere, or after their service's {@link L4Options#drainTimeoutS}, which begins anew with the controller.
 */
final class Departures {
    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

    private final LiveState live;
    private final ServiceConnections connections;
    private final LongSupplier clockMs;
    /** When a backend began to leave, by {@link Health#key}. */
    private final Map<String, Long> sinceMs = new HashMap<>();

    Departures(LiveState live, ServiceConnections connections, LongSupplier clockMs) {
        this.live = live;
        this.connections = connections;
        this.clockMs = clockMs;
    }

    /** Lets those go whose time has come. */
    void look() {
        NetworkState state = live.current();
        Set<String> leaving = new TreeSet<>();
        for (Service service : state.services().values()) {
            for (Backend backend : service.backends()) {
                String key = Health.key(service.name(), backend.vnic());
                if (backend.leaving() && leaving.add(key) && isDone(state, service, backend, key)) {
                    LOG.info("backend {} of service {} has left", backend.vnic(), service.name());
                    live.update(now -> ServiceChanges.depart(now, service.name(), backend.vnic()));
                }
            }
        }
        sinceMs.keySet().retainAll(leaving);
    }

    private boolean isDone(NetworkState state, Service service, Backend backend, String key) {
        long nowMs = clockMs.getAsLong();
        long since = sinceMs.computeIfAbsent(key, k -> nowMs);
        OptionalLong open = connections.openSince(state, service, backend, since);
        return state.binding(backend.vnic()).isEmpty()
                || open.isPresent() && open.getAsLong() == 0
                || nowMs - since >= TimeUnit.SECONDS.toMillis(service.l4().drainTimeoutS());
    }
}
