package io.hopline.sla;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Divides what requests spend in their guests into its kernel's share and its server's.
 *
 * <p>The kernel's share is taken from its own word, if there is one. Else it is inferred from what can be seen from outside.
 * A kernel acknowledges a connection's first data at once: it takes the segment in, wakes the server, and sends a segment,
 * and but for the wake-up that is what it does for any request. Later requests show no such ACK; they take as long as those
 * ACKs took that met the guest equally busy or idle. Where the connection itself was far slower lately than that, something slows
 * its guest's kernel down, and what was seen of the connection counts. For a guest that never acknowledges at once, it is the
 * time in which it answers a SYN.
 */
final class GuestSplit {
    /** Backends and services kept; the oldest go first. */
    static final int MAX_GUESTS = 4096;

    /** What is left of the time to an ACK without the wake-up of a server that sleeps. */
    private static final double SHARE_IDLE = 0.65;
    /** As above; a guest at work has a processor that need not be called first. */
    private static final double SHARE_BUSY = 0.85;
    /** A wake-up takes no longer than this; what is longer is the kernel's own. */
    private static final long MAX_WAKE_NS = 20_000;
    /** A write copies all its data before the first segment leaves: a server's buffer of 32 KB, if the answer is long. */
    private static final long LONG_COPY_NS = 5_000;

    private static final int LONG_BYTES = 4_096;
    /** By so much, and so many times, a connection must have been slower than inferred: neither caches nor idle cores explain that. */
    private static final long SLOWER_NS = 100_000;

    private static final int TIMES_SLOWER = 4;

    private final Map<String, GuestKernel> kernels = new LinkedHashMap<>();

    /** The share of the request that ends there, which is asked for once. */
    GuestShare share(Connection connection, int requestEnd, Leg leg, ServiceDirectory.Owner owner) {
        GuestKernel guest = kernel(owner.key());
        boolean seen = leg.arrivedNs() != 0 && leg.departedNs() != 0;
        int state = guest.state(leg.arrivedNs());
        if (seen) {
            guest.served(leg.arrivedNs(), leg.departedNs());
        }
        if (connection.obstacles.tls()) {
            return GuestShare.unknown(RequestTrace.Flag.GUEST_IN_TLS);
        }
        Sighting.ServerLog log = leg.departedNs() == 0 ? null : connection.takeLog(leg.departedNs());
        OptionalLong logNs = log == null ? OptionalLong.empty() : OptionalLong.of(log.requestTimeNs());
        Inferred kernel = infer(connection.guest, requestEnd, leg, owner, state);
        GuestShare inferred = GuestShare.of(leg.departedNs() - leg.arrivedNs(), kernel.ns(), kernel.remark(), logNs);
        Sighting.ServerTurn turn = seen ? connection.takeTurn(leg.arrivedNs(), leg.departedNs()) : null;
        return turn == null ? inferred : inferred.exactly(turn, leg.arrivedNs(), leg.departedNs());
    }

    private record Inferred(OptionalLong ns, RequestTrace.@Nullable Flag remark) {}

    private Inferred infer(
            GuestTurnAround connection, int requestEnd, Leg leg, ServiceDirectory.Owner owner, int state) {
        GuestKernel guest = kernel(owner.key());
        GuestKernel likeIt = kernel(owner.service());
        OptionalLong ack = connection.ackNs(requestEnd, leg.arrivedNs(), leg.departedNs());
        ack.ifPresent(ns -> {
            guest.acknowledged(state, ns, leg.arrivedNs());
            likeIt.acknowledged(state, ns, leg.arrivedNs());
        });
        OptionalLong handshake = connection.handshakeNs(requestEnd);
        if (connection.firstAsked(requestEnd)) {
            handshake.ifPresent(ns -> {
                guest.shookHands(ns, leg.arrivedNs());
                likeIt.shookHands(ns, leg.arrivedNs());
            });
        }
        OptionalLong acknowledges = first(ack, first(guest.acknowledgesNs(state), likeIt.acknowledgesNs(state)));
        if (acknowledges.isPresent()) {
            long usualNs = withoutWakeUp(acknowledges.getAsLong(), state)
                    + (leg.firstResponseBytes() < LONG_BYTES ? 0 : LONG_COPY_NS);
            long latelyNs = connection.latelyNs(requestEnd, leg.arrivedNs()).orElse(0);
            boolean slowed = latelyNs - usualNs > SLOWER_NS && latelyNs > TIMES_SLOWER * usualNs;
            return new Inferred(OptionalLong.of(slowed ? latelyNs : usualNs), RequestTrace.Flag.GUEST_FROM_ACK);
        }
        return handshake.isPresent()
                ? new Inferred(handshake, null)
                : new Inferred(first(guest.handshakeNs(), likeIt.handshakeNs()), RequestTrace.Flag.GUEST_FROM_MEDIAN);
    }

    private static long withoutWakeUp(long ackNs, int state) {
        double share = state == GuestKernel.BUSY ? SHARE_BUSY : SHARE_IDLE;
        return Math.max(Math.round(share * ackNs), ackNs - MAX_WAKE_NS);
    }

    private static OptionalLong first(OptionalLong one, OptionalLong other) {
        return one.isPresent() ? one : other;
    }

    private GuestKernel kernel(String key) {
        GuestKernel known = kernels.get(key);
        if (known == null) {
            if (kernels.size() == MAX_GUESTS) {
                kernels.remove(kernels.keySet().iterator().next());
            }
            known = new GuestKernel();
            kernels.put(key, known);
        }
        return known;
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
