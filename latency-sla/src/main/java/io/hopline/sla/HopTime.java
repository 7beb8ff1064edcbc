package io.hopline.sla;

/**
 * How long one request spent in one hop.
 *
 * @param host the node's name
 * @param ns all stretches of this hop, direction and host together
 */
public record HopTime(Hop hop, Direction direction, String host, long ns) {}
