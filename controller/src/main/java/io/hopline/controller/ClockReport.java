package io.hopline.controller;

import io.hopline.sla.ClockOffset;
import io.hopline.sla.PeerClock;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A node's report of the other nodes' clocks, from JSON. */
final class ClockReport {
    static final int MAX_PEERS = 1024;

    private static final long MAX_NS = Long.MAX_VALUE / 4;
    private static final long MAX_PPB = 1_000_000_000L;

    private ClockReport() {}

    static List<PeerClock> read(JsonBody body) {
        List<JsonNode> list = body.list("clocks");
        if (list.size() > MAX_PEERS) {
            throw StateException.invalid("clocks", "has " + list.size() + " peers, of " + MAX_PEERS + " at most");
        }
        List<PeerClock> clocks = new ArrayList<>();
        list.forEach(node -> clocks.add(clock(body.element("clocks", node))));
        return clocks;
    }

    private static PeerClock clock(JsonBody body) {
        return new PeerClock(
                Fields.name("clocks.peer", body.text("peer"), NodeInfo.MAX_NAME_CHARS),
                offset(body.object("offset")),
                body.number("roundTripNs", 0, MAX_NS),
                body.number("medianRoundTripNs", 0, MAX_NS),
                body.number("thereNs", 0, MAX_NS),
                body.number("backNs", 0, MAX_NS),
                counts(body.object("counts")));
    }

    private static ClockOffset offset(JsonBody body) {
        return new ClockOffset(
                body.number("atNs", 0, MAX_NS),
                body.number("offsetNs", -MAX_NS, MAX_NS),
                body.number("errorNs", 0, MAX_NS),
                body.number("driftPpb", -MAX_PPB, MAX_PPB),
                body.number("driftErrorPpb", 0, MAX_PPB));
    }

    private static PeerClock.Counts counts(JsonBody body) {
        return new PeerClock.Counts(
                body.number("sent", 0, MAX_NS),
                body.number("received", 0, MAX_NS),
                body.number("lost", 0, MAX_NS),
                body.number("duplicates", 0, MAX_NS),
                body.number("reordered", 0, MAX_NS));
    }
}
