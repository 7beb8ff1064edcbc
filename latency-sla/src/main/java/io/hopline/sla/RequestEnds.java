package io.hopline.sla;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What a place hands to its ring, less the segments that only looked like a request's end. A sender sets PSH at the end of
 * everything it writes, so an upload is a row of such ends; the request's own is the last of them before the answer. The
 * record of an end is held until something shows that it was the last: the answer, a segment that acknowledges more than
 * it did, a SYN or RST, or {@value #HOLD_MS} ms without any of these. A further end of the same upload takes its place, and with
 * it the guest's ACK of the first, if there was one. An end that comes again is not a further one: both are handed on, so
 * that the request counts as sent again.
 *
 * <p>Remembers {@value #PLACES} connections by hash; one that takes another's place only has the other's end handed on
 * early. For one place and the one thread that writes the ring; allocates nothing after it was made.
 */
public final class RequestEnds {
    /** Longest time that an end is held for want of a sign, milliseconds. */
    public static final int HOLD_MS = 50;

    private static final int PLACES = 128;
    private static final long HOLD_NS = HOLD_MS * 1_000_000L;
    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final SightingRing ring;
    private final MemorySegment ends = Arena.ofAuto().allocate((long) PLACES * Sighting.BYTES, 64);
    private final MemorySegment acks = Arena.ofAuto().allocate((long) PLACES * Sighting.BYTES, 64);
    private final boolean[] held = new boolean[PLACES];
    private final boolean[] acked = new boolean[PLACES];
    private final long[] sinceNs = new long[PLACES];
    private int heldCount;
    private long lookedNs;

    /** @param ring where records go; this is its writer */
    public RequestEnds(SightingRing ring) {
        this.ring = ring;
    }

    /**
     * Takes a finished {@link Sighting.Transit} or {@link Sighting.Edge} and copies it. Datagrams have no end to wait for.
     *
     * @param nowNs time on any clock that {@link #release} uses too, nanoseconds
     */
    public void offer(MemorySegment record, long at, long nowNs) {
        if (record.get(ValueLayout.JAVA_BYTE, at + SightingLayout.PROTOCOL) != Protocol.TCP.ordinal()) {
            ring.offer(record, at);
            return;
        }
        int client = ConnectionSampler.fold(
                record.get(LE64, at + SightingLayout.CLIENT),
                record.get(LE64, at + SightingLayout.CLIENT + Long.BYTES));
        int port = record.get(LE16, at + SightingLayout.CLIENT_PORT) & 0xffff;
        int place = ConnectionSampler.hash(client, port) >>> 8 & PLACES - 1;
        boolean mine = held[place] && sameConnection(record, at, place);
        boolean request = record.get(ValueLayout.JAVA_BYTE, at + SightingLayout.DIRECTION) == 0;
        int flags = record.get(ValueLayout.JAVA_BYTE, at + SightingLayout.FLAGS);
        boolean control = (flags & (Sighting.SYN | Sighting.RST)) != 0;
        int payload = record.get(LE32, at + SightingLayout.PAYLOAD);
        if (request && !control && payload > 0) {
            if (!mine || !goesOn(record, at, place)) {
                release(place);
            }
            hold(record, at, place, nowNs);
        } else if (mine && !request && !control && payload == 0) {
            acknowledge(record, at, place);
        } else {
            if (mine) {
                release(place);
            }
            ring.offer(record, at);
        }
    }

    /** Hands on what was held long enough. Cheap when called often. */
    public void release(long nowNs) {
        if (heldCount == 0 || nowNs - lookedNs < HOLD_NS / 2) {
            return;
        }
        lookedNs = nowNs;
        for (int place = 0; place < PLACES; place++) {
            if (held[place] && nowNs - sinceNs[place] >= HOLD_NS) {
                release(place);
            }
        }
    }

    /** True when {@link #release} is wanted. */
    public boolean holds() {
        return heldCount > 0;
    }

    private boolean sameConnection(MemorySegment record, long at, int place) {
        long mine = (long) place * Sighting.BYTES;
        long low = SightingLayout.CLIENT + Long.BYTES;
        return record.get(LE64, at + low) == ends.get(LE64, mine + low)
                && record.get(LE64, at + SightingLayout.CLIENT) == ends.get(LE64, mine + SightingLayout.CLIENT)
                && record.get(LE16, at + SightingLayout.CLIENT_PORT)
                        == ends.get(LE16, mine + SightingLayout.CLIENT_PORT);
    }

    /** True for an end that lies behind the one held, and of which the sender had heard no more than at that one. */
    private boolean goesOn(MemorySegment record, long at, int place) {
        long mine = (long) place * Sighting.BYTES;
        return end(record, at) - end(ends, mine) > 0
                && record.get(LE32, at + SightingLayout.ACK) == ends.get(LE32, mine + SightingLayout.ACK);
    }

    private static int end(MemorySegment record, long at) {
        return record.get(LE32, at + SightingLayout.SEQ) + record.get(LE32, at + SightingLayout.PAYLOAD);
    }

    private void hold(MemorySegment record, long at, int place, long nowNs) {
        MemorySegment.copy(record, at, ends, (long) place * Sighting.BYTES, Sighting.BYTES);
        heldCount += held[place] ? 0 : 1;
        held[place] = true;
        acked[place] = false;
        sinceNs[place] = nowNs;
    }

    /** The guest's ACK shares its request's fate, if it acknowledges the end that is held. */
    private void acknowledge(MemorySegment record, long at, int place) {
        long mine = (long) place * Sighting.BYTES;
        if (!acked[place] && record.get(LE32, at + SightingLayout.ACK) == end(ends, mine)) {
            MemorySegment.copy(record, at, acks, mine, Sighting.BYTES);
            acked[place] = true;
        }
    }

    private void release(int place) {
        if (!held[place]) {
            return;
        }
        long mine = (long) place * Sighting.BYTES;
        ring.offer(ends, mine);
        if (acked[place]) {
            ring.offer(acks, mine);
        }
        held[place] = false;
        heldCount--;
    }
}
