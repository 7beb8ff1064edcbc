package io.hopline.sla;

import io.hopline.packet.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A request's way over one TCP connection, or as a datagram, as boundaries in order: from the client's edge to the server's network device,
 * and from there back. What happens behind the server's device is not the leg's.
 */
final class Leg {
    private final List<Seen> seen;
    private final boolean retransmitted;
    private final @Nullable String entryHost;
    private final String serverHost;
    private final Hop entryHop;
    private boolean endAtSend;
    private boolean halved;
    private boolean compared;
    private OptionalLong clockErrorNs = OptionalLong.empty();
    private List<Mark> before;
    private List<Mark> after;

    /** Lays out the boundaries from the sightings that hold the request's and the response's key byte. */
    Leg(List<Seen> request, List<Seen> response) {
        seen = new ArrayList<>(request);
        seen.addAll(response);
        retransmitted = anyTwice();
        entryHost = entryHost();
        serverHost = serverHost();
        entryHop = entersByUplink() ? Hop.HOST_NIC : Hop.VNIC;
        before = layOutRequest();
        after = layOutResponse();
    }

    /** Client's edge to the server's device; the first mark's hop is null. Unseen marks have time 0. */
    List<Mark> before() {
        return before;
    }

    /** Server's device back to the client's edge; the first mark's hop is null. */
    List<Mark> after() {
        return after;
    }

    /** Client's edge to the entry host's switch and back, of an echo that this switch itself answers. */
    List<Mark> turned() {
        Times at = times(Direction.REQUEST, entryHost == null ? "" : entryHost);
        List<Mark> marks = new ArrayList<>(before.subList(0, 3));
        long end = clientEdgeNs(Direction.RESPONSE);
        endAtSend = end == 0 && at.t3End != 0;
        marks.add(new Mark(entryHop, Direction.RESPONSE, marks.getFirst().host(), end != 0 ? end : at.t3End));
        return marks;
    }

    /** True when a key byte passed one place twice. */
    boolean retransmitted() {
        return retransmitted;
    }

    /** Where key bytes were lost, at most one place for each direction. */
    List<Retransmission> retransmissions() {
        return Stream.of(Direction.values())
                .flatMap(direction -> Retransmission.of(direction, seen).stream())
                .toList();
    }

    /** True when the last mark is a send's return, for want of a stamp at the client's edge. */
    boolean endAtSend() {
        return endAtSend;
    }

    /** True when the overlay's one-way times were made equal. */
    boolean halved() {
        return halved;
    }

    /** True when the server host's stamps were moved by the measured offset of its clock. */
    boolean compared() {
        return compared;
    }

    List<Seen> seen() {
        return seen;
    }

    long startNs() {
        return before.getFirst().ns();
    }

    long endNs() {
        return after.getLast().ns();
    }

    /** At the server's device, 0 when not seen. */
    long arrivedNs() {
        return before.getLast().ns();
    }

    /** At the server's device on the way back, 0 when not seen. */
    long departedNs() {
        return after.getFirst().ns();
    }

    /** Payload of the segment by which the response left the server's device, a super-frame's whole; 0 when not seen. */
    int firstResponseBytes() {
        for (Seen s : seen) {
            if (s.direction() == Direction.RESPONSE && s.serverEdge() != null) {
                return s.segment().payloadLength();
            }
        }
        return 0;
    }

    String serverHost() {
        for (Seen s : seen) {
            Sighting.Transit t = s.transit();
            boolean request = s.direction() == Direction.REQUEST;
            if (s.serverEdge() != null || t != null && (request ? t.out() : t.in()) == Port.Kind.VNIC) {
                return s.host();
            }
        }
        boolean tunnelled = seen.stream().map(Seen::transit).anyMatch(t -> t != null && crossesTunnel(t));
        return tunnelled || entryHost == null ? "" : entryHost;
    }

