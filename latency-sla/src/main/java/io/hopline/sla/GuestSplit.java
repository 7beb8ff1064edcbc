package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * Divides what requests spend in their guests into its kernel's share and its server's.
 *
 * <p>The kernel's share is taken from its own word, if there is one. Else it is inferred from what the kernel does by itself
 * and can be seen from outside: that it answered this connection's SYN, and that it acknowledged its data. A handshake makes
 * a socket, which a request does not; data is acknowledged at once only at a connection's beginning, when the kernel is at
 * work on the handshake still. So both are rather too long, and the shorter counts; for a connection that shows neither, the
 * median of its backend's.
 */
final class GuestSplit {
    private final TurnAroundStatistics turnArounds = new TurnAroundStatistics();

    /** The share of the request that ends there, which is asked for once. */
    GuestShare share(Connection connection, int requestEnd, Leg leg, ServiceDirectory.Owner owner) {
        if (connection.obstacles.tls()) {
            return GuestShare.unknown(RequestTrace.Flag.GUEST_IN_TLS);
        }
        GuestTurnAround guest = connection.guest;
        guest.answered(requestEnd, leg.arrivedNs(), leg.departedNs());
        OptionalLong handshake = guest.handshakeNs(requestEnd);
        OptionalLong ack = guest.ackNs();
        OptionalLong kernel =
                LongStream.concat(handshake.stream(), ack.stream()).min();
        RequestTrace.Flag remark = handshake.isPresent() ? null : RequestTrace.Flag.GUEST_FROM_ACK;
        if (guest.firstAsked(requestEnd)) {
            kernel.ifPresent(ns -> turnArounds.record(owner, ns));
        }
        if (kernel.isEmpty()) {
            kernel = turnArounds.medianNs(owner);
            remark = RequestTrace.Flag.GUEST_FROM_MEDIAN;
        }
        boolean seen = leg.arrivedNs() != 0 && leg.departedNs() != 0;
        Sighting.ServerLog log = leg.departedNs() == 0 ? null : connection.takeLog(leg.departedNs());
        OptionalLong logNs = log == null ? OptionalLong.empty() : OptionalLong.of(log.requestTimeNs());
        GuestShare inferred = GuestShare.of(leg.departedNs() - leg.arrivedNs(), kernel, remark, logNs);
        Sighting.ServerTurn turn = seen ? connection.takeTurn(leg.arrivedNs(), leg.departedNs()) : null;
        return turn == null ? inferred : inferred.exactly(turn, leg.arrivedNs(), leg.departedNs());
    }

    /** A leg's boundaries with the guest's kernel and server between them. */
    static List<Mark> marks(Exchange.Joined joined) {
        Leg leg = joined.leg();
        GuestShare share = joined.share();
        List<Mark> marks = new ArrayList<>(leg.before());
        Mark departed = leg.after().getFirst();
        Hop last = null;
        if (share.kernelNs().isPresent()) {
            boolean seen = leg.arrivedNs() != 0 && leg.departedNs() != 0;
            long before = share.kernelNs().getAsLong() - share.afterNs();
            marks.add(guest(leg, Hop.GUEST_TCPIP, seen ? leg.arrivedNs() + before : 0));
            last = Hop.NGINX;
            if (share.afterNs() > 0) {
                marks.add(guest(leg, Hop.NGINX, seen ? leg.departedNs() - share.afterNs() : 0));
                last = Hop.GUEST_TCPIP;
            }
        }
        marks.add(new Mark(last, Direction.REQUEST, departed.host(), departed.ns()));
        marks.addAll(leg.after().subList(1, leg.after().size()));
        return marks;
    }

    private static Mark guest(Leg leg, Hop hop, long ns) {
        return new Mark(hop, Direction.REQUEST, leg.serverHost(), ns);
    }
}
