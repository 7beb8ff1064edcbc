package io.hopline.controller;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A change of single fields of a service: those that a request names take the place of the old, {@code null} takes one
 * away, and {@code addBackends}, {@code removeBackends} and {@code weights} change the list that is there. A backend that is
 * removed finishes its connections first, but {@code now}.
 */
final class ServiceUpdate {
    private static final Set<String> OF_THE_LIST = Set.of("addBackends", "removeBackends", "now", "weights");

    private final Service before;
    private final JsonBody request;

    private ServiceUpdate(Service before, JsonBody request) {
        this.before = before;
        this.request = request;
    }

    /** @throws StateException naming what cannot be changed so; the state stays as it was */
    static NetworkState apply(NetworkState state, String name, JsonBody request) {
        Service before = state.service("name", name);
        ServiceUpdate update = new ServiceUpdate(before, request);
        return ServiceChanges.replaceService(state, update.after(), update.cut());
    }

    private Service after() {
        requireOneWay();
        JsonBody merged = JsonBody.of(merged());
        Service service = Requests.service(merged, before.id());
        merged.optionalInteger("id", before.id(), before.id());
        merged.nothingElse();
        return service.withBackends(changed(service));
    }

    private Set<String> cut() {
        List<String> removed = request.texts("removeBackends");
        boolean now = request.optionalFlag("now").orElse(false);
        if (now && removed.isEmpty()) {
            throw StateException.invalid("now", "says how removeBackends are removed, and there are none");
        }
        return now ? Set.copyOf(removed) : Set.of();
    }

    /** Backends are listed, or found by a label; a request must not do both. */
    private void requireOneWay() {
        boolean lists = request.value("backends").isPresent()
                || request.value("addBackends").isPresent()
                || request.value("removeBackends").isPresent();
        boolean finds = request.names().contains(BackendSelector.FIELD)
                ? request.value(BackendSelector.FIELD).isPresent()
                : before.selector().isPresent();
        if (lists && finds) {
            throw StateException.conflict(
                    "backends",
                    "service '" + before.name() + "' finds its backends by label; change the vNICs' labels, or set "
                            + BackendSelector.FIELD + " to null first");
        }
    }

    private ObjectNode merged() {
        ObjectNode merged = StateRows.tree(before);
        for (Map.Entry<String, JsonNode> field : request.fields()) {
            if (!OF_THE_LIST.contains(field.getKey())) {
                merge(merged, field.getKey(), field.getValue());
            }
        }
        return merged;
    }

    private static void merge(ObjectNode into, String field, JsonNode value) {
        if (value.isNull()) {
            into.remove(field);
        } else if (into.get(field) instanceof ObjectNode fields && value instanceof ObjectNode changes) {
            changes.properties().forEach(change -> merge(fields, change.getKey(), change.getValue()));
        } else {
            into.set(field, value);
        }
    }

    private List<Backend> changed(Service service) {
        List<Backend> backends = new ArrayList<>(service.backends());
        for (String gone : request.texts("removeBackends")) {
            if (!backends.removeIf(b -> b.vnic().equals(gone))) {
                throw noSuch("removeBackends", gone);
            }
        }
        for (JsonNode added : request.list("addBackends")) {
            Backend backend = Requests.backend("addBackends", request, added);
            backends.removeIf(b -> b.leaving() && b.vnic().equals(backend.vnic()));
            backends.add(backend);
        }
        if (request.value("weights").isPresent()) {
            JsonBody weights = request.object("weights");
            for (String name : weights.names()) {
                int weight = weights.integer(name, 1, Backend.MAX_WEIGHT, 1);
                if (backends.stream().noneMatch(b -> b.vnic().equals(name))) {
                    throw noSuch("weights", name);
                }
                backends.replaceAll(b -> b.vnic().equals(name) ? b.withWeight(weight) : b);
            }
        }
        return backends;
    }

    private StateException noSuch(String field, String name) {
        return StateException.unknown(
                field, "service '" + before.name() + "' has no backend '" + Fields.shown(name) + "'");
    }
}
