package io.hopline.node;

import io.hopline.linux.TimedUdpSocket;
import io.hopline.packet.IpAddress;
import io.hopline.packet.StampPacket;
import io.hopline.sla.ClockModel;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/**
 * A stateless STAMP Session-Reflector (RFC 8762, section 4.3): says when a peer's packet came and when the answer leaves.
 * Strangers get no answer, and a peer no more than {@value #MAX_PER_SECOND} a second. The sessions' thread uses it.
 */
final class ClockReflector {
    static final int MAX_PER_SECOND = 32;

    private static final long SECOND_NS = 1_000_000_000L;

    private final TimedUdpSocket socket;
    private final LongSupplier kernelNs;
    private final LongUnaryOperator clock;
    private Map<IpAddress, Allowance> peers = Map.of();

    /** What a peer may still ask in the second that began at a time. */
    private static final class Allowance {
        long sinceNs;
        int asked;
    }

    /** What became of a packet. */
    enum Verdict {
        REFLECTED,
        /** Too short, too long, or without an error estimate. */
        MALFORMED,
        /** From no peer of ours. */
        FOREIGN,
        TOO_MANY,
        /** The kernel did not take the answer. */
        NOT_SENT
    }

    /**
     * @param kernelNs the clock of the kernel's stamps
     * @param clock from that to this host's: the same, but in tests
     */
    ClockReflector(TimedUdpSocket socket, LongSupplier kernelNs, LongUnaryOperator clock) {
        this.socket = socket;
        this.kernelNs = kernelNs;
        this.clock = clock;
    }

    /** Says who may ask from now on. */
    void peers(Set<IpAddress> addresses) {
        Map<IpAddress, Allowance> allowed = new HashMap<>();
        addresses.forEach(address -> allowed.put(address, peers.getOrDefault(address, new Allowance())));
        peers = allowed;
    }

    /** Answers the packet that the socket has just received. */
    Verdict reflect(int bytes) {
        long cameNs = socket.kernelNs() != 0 ? socket.kernelNs() : kernelNs.getAsLong();
        Allowance allowance = peers.get(IpAddress.of(socket.sourceAddress()));
        if (allowance == null) {
            return Verdict.FOREIGN;
        }
        MemorySegment packet = socket.datagram();
        if (bytes < StampPacket.BYTES || StampPacket.errorNs(packet, 0) < 0) {
            return Verdict.MALFORMED;
        }
        if (!allowed(allowance, cameNs)) {
            return Verdict.TOO_MANY;
        }
        StampPacket.reflect(packet, 0, clock.applyAsLong(cameNs), socket.ttl(), ClockModel.READ_ERROR_NS);
        StampPacket.sent(packet, 0, clock.applyAsLong(kernelNs.getAsLong()));
        return socket.reply(bytes) == 0 ? Verdict.REFLECTED : Verdict.NOT_SENT;
    }

    private static boolean allowed(Allowance allowance, long nowNs) {
        if (Math.abs(nowNs - allowance.sinceNs) >= SECOND_NS) {
            allowance.sinceNs = nowNs;
            allowance.asked = 0;
        }
        return ++allowance.asked <= MAX_PER_SECOND;
    }
}