    /** The endpoint the server itself answers for; empty when no sighting next to it names one. */
    Optional<Endpoint> serverEndpoint() {
        for (Seen s : seen) {
            Sighting.Transit t = s.transit();
            boolean response = s.direction() == Direction.RESPONSE;
            if (s.serverEdge() != null || response && t != null && t.in() == Port.Kind.VNIC) {
                return Optional.of(s.segment().service());
            }
        }
        return Optional.empty();
    }

    boolean twoHosts() {
        return entryHost != null && !entryHost.equals(serverHost);
    }

    List<String> hostPath() {
        if (entryHost == null) {
            return List.of(serverHost);
        }
        return twoHosts() && !serverHost.isEmpty() ? List.of(entryHost, serverHost) : List.of(entryHost);
    }

    /** Bound on the error of the overlay's one-way times, and of nothing else; empty without an overlay. */
    OptionalLong clockErrorNs() {
        return clockErrorNs;
    }

    /**
     * Makes the server host's stamps comparable with the entry host's. On one clock there is nothing to do. Else the server
     * host's stamps are moved by what its clock is ahead, as was measured. The request itself says something of that, too:
     * neither way over the tunnel took less than no time. Where nothing was measured, or something that contradicts the
     * request, both ways are taken for equally long, and wrong by no more than they are long. The round trip is exact in
     * any case.
     */
    void align(ClockModel clocks) {
        if (!twoHosts() || entryHost == null) {
            return;
        }
        if (clocks.shared(entryHost, serverHost)) {
            clockErrorNs = OptionalLong.of(ClockModel.READ_ERROR_NS);
            return;
        }
        List<Mark> all = new ArrayList<>(before);
        all.addAll(after);
        List<Mark> known = all.stream().filter(Mark::seen).toList();
        int first = 0;
        while (first < known.size() && !known.get(first).host().equals(serverHost)) {
            first++;
        }
        int last = known.size() - 1;
        while (last >= 0 && !known.get(last).host().equals(serverHost)) {
            last--;
        }
        if (first == 0 || last < first || last == known.size() - 1) {
            return;
        }
        long leftNs = known.get(first - 1).ns();
        move(
                clocks.offset(entryHost, serverHost, leftNs),
                leftNs,
                known.get(first).ns() - leftNs,
                known.get(last + 1).ns() - known.get(last).ns());
    }

    /** @param there that it took by the two hosts' unlike clocks; {@code back} likewise */
    private void move(Optional<ClockOffset> measured, long leftNs, long there, long back) {
        long aheadNs = (there - back) / 2;
        long errorNs = Math.max(0, (there + back + 1) / 2);
        halved = true;
        if (measured.isPresent() && there + back >= 0) {
            long foundNs = measured.get().offsetNs(leftNs);
            long boundNs = measured.get().errorNs(leftNs);
            long possibleNs = Math.clamp(foundNs, -back, there);
            if (Math.abs(possibleNs - foundNs) <= boundNs + ClockModel.READ_ERROR_NS) {
                aheadNs = possibleNs;
                errorNs = boundNs;
                halved = false;
                compared = true;
            }
        }
        clockErrorNs = OptionalLong.of(errorNs + ClockModel.READ_ERROR_NS);
        long delta = -aheadNs;
        before = before.stream().map(mark -> onServerHost(mark, delta)).toList();
        after = after.stream().map(mark -> onServerHost(mark, delta)).toList();
    }

    private Mark onServerHost(Mark mark, long deltaNs) {
        return mark.host().equals(serverHost) ? mark.shifted(deltaNs) : mark;
    }

