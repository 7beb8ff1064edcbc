package io.hopline.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in the kernel that tells what happens there, and how its records are laid out (kernel
 * Documentation/trace/events.rst). Layouts differ from kernel to kernel, so they are read from tracefs.
 */
public final class Tracepoint {
    private static final Path TRACEFS = Path.of("/sys/kernel/tracing");
    private static final Pattern FIELD =
            Pattern.compile("\\bfield:[^;]*?([A-Za-z0-9_]+)(?:\\[[^;]*])?;\\s*offset:(\\d+);\\s*size:(\\d+);");

    private final String name;
    private final int id;
    private final Map<String, Integer> offsets;

    private Tracepoint(String name, int id, Map<String, Integer> offsets) {
        this.name = name;
        this.id = id;
        this.offsets = offsets;
    }

    /**
     * Finds a tracepoint.
     *
     * @param name such as {@code tcp:tcp_probe}
     * @throws LinuxException when tracefs is not mounted, may not be read, or has no such tracepoint
     */
    public static Tracepoint of(String name) {
        Path directory = TRACEFS.resolve("events").resolve(name.replace(':', '/'));
        try {
            if (!Files.isDirectory(TRACEFS.resolve("events"))) {
                throw new LinuxException(
                        "open", TRACEFS.toString(), Errno.ENOENT, "tracefs is not mounted, or may not be read");
            }
            if (!Files.isDirectory(directory)) {
                throw new LinuxException(
                        "open", directory.toString(), Errno.ENOENT, "this kernel has no tracepoint " + name);
            }
            return parse(name, Files.readString(directory.resolve("format")));
        } catch (IOException e) {
            throw new LinuxException("read", directory.toString(), Errno.EACCES, "tracepoint may not be read");
        }
    }

    /** @param format the text of the tracepoint's {@code format} file */
    static Tracepoint parse(String name, String format) {
        Map<String, Integer> offsets = new HashMap<>();
        Matcher fields = FIELD.matcher(format);
        while (fields.find()) {
            offsets.put(fields.group(1), Integer.valueOf(fields.group(2)));
        }
        Matcher id = Pattern.compile("(?m)^ID:\\s*(\\d+)$").matcher(format);
        if (!id.find()) {
            throw new IllegalArgumentException("no tracepoint's format: " + name);
        }
        return new Tracepoint(name, Integer.parseInt(id.group(1)), Map.copyOf(offsets));
    }

    public String name() {
        return name;
    }

    /** The number its records begin with. */
    public int id() {
        return id;
    }

    /**
     * Where a field begins in a record.
     *
     * @throws LinuxException when this kernel's records have no such field
     */
    public int offset(String field) {
        Integer offset = offsets.get(field);
        if (offset == null) {
            throw new LinuxException(
                    "read", "format of " + name, Errno.ENOENT, "this kernel's tracepoint has no field " + field);
        }
        return offset;
    }
}
