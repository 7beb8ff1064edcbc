package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One descriptor that polls readable while any of its members does (epoll(7), level-triggered). */
public final class ReadinessGroup implements AutoCloseable {
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLIN = 1;

    private final Descriptor epoll;

    private ReadinessGroup(int fd) {
        epoll = new Descriptor(fd);
    }

    /** An empty group, never readable. */
    public static ReadinessGroup open() {
        int fd = Libc.epollCreate1(EPOLL_CLOEXEC);
        if (fd < 0) {
            throw LinuxException.of("epoll_create1", "EPOLL_CLOEXEC", -fd);
        }
        return new ReadinessGroup(fd);
    }

    /** Adds a member, which leaves when it is closed. */
    public void add(int fd) {
        control(EPOLL_CTL_ADD, "EPOLL_CTL_ADD", fd);
    }

    /** Takes out a member that is open. */
    public void remove(int fd) {
        control(EPOLL_CTL_DEL, "EPOLL_CTL_DEL", fd);
    }

    private void control(int operation, String name, int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(16, 8);
            event.set(ValueLayout.JAVA_INT, 0, EPOLLIN);
            int result = Libc.epollCtl(epoll.number(), operation, fd, event.address());
            if (result < 0) {
                throw LinuxException.of("epoll_ctl " + name, "descriptor " + fd, -result);
            }
        }
    }

    /** The descriptor to poll. */
    public int fd() {
        return epoll.number();
    }

    @Override
    public void close() {
        epoll.close();
    }
}
