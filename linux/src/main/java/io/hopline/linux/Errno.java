package io.hopline.linux;

/** The error numbers this code tells apart (asm-generic/errno.h; the same on x86-64 and arm64). */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EAGAIN = 11;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int EBADFD = 77;
    public static final int EMSGSIZE = 90;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETDOWN = 100;
    public static final int ENETUNREACH = 101;
    public static final int ENOBUFS = 105;

    private Errno() {}

    /** The C library's words for an error number, e.g. "Operation not permitted". */
    public static String text(int errno) {
        return Libc.strerror(errno);
    }

    /** True when the kernel's queue is full and a later try may succeed. */
    public static boolean isQueueFull(int errno) {
        return errno == EAGAIN || errno == ENOBUFS;
    }
}
