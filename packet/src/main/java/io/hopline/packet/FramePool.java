package io.hopline.packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of frame slots in one off-heap segment, for one thread.
 *
 * <p>Slots are handed out last-in first-out so that warm cache lines are used first. An empty pool is not an error:
 * {@link #acquire()} returns null and the caller counts {@link DropReason#POOL_EMPTY}.
 */
public final class FramePool implements AutoCloseable {
    private static final int MAX_FRAMES = 65_536;

    private final Runnable freeMemory;
    private final MemorySegment memory;
    private final Frame[] free;
    private int available;

    private FramePool(MemorySegment memory, Runnable freeMemory) {
        this.memory = memory;
        this.freeMemory = freeMemory;
        int frames = (int) (memory.byteSize() / Frame.SLOT_BYTES);
        free = new Frame[frames];
        for (int i = 0; i < frames; i++) {
            free[frames - 1 - i] = new Frame(this, memory, (long) i * Frame.SLOT_BYTES);
        }
        available = frames;
    }

    /** Allocates {@code frames} slots of 66 KiB, all resident at once. */
    public static FramePool of(int frames) {
        Arena arena = Arena.ofShared();
        return new FramePool(arena.allocate(bytesFor(frames), 4096), arena::close);
    }

    /**
     * Makes slots of as much memory as {@link #bytesFor} said.
     *
     * @param memory given back by the caller, after this pool was closed
     */
    public static FramePool in(MemorySegment memory) {
        return new FramePool(memory, () -> {});
    }

    /** Bytes of so many slots, 1 to 65,536. */
    public static long bytesFor(int frames) {
        if (frames < 1 || frames > MAX_FRAMES) {
            throw new IllegalArgumentException("a pool has 1 to 65536 frames, not " + frames);
        }
        return (long) frames * Frame.SLOT_BYTES;
    }

    /** An empty frame with full headroom, owned by the caller; null when all are in use. */
    public @Nullable Frame acquire() {
        if (available == 0) {
            return null;
        }
        Frame frame = free[--available];
        frame.acquired();
        return frame;
    }

    /** A copy of a frame with its metadata, or null when the pool is empty. */
    public @Nullable Frame copy(Frame original) {
        Frame copy = acquire();
        if (copy != null) {
            copy.copyFrom(original);
        }
        return copy;
    }

    void giveBack(Frame frame) {
        free[available++] = frame;
    }

    public int available() {
        return available;
    }

    public int capacity() {
        return free.length;
    }

    /** The segment that all frames of this pool are in. */
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public void close() {
        freeMemory.run();
    }
}
