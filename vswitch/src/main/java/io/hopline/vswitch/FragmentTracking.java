package io.hopline.vswitch;

import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Wire;
import io.hopline.vswitch.Connection.Tuple;

/**
 * Which ports the first fragment of a packet had, so that the later ones, which have none, go where it went (RFC 791,
 * section 3.2, and RFC 8200, section 4.5).
 *
 * <p>A table of {@value #SLOTS} packets; one that comes to a taken slot takes it over. Nothing is held back: a later
 * fragment that overtakes its first one is not known, and the sender's retry is what heals it. Guarded by the lock of the
 * connection table.
 */
final class FragmentTracking {
    static final int SLOTS = 1_024;
    /** How long a receiver waits for the rest (Linux's ipfrag_time). */
    private static final long LIFETIME_NS = 30_000_000_000L;

    private final Tuple[] firsts = new Tuple[SLOTS];
    private final int[] identifications = new int[SLOTS];
    private final long[] expiresNs = new long[SLOTS];

    FragmentTracking() {
        for (int i = 0; i < SLOTS; i++) {
            firsts[i] = new Tuple(null, false);
        }
    }

    /** Notes the ports of a first fragment, its tuple filled. */
    void remember(Tuple first, FrameHeaders headers, Frame frame, long nowNs) {
        int identification = identification(headers, frame);
        int slot = slot(first, identification);
        firsts[slot].copyFrom(first);
        identifications[slot] = identification;
        expiresNs[slot] = nowNs + LIFETIME_NS;
    }

    /**
     * Completes the tuple of a later fragment, its addresses filled, with the ports of the first.
     *
     * @return false when the first was not seen, or too long ago
     */
    boolean complete(Tuple later, FrameHeaders headers, Frame frame, long nowNs) {
        int identification = identification(headers, frame);
        int slot = slot(later, identification);
        Tuple first = firsts[slot];
        if (identifications[slot] != identification || nowNs >= expiresNs[slot]) {
            return false;
        }
        later.sourcePort = first.sourcePort;
        later.destinationPort = first.destinationPort;
        return later.sameAs(first);
    }

    private static int slot(Tuple tuple, int identification) {
        long h = (tuple.sourceLow ^ Long.rotateLeft(tuple.destinationLow, 23)) * 0x9e3779b97f4a7c15L;
        h = (h ^ identification ^ (long) tuple.zone << 32 ^ tuple.protocol) * 0x94d049bb133111ebL;
        return (int) (h >>> 32) & SLOTS - 1;
    }

    private static int identification(FrameHeaders headers, Frame frame) {
        long ip = frame.offset() + headers.l3Offset();
        // IPv6's fragment header is the last that a later fragment has before its payload.
        return headers.ipVersion() == 4
                ? Ipv4.identification(frame.memory(), ip)
                : Wire.i32(frame.memory(), ip + headers.ipHeaderBytes() - 4);
    }
}
