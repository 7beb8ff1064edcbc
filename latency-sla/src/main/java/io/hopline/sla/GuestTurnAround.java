package io.hopline.sla;

import io.hopline.packet.Port;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What one connection says about the guest's kernel: its SYN to SYN/ACK turn-around at the guest's network device,
 * and its data to pure ACK turn-arounds. Neither waits for an application.
 *
 * <p>Keeps at most {@value #MAX_HANDSHAKES} handshakes (a client may use its port again) and {@value #MAX_ACKS} ACKs; the
 * oldest go first.
 */
final class GuestTurnAround {
    static final int MAX_HANDSHAKES = 4;
    static final int MAX_ACKS = 64;
    /** Longer turn-arounds to a pure ACK are the delayed-ACK timer (Linux: at least 40 ms), not the kernel's work. */
    static final long MAX_ACK_NS = 20_000_000;
    /** What a connection itself has shown says nothing of its guest any more when it is older than this. */
    static final long LASTS_NS = 10_000_000_000L;

    private final Deque<Handshake> handshakes = new ArrayDeque<>();
    private final Map<Integer, Long> pureAcks = new LinkedHashMap<>();
    private long lastAckNs;
    private long lastAckAtNs;

    private static final class Handshake {
        final int isn;
        int syns;
        int synAcks;
        long synNs;
        long synAckNs;
        boolean counted;

        Handshake(int isn) {
            this.isn = isn;
        }

        boolean usable() {
            return syns == 1 && synAcks == 1 && synAckNs >= synNs;
        }
    }

    /** Takes note of a SYN, a SYN/ACK or a pure ACK at the server's device; ignores everything else. */
    void note(Sighting.Edge edge) {
        boolean request = edge.direction() == Direction.REQUEST;
        if (edge.kind() != Port.Kind.VNIC || edge.leaving() != request) {
            return;
        }
        if (edge.syn()) {
            Handshake handshake = handshake(request ? edge.seq() : edge.ack() - 1);
            if (request) {
                handshake.syns++;
                handshake.synNs = edge.ns();
            } else {
                handshake.synAcks++;
                handshake.synAckNs = edge.ns();
            }
        } else if (!request && edge.payloadLength() == 0 && (edge.flags() & (Sighting.FIN | Sighting.RST)) == 0) {
            pureAcks.merge(edge.ack(), edge.ns(), Math::min);
            if (pureAcks.size() > MAX_ACKS) {
                pureAcks.remove(pureAcks.keySet().iterator().next());
            }
        }
    }

    /** Time to the ACK of a request, asked for once; empty when it came with the response or was delayed. */
    OptionalLong ackNs(int requestEnd, long arrivedNs, long departedNs) {
        Long ack = pureAcks.remove(requestEnd);
        if (ack == null || arrivedNs == 0 || ack < arrivedNs || ack > departedNs || ack - arrivedNs >= MAX_ACK_NS) {
            return OptionalLong.empty();
        }
        lastAckNs = ack - arrivedNs;
        lastAckAtNs = ack;
        return OptionalLong.of(lastAckNs);
    }

    /**
     * What the kernel took for this connection lately, for its handshake or for an ACK at once, whichever is shorter: no less than
     * that slows it down. Empty when it was not seen in the last {@value #LASTS_NS} ns.
     */
    OptionalLong latelyNs(int requestEnd, long atNs) {
        Handshake handshake = nearest(requestEnd);
        long shortest = Long.MAX_VALUE;
        if (handshake != null && handshake.usable() && atNs - handshake.synAckNs < LASTS_NS) {
            shortest = handshake.synAckNs - handshake.synNs;
        }
        if (lastAckAtNs != 0 && atNs - lastAckAtNs < LASTS_NS) {
            shortest = Math.min(shortest, lastAckNs);
        }
        return shortest == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(shortest);
    }

    /** SYN to SYN/ACK of the connection that this request byte belongs to; empty when not seen, or seen twice. */
    OptionalLong handshakeNs(int requestEnd) {
        Handshake handshake = nearest(requestEnd);
        return handshake != null && handshake.usable()
                ? OptionalLong.of(handshake.synAckNs - handshake.synNs)
                : OptionalLong.empty();
    }

    /** True the first time it is asked for the connection that this request byte belongs to, if its handshake was seen. */
    boolean firstAsked(int requestEnd) {
        Handshake handshake = nearest(requestEnd);
        if (handshake == null || handshake.counted || !handshake.usable()) {
            return false;
        }
        handshake.counted = true;
        return true;
    }

    private Handshake handshake(int isn) {
        for (Handshake handshake : handshakes) {
            if (handshake.isn == isn) {
                return handshake;
            }
        }
        if (handshakes.size() == MAX_HANDSHAKES) {
            handshakes.removeFirst();
        }
        Handshake made = new Handshake(isn);
        handshakes.addLast(made);
        return made;
    }

    /** Initial sequence numbers are random, so the one closest below the request's bytes is its connection's. */
    private @Nullable Handshake nearest(int requestEnd) {
        Handshake best = null;
        for (Handshake handshake : handshakes) {
            if (best == null || Integer.compareUnsigned(requestEnd - handshake.isn, requestEnd - best.isn) < 0) {
                best = handshake;
            }
        }
        return best;
    }
}
