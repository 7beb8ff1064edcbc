package io.hopline.sla;

import io.hopline.packet.Port;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a batch of records from one {@link Sighting.Transit} to the next and reads off its hops, without making an object of
 * each. One thread's.
 */
public final class TransitCursor {
    private final ByteBuffer records;
    private int at = -Sighting.BYTES;

    /** Begins before the first of the whole records between the buffer's position and its limit, which stay where they are. */
    public TransitCursor(ByteBuffer records) {
        this.records = records.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Goes to the next frame that went through the switch; false when there is none any more. */
    public boolean next() {
        do {
            at += Sighting.BYTES;
        } while (at + Sighting.BYTES <= records.limit()
                && records.get(at + SightingLayout.KIND) != SightingLayout.TRANSIT);
        return at + Sighting.BYTES <= records.limit();
    }

    public Direction direction() {
        return SightingLayout.direction(records, at);
    }

    /** The kind of port the frame came in by. */
    public Port.@Nullable Kind in() {
        return SightingLayout.kind(records.get(at + SightingLayout.IN_KIND));
    }

    /** The kind of port the frame was handed to, null when to none. */
    public Port.@Nullable Kind out() {
        return SightingLayout.kind(records.get(at + SightingLayout.OUT_KIND));
    }

    /** The kernel's receive stamp, 0 when there is none; CLOCK_REALTIME nanoseconds as the others. */
    public long t0Ns() {
        return SightingLayout.time(records, at, 0);
    }

    /** The worker had it. */
    public long t1Ns() {
        return SightingLayout.time(records, at, 1);
    }

    /** It was handed to the port. */
    public long t2Ns() {
        return SightingLayout.time(records, at, 2);
    }

    /** The port began to send, 0 when it had not by the end of the worker's turn. */
    public long t3Ns() {
        return SightingLayout.time(records, at, 3);
    }
}
