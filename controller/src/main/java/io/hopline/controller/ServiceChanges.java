package io.hopline.controller;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** The pure functions from one state to the next that change a service which serves; as {@link Changes} they refuse or do. */
final class ServiceChanges {
    private ServiceChanges() {}

    /** Puts a service in the place of the one of its name; what clients and proxies hang on stays as it was. */
    static NetworkState replaceService(NetworkState state, Service draft) {
        return replaceService(state, draft, Set.of());
    }

    /** @param cut backends that, when they are taken away, do not finish what they have */
    static NetworkState replaceService(NetworkState state, Service draft, Set<String> cut) {
        Service before = state.service("name", draft.name());
        List<Backend> backends = new ArrayList<>();
        Set<String> named = new HashSet<>(cut);
        for (Backend backend : draft.backends()) {
            named.add(backend.vnic());
            backends.add(backend.withWarm(before.warmPercent(backend.vnic()).orElse(draft.newcomersWarmPercent())));
        }
        for (Backend backend : before.backends()) {
            if (!named.contains(backend.vnic()) && draft.letsFinish(state, backend)) {
                backends.add(backend.withLeaving(true));
            }
        }
        Service after = draft.toBuilder().id(before.id()).backends(backends).build();
        requireKept("network", before.network(), after.network());
        requireKept("mode", before.mode(), after.mode());
        requireKept("protocol", before.protocol(), after.protocol());
        Changes.requireFitting(state, state.network("network", after.network()), after);
        NetworkState next =
                Membership.refreshed(Changes.services(state, Changes.put(state.services(), after.name(), after)));
        if (before.equals(next.service("name", after.name()))) {
            return state;
        }
        return forgetting(next, before, next.service("name", after.name()).backends());
    }

    /** Takes away a backend that was leaving; others stay as they are. */
    static NetworkState depart(NetworkState state, String serviceName, String backendName) {
        Service service = state.services().get(serviceName);
        if (service == null) {
            return state;
        }
        List<Backend> staying = service.backends().stream()
                .filter(b -> !b.leaving() || !b.vnic().equals(backendName))
                .toList();
        if (staying.size() == service.backends().size()) {
            return state;
        }
        NetworkState next =
                Changes.services(state, Changes.put(state.services(), serviceName, service.withBackends(staying)));
        return forgetting(next, service, staying);
    }

    private static NetworkState forgetting(NetworkState state, Service before, List<Backend> staying) {
        TreeMap<String, Health> health = new TreeMap<>(state.health());
        Membership.forget(health, before, staying);
        return new NetworkState(
                state.version(),
                state.networks(),
                state.vnics(),
                state.services(),
                state.nodes(),
                state.ports(),
                health,
                state.objectives());
    }

    private static void requireKept(String field, Object before, Object after) {
        if (!before.equals(after)) {
            throw StateException.conflict(
                    field, "is " + before + " and cannot become " + after + "; delete the service and create it anew");
        }
    }

    /** The draft, of whose backends those drain that drain already, and with those that a label has found. */
    static Service goOnDraining(Service draft, Service before) {
        if (draft.selector().isPresent()) {
            return draft.withBackends(before.selector().isPresent() ? before.backends() : List.of());
        }
        return draft.withBackends(draft.backends().stream()
                .map(b -> b.withDraining(b.draining() || before.isDraining(b.vnic())))
                .toList());
    }

    /** How much of a backend's weight counts from now on. */
    static NetworkState warm(NetworkState state, String serviceName, String backendName, int percent) {
        Service service = state.service("service", serviceName);
        Backend backend = Changes.backend(service, backendName);
        if (backend.warmPercent() == percent) {
            return state;
        }
        List<Backend> backends = new ArrayList<>(service.backends());
        Collections.replaceAll(backends, backend, backend.withWarm(percent));
        return Changes.services(state, Changes.put(state.services(), serviceName, service.withBackends(backends)));
    }
}
