package io.hopline.linux;

/** A file descriptor with one owner. Closing it twice does nothing the second time. */
public final class Descriptor implements AutoCloseable {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;

    private int number;

    Descriptor(int number) {
        this.number = number;
    }

    /**
     * Opens a file, closed on exec.
     *
     * @throws LinuxException naming the path
     */
    static Descriptor open(String path, int flags) {
        int fd = Libc.open(path, flags | O_CLOEXEC);
        if (fd < 0) {
            throw LinuxException.of("open", path, -fd);
        }
        return new Descriptor(fd);
    }

    /** The number that system calls take. */
    public int number() {
        if (number < 0) {
            throw new IllegalStateException("file descriptor is closed");
        }
        return number;
    }

    @Override
    public synchronized void close() {
        if (number >= 0) {
            int fd = number;
            number = -1;
            Libc.close(fd);
        }
    }
}
