package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** socket(2), bind(2), setsockopt(2) as the sockets here need them; failures throw. Control side. */
final class SocketOptions {
    static final int SOCK_RAW = 3;
    static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    static final int SOL_SOCKET = 1;
    static final int SO_ERROR = 4;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    static final int SO_REUSEPORT = 15;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    static final int SO_TIMESTAMPNS = 35;
    static final int SO_TIMESTAMPING = 37;

    private SocketOptions() {}

    static Descriptor socket(String what, int family, int type, int protocol) {
        int fd = Libc.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        if (fd < 0) {
            throw LinuxException.of("socket", what, -fd);
        }
        return new Descriptor(fd);
    }

    static void set(Descriptor socket, int level, int option, String name, int value) {
        int result = trySet(socket, level, option, value);
        if (result < 0) {
            throw LinuxException.of("setsockopt " + name, Integer.toString(value), -result);
        }
    }

    /** Sets an option; 0 or errno negated. */
    static int trySet(Descriptor socket, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_INT, value);
            return Libc.setsockopt(socket.number(), level, option, memory.address(), 4);
        }
    }

    static int value(Descriptor socket, int level, int option, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(16, 8);
            memory.set(ValueLayout.JAVA_INT, 8, 4);
            int result = Libc.getsockopt(socket.number(), level, option, memory.address(), memory.address() + 8);
            if (result < 0) {
                throw LinuxException.of("getsockopt " + name, "", -result);
            }
            return memory.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** Asks for kernel buffers of this size both ways; without privilege the kernel's maximum has to do. */
    static void buffers(Descriptor socket, int bytes) {
        if (trySet(socket, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0) {
            set(socket, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", bytes);
        }
        if (trySet(socket, SOL_SOCKET, SO_SNDBUFFORCE, bytes) < 0) {
            set(socket, SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", bytes);
        }
    }

    static void attach(Descriptor socket, BpfProgram filter) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(16, 8);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) filter.length());
            program.set(ValueLayout.JAVA_LONG, 8, filter.write(arena).address());
            int result = Libc.setsockopt(socket.number(), SOL_SOCKET, SO_ATTACH_FILTER, program.address(), 16);
            if (result < 0) {
                throw LinuxException.of("setsockopt SO_ATTACH_FILTER", filter.length() + " instructions", -result);
            }
        }
    }

    static void bind(Descriptor socket, MemorySegment sockaddr, String what) {
        int result = Libc.bind(socket.number(), sockaddr.address(), (int) sockaddr.byteSize());
        if (result < 0) {
            throw LinuxException.of("bind", what, -result);
        }
    }
}
