package io.hopline.linux;

/** A system call failed. The message names the call, its arguments and errno's text. */
public final class LinuxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    /**
     * @param call the system call or tool, e.g. {@code ioctl TUNSETIFF}
     * @param arguments its arguments in words, e.g. {@code name 'tap0'}
     * @param errno the error number, 0 when the failure has none
     * @param text what the failure means to the reader
     */
    public LinuxException(String call, String arguments, int errno, String text) {
        super(call + "(" + arguments + "): " + text + (errno == 0 ? "" : " (errno " + errno + ")"));
        this.call = call;
        this.errno = errno;
    }

    /** A failure told in the C library's words, with what to do about missing privileges. */
    public static LinuxException of(String call, String arguments, int errno) {
        String hint = errno == Errno.EPERM ? "; this needs root (CAP_NET_ADMIN, CAP_NET_RAW)" : "";
        return new LinuxException(call, arguments, errno, Errno.text(errno) + hint);
    }

    public String call() {
        return call;
    }

    /** The error number, 0 when the failure has none. */
    public int errno() {
        return errno;
    }
}
