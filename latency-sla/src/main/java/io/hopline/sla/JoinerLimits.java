package io.hopline.sla;

/**
 * Bounds on what a {@link Joiner} keeps.
 *
 * @param settleNs how long after a response's first sighting its request is joined; longer than hosts' batches are late
 * @param idleNs a connection unseen for so long is forgotten
 * @param maxConnections connections kept; the one longest unseen is joined with what is there and forgotten
 * @param maxRequestsPerConnection requests of one connection waiting for their response; the oldest are forgotten
 * @param maxSightings sightings kept of all connections together; further ones are dropped
 * @param answerNs a request to which no response began within this is counted as not answered
 */
public record JoinerLimits(
        long settleNs, long idleNs, int maxConnections, int maxRequestsPerConnection, int maxSightings, long answerNs) {
    /** Ten seconds. */
    public static final long DEFAULT_ANSWER_NS = 10_000_000_000L;

    /** One second, five minutes, 65,536 connections, 16,384 requests each, a million sightings. */
    public static final JoinerLimits DEFAULT =
            new JoinerLimits(1_000_000_000L, 300_000_000_000L, 65_536, 16_384, 1_000_000);

    /** With the default time for an answer. */
    public JoinerLimits(
            long settleNs, long idleNs, int maxConnections, int maxRequestsPerConnection, int maxSightings) {
        this(settleNs, idleNs, maxConnections, maxRequestsPerConnection, maxSightings, DEFAULT_ANSWER_NS);
    }

    public JoinerLimits {
        if (settleNs < 0 || idleNs <= settleNs) {
            throw new IllegalArgumentException("idleNs " + idleNs + " must be longer than settleNs " + settleNs);
        }
        if (maxConnections < 1 || maxRequestsPerConnection < 1 || maxSightings < 1) {
            throw new IllegalArgumentException("limits must be at least 1");
        }
        if (answerNs <= settleNs) {
            throw new IllegalArgumentException("answerNs " + answerNs + " must be longer than settleNs " + settleNs);
        }
    }
}
