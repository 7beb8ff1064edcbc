package io.hopline.controller;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Services that find their backends by label: who has the label joins with weight 1, who lost it leaves as one that was taken
 * away does, and who is gone is gone. Those
 * that stay keep their weight and whether they drain.
 */
final class Membership {
    private Membership() {}

    /** The same version of the state, each selecting service with the backends that its label finds now. */
    static NetworkState refreshed(NetworkState state) {
        SortedMap<String, Service> services = new TreeMap<>(state.services());
        SortedMap<String, Health> health = new TreeMap<>(state.health());
        for (Service service : state.services().values()) {
            service.selector().ifPresent(selector -> {
                List<Backend> found = found(state, service, selector);
                services.put(service.name(), service.withBackends(found));
                forget(health, service, found);
            });
        }
        return new NetworkState(
                state.version(),
                state.networks(),
                state.vnics(),
                services,
                state.nodes(),
                state.ports(),
                health,
                state.objectives());
    }

    private static List<Backend> found(NetworkState state, Service service, BackendSelector selector) {
        List<Backend> found = new ArrayList<>();
        List<Backend> leaving = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Backend backend : service.backends()) {
            Vnic vnic = state.vnics().get(backend.vnic());
            if (vnic != null && vnic.network().equals(service.network()) && selector.matches(vnic)) {
                names.add(backend.vnic());
                found.add(new Backend(
                        backend.vnic(),
                        selector.port(),
                        backend.weight(),
                        backend.draining(),
                        false,
                        backend.warmPercent()));
            } else if (vnic != null && service.letsFinish(state, backend)) {
                leaving.add(backend.withLeaving(true));
            }
        }
        for (Vnic vnic : state.vnicsOf(service.network())) {
            if (found.size() < Service.MAX_BACKENDS && selector.matches(vnic) && names.add(vnic.name())) {
                found.add(new Backend(vnic.name(), selector.port(), 1, false, false, service.newcomersWarmPercent()));
            }
        }
        found.addAll(leaving.subList(0, Math.min(leaving.size(), Service.MAX_BACKENDS)));
        return found;
    }

    /** What was found out about a backend is about nobody once it left. */
    static void forget(SortedMap<String, Health> health, Service before, List<Backend> after) {
        for (Backend backend : before.backends()) {
            if (after.stream().noneMatch(b -> b.vnic().equals(backend.vnic()))) {
                health.remove(Health.key(before.name(), backend.vnic()));
            }
        }
    }
}