    private boolean anyTwice() {
        for (int i = 0; i < seen.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (seen.get(i).samePlace(seen.get(j))) {
                    return true;
                }
            }
        }
        return false;
    }

    private @Nullable String entryHost() {
        for (Seen s : seen) {
            Sighting.Transit t = s.transit();
            boolean request = s.direction() == Direction.REQUEST;
            if (t != null && (request ? t.in() : t.out()) != Port.Kind.TUNNEL) {
                return s.host();
            }
            if (s.segment() instanceof Sighting.Edge && s.serverEdge() == null) {
                return s.host();
            }
        }
        return null;
    }

    private boolean entersByUplink() {
        return seen.stream().anyMatch(s -> {
            Sighting.Transit t = s.transit();
            boolean request = s.direction() == Direction.REQUEST;
            return t != null
                    ? (request ? t.in() : t.out()) == Port.Kind.UPLINK
                    : s.edge(Port.Kind.UPLINK, !request) != null;
        });
    }

    private static boolean crossesTunnel(Sighting.Transit t) {
        return t.in() == Port.Kind.TUNNEL || t.out() == Port.Kind.TUNNEL;
    }

    private List<Mark> layOutRequest() {
        Direction request = Direction.REQUEST;
        String entry = entryHost == null ? "" : entryHost;
        Times at = times(request, entry);
        long start = at.t0 != 0 ? at.t0 : clientEdgeNs(request);
        List<Mark> marks = new ArrayList<>();
        marks.add(new Mark(null, request, entry, start));
        marks.add(new Mark(entryHop, request, entry, at.t1));
        marks.add(new Mark(Hop.VSWITCH, request, entry, at.t2));
        if (twoHosts()) {
            Times there = times(request, serverHost);
            marks.add(new Mark(Hop.HOST_NIC, request, entry, at.t3));
            marks.add(new Mark(Hop.OVERLAY, request, serverHost, there.t0));
            marks.add(new Mark(Hop.HOST_NIC, request, serverHost, there.t1));
            marks.add(new Mark(Hop.VSWITCH, request, serverHost, there.t2));
        }
        marks.add(new Mark(Hop.VNIC, request, serverHost, serverEdgeNs(request)));
        return marks;
    }

    private List<Mark> layOutResponse() {
        Direction response = Direction.RESPONSE;
        String entry = entryHost == null ? "" : entryHost;
        Times at = times(response, serverHost);
        long start = serverEdgeNs(response);
        List<Mark> marks = new ArrayList<>();
        marks.add(new Mark(null, response, serverHost, start != 0 ? start : at.t0));
        marks.add(new Mark(Hop.VNIC, response, serverHost, at.t1));
        marks.add(new Mark(Hop.VSWITCH, response, serverHost, at.t2));
        if (twoHosts()) {
            marks.add(new Mark(Hop.HOST_NIC, response, serverHost, at.t3));
            at = times(response, entry);
            marks.add(new Mark(Hop.OVERLAY, response, entry, at.t0));
            marks.add(new Mark(Hop.HOST_NIC, response, entry, at.t1));
            marks.add(new Mark(Hop.VSWITCH, response, entry, at.t2));
        }
        long end = clientEdgeNs(response);
        endAtSend = end == 0 && at.t3End != 0;
        marks.add(new Mark(entryHop, response, entry, end != 0 ? end : at.t3End));
        return marks;
    }

    /** The stamp at the client's edge: the uplink's or the client guest's device. */
    private long clientEdgeNs(Direction direction) {
        for (Seen s : seen) {
            if (s.direction() == direction && s.serverEdge() == null && s.segment() instanceof Sighting.Edge edge) {
                return edge.ns();
            }
        }
        return 0;
    }

    private long serverEdgeNs(Direction direction) {
        for (Seen s : seen) {
            Sighting.Edge edge = s.serverEdge();
            if (s.direction() == direction && edge != null) {
                return edge.ns();
            }
        }
        return 0;
    }

    private Times times(Direction direction, String host) {
        for (Seen s : seen) {
            Sighting.Transit t = s.transit();
            if (t != null && s.direction() == direction && s.host().equals(host)) {
                return new Times(t.t0Ns(), t.t1Ns(), t.t2Ns(), t.t3Ns(), t.t3EndNs());
            }
        }
        return Times.NONE;
    }

    /** A transit's stamps, all zero when no sighting of it came. */
    private record Times(long t0, long t1, long t2, long t3, long t3End) {
        static final Times NONE = new Times(0, 0, 0, 0, 0);
    }
}
