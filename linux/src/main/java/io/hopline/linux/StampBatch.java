package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The frames of one read of a {@link StampSocket}. A thread that reads many sockets needs one of these. */
public final class StampBatch implements AutoCloseable {
    /** Most frames of one read. */
    public static final int CAPACITY = 64;

    private static final int PACKET_OUTGOING = 4;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment frames = arena.allocate((long) CAPACITY * StampSocket.SNAP_BYTES, 64);
    private final MessageBatch messages = new MessageBatch(CAPACITY, 1);

    public StampBatch() {
        for (int i = 0; i < CAPACITY; i++) {
            messages.buffer(i, frames, offset(i), StampSocket.SNAP_BYTES);
        }
    }

    /** Made ready for a read. */
    MessageBatch messages() {
        messages.arm(CAPACITY);
        return messages;
    }

    /** Memory of all frames. */
    public MemorySegment memory() {
        return frames;
    }

    /** Position in {@link #memory()} of a frame's Ethernet header. */
    public long offset(int frame) {
        return (long) frame * StampSocket.SNAP_BYTES;
    }

    /** Bytes of a frame that are there, at most {@link StampSocket#SNAP_BYTES}. */
    public int length(int frame) {
        return Math.min(messages.length(frame), StampSocket.SNAP_BYTES);
    }

    /** Bytes the whole frame had, a super-frame before it is segmented. */
    public int wireLength(int frame) {
        return messages.wireLength(frame);
    }

    /** When the kernel saw a frame, CLOCK_REALTIME nanoseconds. */
    public long kernelNs(int frame) {
        return messages.kernelNs(frame);
    }

    /** True for a frame the device's own host sends, false for one that arrives there. */
    public boolean outgoing(int frame) {
        return messages.packetType(frame) == PACKET_OUTGOING;
    }

    @Override
    public void close() {
        messages.close();
        arena.close();
    }
}
