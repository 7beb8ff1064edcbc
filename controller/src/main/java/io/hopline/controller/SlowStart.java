package io.hopline.controller;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets the share of a backend that became available grow, in tenths, over its service's {@link L4Options#slowStartS}. What
 * is available when the controller starts is warm already.
 */
final class SlowStart {
    private static final int STEP = 10;

    private final LiveState live;
    private final LongSupplier clockMs;
    /** When a backend became available, by {@link Health#key}; only of services with a slow start. */
    private final Map<String, Long> sinceMs = new HashMap<>();

    SlowStart(LiveState live, LongSupplier clockMs) {
        this.live = live;
        this.clockMs = clockMs;
    }

    /** Sets every backend's share to what it is worth now. */
    void look() {
        NetworkState state = live.current();
        boolean any = state.services().values().stream().anyMatch(s -> s.l4().slowStartS() > 0);
        if (any) {
            live.update(this::warmed);
        } else {
            sinceMs.clear();
        }
    }

    private NetworkState warmed(NetworkState state) {
        NetworkState next = state;
        for (Service service : state.services().values()) {
            if (service.l4().slowStartS() > 0) {
                for (Backend backend : service.backends()) {
                    next = ServiceChanges.warm(next, service.name(), backend.vnic(), percent(state, service, backend));
                }
            }
        }
        return next;
    }

    private int percent(NetworkState state, Service service, Backend backend) {
        String key = Health.key(service.name(), backend.vnic());
        if (!state.status(service, backend).available()) {
            sinceMs.remove(key);
            return Backend.COLD_PERCENT;
        }
        long nowMs = clockMs.getAsLong();
        boolean warm = backend.warmPercent() == Backend.WARM_PERCENT;
        Long since = sinceMs.get(key);
        if (since == null) {
            if (warm) {
                return Backend.WARM_PERCENT;
            }
            sinceMs.put(key, nowMs);
            return backend.warmPercent();
        }
        long share = (nowMs - since)
                * (Backend.WARM_PERCENT - Backend.COLD_PERCENT)
                / TimeUnit.SECONDS.toMillis(service.l4().slowStartS());
        int percent = (int) Math.min(Backend.WARM_PERCENT, Backend.COLD_PERCENT + share / STEP * STEP);
        if (percent == Backend.WARM_PERCENT) {
            sinceMs.remove(key);
        }
        return percent;
    }
}
