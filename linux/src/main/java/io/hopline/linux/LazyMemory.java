package io.hopline.linux;

import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory of which the kernel gives a page only when it is first touched (mmap(2), private and anonymous). An
 * arena's memory is written once when it is allocated, and resident from then on.
 */
public final class LazyMemory implements AutoCloseable {
    private static final int PROT_READ_WRITE = 0x3;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;

    private final MemorySegment segment;

    private LazyMemory(MemorySegment segment) {
        this.segment = segment;
    }

    /**
     * Reserves memory.
     *
     * @param bytes at least 1
     * @throws LinuxException when the address space or a limit does not allow it
     */
    public static LazyMemory reserve(long bytes) {
        long address = Libc.mmap(bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1);
        if (address < 0) {
            throw LinuxException.of("mmap", bytes + " bytes", (int) -address);
        }
        return new LazyMemory(MemorySegment.ofAddress(address).reinterpret(bytes));
    }

    /** The memory, aligned to a page. Must not be touched after {@link #close}. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        Libc.munmap(segment.address(), segment.byteSize());
    }
}
