package io.hopline.packet;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Up to 64 frames that move together through one step of a worker. Single-threaded, reused for ever. */
public final class Batch {
    public static final int CAPACITY = 64;

    private final @Nullable Frame[] frames = new Frame[CAPACITY];
    private int size;

    public int size() {
        return size;
    }

    public int room() {
        return CAPACITY - size;
    }

    public void add(Frame frame) {
        frames[size++] = frame;
    }

    public Frame frame(int index) {
        Frame frame = frames[index];
        if (frame == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return frame;
    }

    /** Forgets the frames without releasing them: their owners are others by now. */
    public void clear() {
        Arrays.fill(frames, 0, size, null);
        size = 0;
    }
}
