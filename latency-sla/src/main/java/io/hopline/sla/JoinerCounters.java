package io.hopline.sla;

import java.util.Map;

/**
 * What a {@link Joiner} did so far.
 *
 * @param sightings records accepted
 * @param undecodable records of unknown kind, and bytes that make no whole record
 * @param traces requests joined
 * @param excluded exclusion's id to requests it kept out; ids without any are absent
 * @param lateSightings came after their request was joined, such as the later frames of a long response
 * @param evictedConnections forgotten because there were too many
 * @param evictedSightings dropped because too many were waiting
 */
public record JoinerCounters(
        long sightings,
        long undecodable,
        long traces,
        Map<String, Long> excluded,
        long lateSightings,
        long evictedConnections,
        long evictedSightings) {
    public JoinerCounters {
        excluded = Map.copyOf(excluded);
    }
}
