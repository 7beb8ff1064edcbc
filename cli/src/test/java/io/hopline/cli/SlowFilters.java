package io.hopline.cli;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Packet filters that match nothing and keep the processor until a time is over, behind a device's arrival: CPU load that each IPv4
 * packet has to wait for, in the kernel it passes and behind the kernel's stamps. A kernel without netem has these. They look at the clock,
 * as the same work takes a third longer from one second to the next where others use the other half of the core.
 */
final class SlowFilters implements AutoCloseable {
    /** As long as one filter may take: the kernel walks each round of its loop before it takes the program. */
    private static final int LONGEST_US = 500;

    /** More rounds than fit into that; a look at the clock takes some tens of nanoseconds. */
    private static final int ROUNDS = 60_000;

    /** bpf(2), its commands, and the program's kind, of linux/bpf.h. */
    private static final long BPF = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;

    private static final int PROG_LOAD = 5;
    private static final int OBJ_PIN = 6;
    private static final int SCHED_CLS = 3;
    private static final long ATTRIBUTES_BYTES = 48;

    private final List<String> tc;
    private final String device;
    private final Path pins;

    private SlowFilters(String netns, String device, Path pins) {
        tc = List.of("ip", "netns", "exec", netns, "tc");
        this.device = device;
        this.pins = pins;
    }

    /** Has each packet that arrives at a device wait for so long. */
    static SlowFilters put(String netns, String device, int delayUs) throws Exception {
        int count = (delayUs + LONGEST_US - 1) / LONGEST_US;
        Path pins = Files.createTempDirectory("slow");
        Program.run("mount", "-t", "bpf", "bpf", pins.toString());
        var filters = new SlowFilters(netns, device, pins);
        try {
            Path program = pins.resolve("slow");
            load(delayUs * 1_000 / count, program);
            filters.tc("qdisc", "add", "dev", device, "clsact");
            for (int i = 1; i <= count; i++) {
                filters.tc(
                        "filter",
                        "add",
                        "dev",
                        device,
                        "ingress",
                        "prio",
                        String.valueOf(i),
                        "protocol",
                        "ip",
                        "bpf",
                        "object-pinned",
                        program.toString());
            }
            return filters;
        } catch (Exception failure) {
            filters.close();
            throw failure;
        }
    }

    /** Instructions of RFC 9669: until the clock says that the time is over, or the rounds are. */
    private static long[] instructions(int delayNs) {
        return new long[] {
            instruction(0x85, 0, 0, 0, 5), // r0 = bpf_ktime_get_ns()
            instruction(0xbf, 6, 0, 0, 0), // r6 = r0
            instruction(0x07, 6, 0, 0, delayNs), // r6 += delay
            instruction(0xb7, 7, 0, 0, 0), // r7 = 0
            instruction(0x85, 0, 0, 0, 5), // again: r0 = bpf_ktime_get_ns()
            instruction(0xad, 0, 6, 2, 0), // if r0 < r6 goto on
            instruction(0xb7, 0, 0, 0, 0), // r0 = 0, no match
            instruction(0x95, 0, 0, 0, 0), // exit
            instruction(0x07, 7, 0, 0, 1), // on: r7 += 1
            instruction(0xa5, 7, 0, -6, ROUNDS), // if r7 < rounds goto again
            instruction(0xb7, 0, 0, 0, 0),
            instruction(0x95, 0, 0, 0, 0),
        };
    }

    private static long instruction(int code, int destination, int source, int offset, int immediate) {
        return code | (long) destination << 8 | (long) source << 12 | (offset & 0xffffL) << 16 | (long) immediate << 32;
    }

    /** Loads the program and gives it a name in the file system. */
    private static void load(int delayNs, Path name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocateFrom(JAVA_LONG, instructions(delayNs));
            MemorySegment load = arena.allocate(ATTRIBUTES_BYTES, 8);
            load.set(JAVA_INT, 0, SCHED_CLS);
            load.set(JAVA_INT, 4, (int) (program.byteSize() / 8));
            load.set(JAVA_LONG, 8, program.address());
            load.set(JAVA_LONG, 16, arena.allocateFrom("Apache-2.0").address());
            long fd = bpf(PROG_LOAD, load);
            MemorySegment pin = arena.allocate(ATTRIBUTES_BYTES, 8);
            pin.set(JAVA_LONG, 0, arena.allocateFrom(name.toString()).address());
            pin.set(JAVA_INT, 8, (int) fd);
            bpf(OBJ_PIN, pin);
            // The descriptor goes with this process; the file is what tc takes.
        }
    }

    private static long bpf(int command, MemorySegment attributes) throws IOException {
        Linker linker = Linker.nativeLinker();
        var syscall = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                Linker.Option.firstVariadicArg(1));
        try {
            long result = (long) syscall.invokeExact(BPF, (long) command, attributes.address(), ATTRIBUTES_BYTES);
            if (result < 0) {
                throw new IOException("bpf(2), command " + command + ", failed");
            }
            return result;
        } catch (IOException failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void tc(String... arguments) {
        var command = new ArrayList<>(tc);
        command.addAll(List.of(arguments));
        Program.run(command.toArray(String[]::new));
    }

    @Override
    public void close() throws IOException {
        try {
            tc("qdisc", "del", "dev", device, "clsact");
        } finally {
            Program.run("umount", pins.toString());
            Files.delete(pins);
        }
    }
}
