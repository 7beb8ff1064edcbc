package io.hopline.controller;

import io.hopline.controller.Event.Level;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Services that are not to be had where they are published, as nodes report it every second; changes become events. Any
 * thread. Bounded by nodes and services there are; nothing of it is stored.
 */
final class PublishFailures {
    private static final int MAX_REASON_CHARS = 200;

    private final EventLog events;
    /** Service to reason, by node; a node without any has no entry. */
    private final Map<String, Map<String, String>> byNode = new ConcurrentHashMap<>();

    PublishFailures(EventLog events) {
        this.events = events;
    }

    /**
     * Takes note of all that a node says.
     *
     * @param reasons by service; of services that there are no more nothing is kept
     */
    void report(NetworkState state, String node, Map<String, String> reasons) {
        Map<String, String> now = new TreeMap<>(reasons);
        now.keySet().retainAll(state.services().keySet());
        now.replaceAll((service, why) -> why.substring(0, Math.min(why.length(), MAX_REASON_CHARS)));
        byNode.keySet().retainAll(state.nodes().keySet());
        Map<String, String> before = now.isEmpty() ? byNode.remove(node) : byNode.put(node, Map.copyOf(now));
        Map<String, String> old = before == null ? Map.of() : before;
        now.forEach((service, why) -> {
            if (!why.equals(old.get(service))) {
                events.add(
                        Level.BAD,
                        "publish-failed",
                        service,
                        "service " + service + " is not published on host " + node + ": " + why);
            }
        });
        old.keySet().stream()
                .filter(service -> !now.containsKey(service) && state.services().containsKey(service))
                .forEach(service -> events.add(
                        Level.INFO,
                        "published",
                        service,
                        "service " + service + " is published on host " + node + " after all"));
    }

    /** Where a service is not to be had and why, for people; empty when all is well. */
    Optional<String> of(String service) {
        return byNode.entrySet().stream()
                .filter(entry -> entry.getValue().containsKey(service))
                .findFirst()
                .map(entry -> "host " + entry.getKey() + ": " + entry.getValue().get(service));
    }
}
