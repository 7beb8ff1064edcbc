package io.hopline.vnic;

import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.MemorySegment;

/** Frames handed to a port since its last flush, at most {@link Batch#CAPACITY}. */
final class PendingFrames {
    private final Batch frames = new Batch();

    void add(Frame frame) {
        frames.add(frame);
    }

    boolean isFull() {
        return frames.room() == 0;
    }

    int size() {
        return frames.size();
    }

    Frame frame(int index) {
        return frames.frame(index);
    }

    void clear() {
        frames.clear();
    }

    /** Releases what was never sent. */
    void release() {
        for (int i = 0; i < frames.size(); i++) {
            frames.frame(i).release();
        }
        frames.clear();
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
