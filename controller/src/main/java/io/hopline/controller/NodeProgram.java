package io.hopline.controller;

import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything one switch should have, in the order in which it was compiled.
 *
 * @param groups by group id
 */
record NodeProgram(Map<Flow.Key, Flow> flows, Map<Integer, GroupDescription> groups) {
    static final NodeProgram EMPTY = new NodeProgram(Map.of(), Map.of());

    NodeProgram {
        flows = Collections.unmodifiableMap(new LinkedHashMap<>(flows));
        groups = Collections.unmodifiableMap(new LinkedHashMap<>(groups));
    }

    /** Collects flows and groups; two different flows under one key are a mistake of the compiler's. */
    static final class Builder {
        private final Map<Flow.Key, Flow> flows = new LinkedHashMap<>();
        private final Map<Integer, GroupDescription> groups = new LinkedHashMap<>();

        /** Adds a flow; {@code owner} says what it is for and becomes its cookie. No instruction means drop. */
        void flow(int tableId, int priority, String owner, Match match, Instruction... instructions) {
            Flow flow = new Flow(new Flow.Key(tableId, priority, match), Flow.cookie(owner), List.of(instructions));
            Flow before = flows.put(flow.key(), flow);
            if (before != null && !before.instructions().equals(flow.instructions())) {
                throw new IllegalStateException("two flows under " + flow.key() + ": " + before + " and " + flow);
            }
        }

        void group(GroupType type, int groupId, List<Bucket> buckets) {
            groups.put(groupId, new GroupDescription(type, groupId, buckets));
        }

        NodeProgram build() {
            return new NodeProgram(flows, groups);
        }
    }
}
