package io.hopline.controller;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/** The pure functions from one state to the next that change a service which serves; as {@link Changes} they refuse or do. */
final class ServiceChanges {
    private ServiceChanges() {}

    /** Puts a service in the place of the one of its name; what clients and proxies hang on stays as it was. */
    static NetworkState replaceService(NetworkState state, Service draft) {
        Service before = state.service("name", draft.name());
        Service after = draft.toBuilder()
                .id(before.id())
                .backends(draft.backends().stream()
                        .map(b -> b.withWarm(before.warmPercent(b.vnic()).orElse(draft.newcomersWarmPercent())))
                        .toList())
                .build();
        requireKept("network", before.network(), after.network());
        requireKept("mode", before.mode(), after.mode());
        requireKept("protocol", before.protocol(), after.protocol());
        Changes.requireFitting(state, state.network("network", after.network()), after);
        NetworkState next =
                Membership.refreshed(Changes.services(state, Changes.put(state.services(), after.name(), after)));
        if (before.equals(next.service("name", after.name()))) {
            return state;
        }
        TreeMap<String, Health> health = new TreeMap<>(next.health());
        Membership.forget(health, before, next.service("name", after.name()).backends());
        return new NetworkState(
                next.version(),
                next.networks(),
                next.vnics(),
                next.services(),
                next.nodes(),
                next.ports(),
                health,
                next.objectives());
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
