package io.hopline.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's functions, one static method each, same name, same argument order.
 *
 * <p>Each returns what the function returns, or errno negated when it failed. Pointers are plain longs: a
 * MemorySegment argument would have to be sliced for every packet, and a slice is an object. The caller keeps the
 * memory alive for the length of the call.
 */
final class Libc {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO = CAPTURE.byteOffset(PathElement.groupElement("errno"));
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    /** Where the linker leaves errno right after the call, before the JVM can overwrite it; one per thread. */
    private static final ThreadLocal<MemorySegment> STATE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE));

    private static final ThreadLocal<MemorySegment> TIMESPEC =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

    private static final MethodHandle OPEN = variadic("open", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = function("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle READ = function("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WRITE = function("write", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle IOCTL = variadic("ioctl", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle POLL = function("poll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SOCKET = function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = function("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKNAME = function("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle RECVMMSG =
            function("recvmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle SENDMMSG =
            function("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETNS = function("setns", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle UNSHARE = function("unshare", JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD = function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CREATE1 = function("epoll_create1", JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CTL =
            function("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MMAP =
            function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    /** The C library has no function for perf_event_open(2). */
    private static final MethodHandle SYSCALL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            CAPTURE_ERRNO,
            Linker.Option.firstVariadicArg(1));
    /** Of x86-64 (asm/unistd_64.h), and of arm64 (asm-generic/unistd.h). */
    private static final long PERF_EVENT_OPEN = System.getProperty("os.arch").equals("aarch64") ? 241 : 298;

    private static final MethodHandle STRERROR = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
    /** Critical: it never blocks, and without the thread's state change it costs half. */
    private static final MethodHandle CLOCK_GETTIME = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("clock_gettime"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG),
            Linker.Option.critical(false));

    private Libc() {}

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments), CAPTURE_ERRNO);
    }

    /** open(2) and ioctl(2) are declared with "..." after their second argument. */
    private static MethodHandle variadic(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                CAPTURE_ERRNO,
                Linker.Option.firstVariadicArg(2));
    }

    private static int negated(MemorySegment state) {
        return -state.get(JAVA_INT, ERRNO);
    }

    /** A foreign call itself throws nothing; what comes here is an error of the JVM. */
    private static AssertionError impossible(Throwable cause) {
        return new AssertionError("foreign call failed", cause);
    }

    static int open(String path, int flags) {
        MemorySegment state = STATE.get();
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int close(int fd) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) CLOSE.invokeExact(state, fd);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int read(int fd, long address, long bytes) {
        MemorySegment state = STATE.get();
        try {
            long result = (long) READ.invokeExact(state, fd, address, bytes);
            return result >= 0 ? (int) result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int write(int fd, long address, long bytes) {
        MemorySegment state = STATE.get();
        try {
            long result = (long) WRITE.invokeExact(state, fd, address, bytes);
            return result >= 0 ? (int) result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int ioctl(int fd, long request, long argument) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) IOCTL.invokeExact(state, fd, request, argument);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int poll(long pollfds, int count, int timeoutMs) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) POLL.invokeExact(state, pollfds, (long) count, timeoutMs);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int socket(int family, int type, int protocol) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) SOCKET.invokeExact(state, family, type, protocol);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int bind(int fd, long sockaddr, int bytes) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) BIND.invokeExact(state, fd, sockaddr, bytes);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int getsockname(int fd, long sockaddr, long bytes) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) GETSOCKNAME.invokeExact(state, fd, sockaddr, bytes);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int setsockopt(int fd, int level, int name, long value, int bytes) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) SETSOCKOPT.invokeExact(state, fd, level, name, value, bytes);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int getsockopt(int fd, int level, int name, long value, long bytes) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) GETSOCKOPT.invokeExact(state, fd, level, name, value, bytes);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int recvmmsg(int fd, long headers, int count, int flags) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) RECVMMSG.invokeExact(state, fd, headers, count, flags, 0L);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int sendmmsg(int fd, long headers, int count, int flags) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) SENDMMSG.invokeExact(state, fd, headers, count, flags);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int unshare(int flags) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) UNSHARE.invokeExact(state, flags);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int setns(int fd, int type) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) SETNS.invokeExact(state, fd, type);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int eventfd(int initial, int flags) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) EVENTFD.invokeExact(state, initial, flags);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int epollCreate1(int flags) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) EPOLL_CREATE1.invokeExact(state, flags);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int epollCtl(int epfd, int operation, int fd, long event) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) EPOLL_CTL.invokeExact(state, epfd, operation, fd, event);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Maps memory where the kernel likes, {@code fd} -1 for what is no file's; the address, or errno negated. */
    static long mmap(long bytes, int protection, int flags, int fd) {
        MemorySegment state = STATE.get();
        try {
            long result = (long) MMAP.invokeExact(state, 0L, bytes, protection, flags, fd, 0L);
            return result != -1 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int munmap(long address, long bytes) {
        MemorySegment state = STATE.get();
        try {
            int result = (int) MUNMAP.invokeExact(state, address, bytes);
            return result >= 0 ? result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** perf_event_open(2) of all processes on one processor, in no group; the file descriptor, or errno negated. */
    static int perfEventOpen(long attr, int cpu, long flags) {
        MemorySegment state = STATE.get();
        try {
            long result = (long) SYSCALL.invokeExact(state, PERF_EVENT_OPEN, attr, -1L, (long) cpu, -1L, flags);
            return result >= 0 ? (int) result : negated(state);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static String strerror(int errno) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(1024).getString(0);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** Nanoseconds of a clock that exists, which makes the call unable to fail. */
    static long clockGettime(int clock) {
        MemorySegment timespec = TIMESPEC.get();
        try {
            int ignored = (int) CLOCK_GETTIME.invokeExact(clock, timespec.address());
            return timespec.get(JAVA_LONG, 0) * 1_000_000_000L + timespec.get(JAVA_LONG, 8);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }
}
