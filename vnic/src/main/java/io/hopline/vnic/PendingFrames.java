package io.hopline.vnic;

import io.hopline.packet.Batch;
import io.hopline.packet.DatagramCoalescer;
import io.hopline.packet.Frame;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Frames handed to a port since its last flush, at most {@link Batch#CAPACITY}.
 *
 * <p>A datagram that continues the one before it joins that frame (see {@link DatagramCoalescer}), because a guest's kernel
 * takes longer to be entered than anything else on a small frame's way; what is counted is still datagrams. Timed frames
 * stay alone.
 */
final class PendingFrames {
    private final DatagramCoalescer coalescer = new DatagramCoalescer();
    private final @Nullable Frame[] frames = new Frame[Batch.CAPACITY];
    /** How many frames each has become, and their bytes. */
    private final int[] counts = new int[Batch.CAPACITY];

    private final int[] bytes = new int[Batch.CAPACITY];
    private int size;
    private int taken;
    private boolean joining;

    void add(Frame frame) {
        taken++;
        if (size > 0 && joins(frame)) {
            counts[size - 1]++;
            bytes[size - 1] += frame.length();
            frame.release();
            return;
        }
        seal();
        frames[size] = frame;
        counts[size] = 1;
        bytes[size++] = frame.length();
    }

    /** Only what could be the next of a train is looked at closely: what is not longer than the one before. */
    private boolean joins(Frame next) {
        Frame last = frame(size - 1);
        if (next.mark() != 0) {
            return false;
        }
        if (!joining) {
            joining = next.length() <= last.length()
                    && counts[size - 1] == 1
                    && last.mark() == 0
                    && coalescer.start(last);
        }
        return joining && coalescer.append(next);
    }

    /** Nothing more joins the last frame; to be called before the frames are sent. */
    void seal() {
        if (joining) {
            coalescer.finish();
            joining = false;
        }
    }

    boolean isFull() {
        return taken == Batch.CAPACITY;
    }

    int size() {
        return size;
    }

    Frame frame(int index) {
        Frame frame = frames[index];
        if (frame == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return frame;
    }

    /** Frames that a port was handed for the frame at {@code index}. */
    int count(int index) {
        return counts[index];
    }

    /** Bytes of those frames. */
    int bytes(int index) {
        return bytes[index];
    }

    /** Releases all, sent or not. */
    void release() {
        seal();
        for (int i = 0; i < size; i++) {
            frame(i).release();
            frames[i] = null;
        }
        size = 0;
        taken = 0;
    }

    /**
     * Copies a frame's vnet header to right before its first byte, where the kernel wants it. There is always room: the
     * frame starts at least 16 bytes into its slot.
     *
     * @return position of the copy
     */
    static long putVnetInFront(Frame frame) {
        long at = frame.offset() - VnetHeader.BYTES;
        MemorySegment.copy(frame.memory(), frame.vnet(), frame.memory(), at, VnetHeader.BYTES);
        return at;
    }
}
