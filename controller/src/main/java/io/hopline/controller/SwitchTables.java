package io.hopline.controller;

import io.hopline.openflow.FlowStats;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.OpenFlowMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a switch has of ours, as last read from it or sent to it. Flows and groups of others are not in here, and so are
 * never changed. Used by one thread.
 */
final class SwitchTables {
    private final Map<Flow.Key, Flow> flows = new HashMap<>();
    private final Map<Integer, GroupDescription> groups = new HashMap<>();

    void clear() {
        flows.clear();
        groups.clear();
    }

    void addFlows(List<FlowStats> read) {
        for (FlowStats stats : read) {
            if (Flow.isOurs(stats)) {
                Flow flow = Flow.of(stats);
                flows.put(flow.key(), flow);
            }
        }
    }

    void addGroups(List<GroupDescription> read) {
        for (GroupDescription group : read) {
            if (RouteFlows.isOurs(group.groupId())) {
                groups.put(group.groupId(), group);
            }
        }
    }

    int flowCount() {
        return flows.size();
    }

    int groupCount() {
        return groups.size();
    }

    /**
     * Messages that turn the tables into {@code wanted}, which they are taken to be from then on: groups before the flows
     * that use them, additions before deletions, so that no packet meets a gap.
     */
    List<OpenFlowMessage> become(NodeProgram wanted) {
        List<OpenFlowMessage> messages = new ArrayList<>();
        wanted.groups().forEach((id, group) -> {
            GroupDescription has = groups.get(id);
            if (has == null) {
                messages.add(GroupMod.add(group.type(), id, group.buckets()));
            } else if (!has.equals(group)) {
                messages.add(GroupMod.modify(group.type(), id, group.buckets()));
            }
        });
        wanted.flows().forEach((key, flow) -> {
            Flow has = flows.get(key);
            if (has == null || has.cookie() != flow.cookie()) {
                messages.add(flow.add());
            } else if (!has.equals(flow)) {
                messages.add(flow.modifyStrict());
            }
        });
        flows.values().stream()
                .filter(has -> !wanted.flows().containsKey(has.key()))
                .forEach(surplus -> messages.add(surplus.deleteStrict()));
        groups.keySet().stream()
                .filter(id -> !wanted.groups().containsKey(id))
                .forEach(id -> messages.add(GroupMod.delete(id)));
        clear();
        flows.putAll(wanted.flows());
        groups.putAll(wanted.groups());
        return messages;
    }
}
