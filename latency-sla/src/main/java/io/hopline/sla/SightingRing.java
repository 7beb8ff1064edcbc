package io.hopline.sla;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A bounded queue of {@link Sighting} records in off-heap memory, from exactly one writing thread to exactly one reading
 * thread. A writer that finds it full drops its record and counts it: timing never holds up forwarding.
 */
public final class SightingRing implements AutoCloseable {
    private static final VarHandle WRITTEN;
    private static final VarHandle READ;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            WRITTEN = lookup.findVarHandle(SightingRing.class, "written", long.class);
            READ = lookup.findVarHandle(SightingRing.class, "read", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final long capacity;

    private volatile long written;
    /** The writer's last look at {@link #read}, so that it seldom touches the reader's cache line. */
    private long readSeen;

    private volatile long overflow;
    private volatile long read;

    /**
     * Makes an empty ring.
     *
     * @param capacity records it holds, a power of two
     */
    public SightingRing(int capacity) {
        if (capacity < 1 || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("ring capacity " + capacity + " is not a power of two");
        }
        this.capacity = capacity;
        this.memory = arena.allocate((long) capacity * Sighting.BYTES, 64);
    }

    /**
     * Appends a copy of the record at {@code offset}. Writer thread only.
     *
     * @return false when the ring is full and the record was dropped and counted
     */
    public boolean offer(MemorySegment record, long offset) {
        long at = (long) WRITTEN.get(this);
        if (at - readSeen >= capacity) {
            readSeen = (long) READ.getAcquire(this);
            if (at - readSeen >= capacity) {
                overflow = overflow + 1;
                return false;
            }
        }
        MemorySegment.copy(record, offset, memory, position(at), Sighting.BYTES);
        WRITTEN.setRelease(this, at + 1);
        return true;
    }

    /**
     * Moves waiting records, oldest first. Reader thread only.
     *
     * @param into takes whole records from its start on
     * @return number of records moved, 0 when none waits or none fits
     */
    public int drain(MemorySegment into) {
        long at = (long) READ.get(this);
        long available = (long) WRITTEN.getAcquire(this) - at;
        int count = (int) Math.min(available, into.byteSize() / Sighting.BYTES);
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(memory, position(at + i), into, (long) i * Sighting.BYTES, Sighting.BYTES);
        }
        READ.setRelease(this, at + count);
        return count;
    }

    /** Records it holds; any thread. */
    public int capacity() {
        return (int) capacity;
    }

    /** Records waiting, about; any thread. */
    public int size() {
        return (int) Math.max(0, written - read);
    }

    /** Records dropped because the ring was full; any thread. */
    public long overflow() {
        return overflow;
    }

    /** Frees the memory. Writer and reader must have stopped. */
    @Override
    public void close() {
        arena.close();
    }

    private long position(long index) {
        return (index & capacity - 1) * Sighting.BYTES;
    }
}
