package io.hopline.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Writes an initramfs: a cpio archive in the "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst of
 * the kernel). Archives may be put one after the other in one file; later files replace earlier ones. Everything belongs to
 * root and has no date, so that the same content makes the same bytes.
 */
final class CpioArchive implements AutoCloseable {
    private static final int DIRECTORY = 0040755;
    private static final int REGULAR = 0100644;
    private static final int EXECUTABLE = 0100755;
    private static final int SYMBOLIC_LINK = 0120777;
    private static final String TRAILER = "TRAILER!!!";

    private final OutputStream out;
    private final Set<String> directories = new HashSet<>();
    private int inode;

    /** Writes to {@code out}, which is closed with the archive. */
    CpioArchive(OutputStream out) {
        this.out = out;
    }

    /** Adds a directory and those above it that are not there yet. */
    void directory(String path) throws IOException {
        int slash = path.lastIndexOf('/');
        if (slash > 0) {
            directory(path.substring(0, slash));
        }
        if (directories.add(path)) {
            entry(path, DIRECTORY, new byte[0]);
        }
    }

    /** Adds a file, and the directories above it. */
    void file(String path, byte[] content, boolean executable) throws IOException {
        int slash = path.lastIndexOf('/');
        if (slash > 0) {
            directory(path.substring(0, slash));
        }
        entry(path, executable ? EXECUTABLE : REGULAR, content);
    }

    void file(String path, String content, boolean executable) throws IOException {
        file(path, content.getBytes(StandardCharsets.UTF_8), executable);
    }

    /** Adds a copy of a file of this machine; links are followed. */
    void copy(Path from, String path, boolean executable) throws IOException {
        file(path, Files.readAllBytes(from), executable);
    }

    void link(String path, String target) throws IOException {
        entry(path, SYMBOLIC_LINK, target.getBytes(StandardCharsets.UTF_8));
    }

    private void entry(String path, int mode, byte[] content) throws IOException {
        byte[] name = (path + '\0').getBytes(StandardCharsets.UTF_8);
        String header = String.format(
                Locale.ROOT,
                "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
                ++inode,
                mode,
                0, // uid
                0, // gid
                1, // links
                0, // mtime
                content.length,
                0, // device
                0,
                0, // special file's device
                0,
                name.length,
                0); // checksum, not used by this format
        out.write(header.getBytes(StandardCharsets.US_ASCII));
        out.write(name);
        pad(header.length() + name.length);
        out.write(content);
        pad(content.length);
    }

    private void pad(int written) throws IOException {
        out.write(new byte[-written & 3]);
    }

    @Override
    public void close() throws IOException {
        entry(TRAILER, 0, new byte[0]);
        out.close();
    }
}
