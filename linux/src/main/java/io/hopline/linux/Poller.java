package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Waits until one of a few file descriptors is readable (poll(2)). One thread owns it; polling allocates nothing.
 *
 * <p>Each descriptor has a slot, 0 to {@code capacity - 1}, which the owner chooses. A descriptor that fails stays ready
 * until its slot is cleared, as poll(2) has it.
 */
public final class Poller implements AutoCloseable {
    private static final int POLLFD_BYTES = 8;
    private static final short POLLIN = 0x1;
    private static final short POLLERR = 0x8;
    private static final short POLLHUP = 0x10;
    private static final short POLLNVAL = 0x20;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment pollfds;
    private final int capacity;
    private int used;

    /** @param capacity number of slots, 1 to 65536 */
    public Poller(int capacity) {
        if (capacity < 1 || capacity > 65_536) {
            throw new IllegalArgumentException("a poller has 1 to 65536 slots, not " + capacity);
        }
        this.capacity = capacity;
        pollfds = arena.allocate((long) capacity * POLLFD_BYTES, 8);
        for (int slot = 0; slot < capacity; slot++) {
            clear(slot);
        }
    }

    public int capacity() {
        return capacity;
    }

    /** Watches a descriptor for reading in the given slot. */
    public void watch(int slot, int fd) {
        long at = at(slot);
        pollfds.set(ValueLayout.JAVA_INT, at, fd);
        pollfds.set(ValueLayout.JAVA_SHORT, at + 4, POLLIN);
        pollfds.set(ValueLayout.JAVA_SHORT, at + 6, (short) 0);
        used = Math.max(used, slot + 1);
    }

    /** Stops watching what the slot watched; poll(2) skips negative numbers. */
    public void clear(int slot) {
        long at = at(slot);
        pollfds.set(ValueLayout.JAVA_INT, at, -1);
        pollfds.set(ValueLayout.JAVA_INT, at + 4, 0);
    }

    private long at(int slot) {
        return (long) Objects.checkIndex(slot, capacity) * POLLFD_BYTES;
    }

    /**
     * Waits until a watched descriptor is readable or has failed.
     *
     * @param timeoutMs longest wait; 0 looks only, -1 waits for ever
     * @return number of ready slots; 0 after the timeout or when a signal came
     */
    public int poll(int timeoutMs) {
        return poll(timeoutMs, used);
    }

    /**
     * As {@link #poll(int)}, of the first slots only; what was found of the others before stays as it was.
     *
     * @param slots how many, at most the capacity
     */
    public int poll(int timeoutMs, int slots) {
        Objects.checkFromIndexSize(0, slots, capacity);
        int ready = Libc.poll(pollfds.address(), slots, timeoutMs);
        if (ready < 0) {
            if (ready == -Errno.EINTR) {
                return 0;
            }
            throw LinuxException.of("poll", slots + " descriptors", -ready);
        }
        return ready;
    }

    /** True when the last poll found the slot readable. */
    public boolean readable(int slot) {
        return (pollfds.get(ValueLayout.JAVA_SHORT, at(slot) + 6) & POLLIN) != 0;
    }

    /** True when the last poll found an error, a hang-up or a closed descriptor, whether or not it is also readable. */
    public boolean failed(int slot) {
        return (pollfds.get(ValueLayout.JAVA_SHORT, at(slot) + 6) & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
