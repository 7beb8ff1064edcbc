package io.hopline.controller;

import io.hopline.controller.Event.Level;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** Tells from two states what happened between them. */
final class StateEvents {
    private final EventLog log;

    StateEvents(EventLog log) {
        this.log = log;
    }

    void changed(NetworkState before, NetworkState after) {
        appearing(
                before,
                after,
                NetworkState::nodes,
                "node",
                node -> "host " + node.name() + " registered, VTEP " + node.vtep());
        appearing(before, after, NetworkState::networks, "network", StateEvents::describe);
        appearing(before, after, NetworkState::vnics, "vnic", StateEvents::describe);
        appearing(before, after, NetworkState::services, "service", StateEvents::describe);
        attachments(before, after);
        backends(before, after);
        after.services().forEach((name, service) -> {
            Service old = before.services().get(name);
            if (old != null && !old.equals(service) && old.backends().equals(service.backends())) {
                log.add(Level.INFO, "service-changed", name, "service " + name + " has another check, mode or route");
            }
        });
    }

    private static String describe(Network network) {
        return "network " + network.name() + " created: " + network.subnet() + ", VNI " + network.vni();
    }

    private static String describe(Vnic vnic) {
        return "vNIC " + vnic.name() + " created: " + vnic.ip() + " in " + vnic.network();
    }

    private static String describe(Service service) {
        return "service " + service.name() + " created: " + service.vip() + ", "
                + service.backends().size() + " backends";
    }

    private <T> void appearing(
            NetworkState before,
            NetworkState after,
            Function<NetworkState, Map<String, T>> things,
            String kind,
            Function<T, String> created) {
        Map<String, T> old = things.apply(before);
        Map<String, T> now = things.apply(after);
        now.forEach((name, thing) -> {
            if (!old.containsKey(name)) {
                log.add(Level.INFO, kind + "-created", name, created.apply(thing));
            }
        });
        old.keySet().forEach(name -> {
            if (!now.containsKey(name)) {
                log.add(Level.INFO, kind + "-deleted", name, kind + " " + name + " is gone");
            }
        });
    }

    private void attachments(NetworkState before, NetworkState after) {
        for (String name : after.vnics().keySet()) {
            Optional<Binding> old = before.vnics().containsKey(name) ? before.binding(name) : Optional.empty();
            Optional<Binding> now = after.binding(name);
            if (old.equals(now)) {
                continue;
            }
            if (now.isPresent()) {
                log.add(
                        Level.INFO,
                        "vnic-attached",
                        name,
                        "guest " + name + " is attached to host " + now.get().node() + ", port "
                                + now.get().port());
            } else {
                log.add(Level.WARN, "vnic-detached", name, "guest " + name + " is attached nowhere any more");
            }
        }
    }

    private void backends(NetworkState before, NetworkState after) {
        Map<String, BackendStatus> old = statuses(before);
        statuses(after).forEach((key, status) -> {
            BackendStatus was = old.get(key);
            boolean bad = status == BackendStatus.UNHEALTHY || status == BackendStatus.DETACHED;
            if (was == status || was == null) {
                return;
            }
            Health health = after.health().get(key);
            String why = health == null || health.detail().isEmpty() ? "" : ": " + health.detail();
            boolean good = status == BackendStatus.HEALTHY || status == BackendStatus.UNCHECKED;
            String kind = bad ? "backend-down" : good ? "backend-up" : "backend-" + status;
            log.add(bad ? Level.BAD : Level.INFO, kind, key, "backend " + key + " is " + status + ", was " + was + why);
        });
    }

    /** By {@link Health#key}. */
    private static Map<String, BackendStatus> statuses(NetworkState state) {
        Map<String, BackendStatus> statuses = new TreeMap<>();
        for (Service service : state.services().values()) {
            for (Backend backend : service.backends()) {
                statuses.put(Health.key(service.name(), backend.vnic()), state.status(service, backend));
            }
        }
        return statuses;
    }
}
