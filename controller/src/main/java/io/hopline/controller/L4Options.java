package io.hopline.controller;

import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/**
 * How an L4 service forwards connections.
 *
 * @param clientAffinityS a client's connections go to one backend until nothing was heard of it for so many seconds; 0 for no
 *     such tie
 * @param slowStartS over so many seconds the share of a backend that is new or well again grows to its weight; 0 for at once
 * @param drainTimeoutS a backend that is taken away keeps its connections for so many seconds at most; 0 to cut them
 */
public record L4Options(Forwarding forwarding, int clientAffinityS, int slowStartS, int drainTimeoutS) {
    /** How a packet gets to its backend. */
    public enum Forwarding {
        /** The VIP is translated to the backend's address, and back on the way to the client. */
        NAT,
        /** Direct server return: only the MAC address changes; the backend holds the VIP itself and answers from it. */
        DSR;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final int MAX_SLOW_START_S = 3_600;
    static final int MAX_CLIENT_AFFINITY_S = 86_400;
    static final int DEFAULT_DRAIN_TIMEOUT_S = 300;
    static final int MAX_DRAIN_TIMEOUT_S = 86_400;
    static final L4Options DEFAULT = new L4Options(Forwarding.NAT, 0, 0, DEFAULT_DRAIN_TIMEOUT_S);

    public L4Options {
        Fields.range("l4.clientAffinityS", clientAffinityS, 0, MAX_CLIENT_AFFINITY_S);
        Fields.range("l4.slowStartS", slowStartS, 0, MAX_SLOW_START_S);
        Fields.range("l4.drainTimeoutS", drainTimeoutS, 0, MAX_DRAIN_TIMEOUT_S);
    }

    boolean dsr() {
        return forwarding == Forwarding.DSR;
    }

    /** Reads the field {@code l4} of a service; what it does not name has its default. */
    static L4Options of(JsonBody service) {
        if (service.value("l4").isEmpty()) {
            return DEFAULT;
        }
        JsonBody fields = service.object("l4");
        Forwarding forwarding = switch (fields.optionalText("forwarding").orElse("nat")) {
            case "nat" -> Forwarding.NAT;
            case "dsr" -> Forwarding.DSR;
            default -> throw StateException.invalid("l4.forwarding", "must be nat or dsr");
        };
        L4Options options = new L4Options(
                forwarding,
                fields.integer("clientAffinityS", 0, MAX_CLIENT_AFFINITY_S, 0),
                fields.integer("slowStartS", 0, MAX_SLOW_START_S, 0),
                fields.integer("drainTimeoutS", 0, MAX_DRAIN_TIMEOUT_S, DEFAULT_DRAIN_TIMEOUT_S));
        fields.nothingElse();
        return options;
    }

    ObjectNode json() {
        return Replies.object()
                .put("forwarding", forwarding.toString())
                .put("clientAffinityS", clientAffinityS)
                .put("slowStartS", slowStartS)
                .put("drainTimeoutS", drainTimeoutS);
    }
}
