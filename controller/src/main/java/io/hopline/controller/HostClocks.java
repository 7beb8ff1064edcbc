package io.hopline.controller;

import io.hopline.sla.ClockModel;
import io.hopline.sla.PeerClock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the nodes found of each other's clocks, each pair's last word. Any thread. Bounded by the nodes there are: what
 * concerns others is neither kept nor shown.
 */
final class HostClocks {
    private final LiveState live;
    private final Map<ClockModel.Pair, PeerClock> found = new ConcurrentHashMap<>();

    HostClocks(LiveState live) {
        this.live = live;
    }

    /** Takes a node's report. */
    void found(String host, List<PeerClock> clocks) {
        Map<String, NodeInfo> nodes = live.current().nodes();
        found.keySet().removeIf(pair -> !nodes.containsKey(pair.from()) || !nodes.containsKey(pair.to()));
        for (PeerClock clock : clocks) {
            if (nodes.containsKey(clock.peer()) && !clock.peer().equals(host)) {
                found.put(new ClockModel.Pair(host, clock.peer()), clock);
            }
        }
    }

    /** Hosts on one kernel share a clock; of the others, what was measured. */
    ClockModel model() {
        Map<String, String> bootIds = new TreeMap<>();
        for (NodeInfo node : live.current().nodes().values()) {
            if (!node.bootId().isEmpty()) {
                bootIds.put(node.name(), node.bootId());
            }
        }
        return new ClockModel(bootIds, found);
    }
}
