package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A counter that polls readable while it is not zero (eventfd(2)): how one thread wakes another out of poll. */
public final class EventFd implements AutoCloseable {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
    private final MemorySegment drained = arena.allocate(ValueLayout.JAVA_LONG);
    private final Descriptor fd;

    private EventFd(int number) {
        fd = new Descriptor(number);
    }

    /** A counter at zero. */
    public static EventFd open() {
        int number = Libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (number < 0) {
            throw LinuxException.of("eventfd", "0", -number);
        }
        return new EventFd(number);
    }

    public int fd() {
        return fd.number();
    }

    /** Makes the descriptor readable. Any thread, any number of times; full means it is readable already. */
    public void signal() {
        Libc.write(fd.number(), one.address(), 8);
    }

    /** Makes it unreadable again; true when it had been signalled. The waiting thread's. */
    public boolean drain() {
        return Libc.read(fd.number(), drained.address(), 8) == 8;
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}
