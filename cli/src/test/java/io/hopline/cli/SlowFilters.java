package io.hopline.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Classic BPF filters that compute and match nothing, in front of a device's queue or behind its arrival: CPU load that each
 * IPv4 packet has to wait for, in the kernel it passes. A kernel without netem has these.
 */
final class SlowFilters implements AutoCloseable {
    /** A netlink message of tc's has room for about 2,000 instructions. */
    private static final int DIVISIONS = 900;

    /** What one costs on a core of 2023, about. */
    private static final double FILTER_US = 5.5;

    private final List<String> tc;

    private SlowFilters(List<String> tc) {
        this.tc = tc;
    }

    /** @param direction {@code ingress}, which is behind the kernel's stamps, or {@code egress}, which is before them */
    static SlowFilters put(String netns, String device, String direction, int delayUs) throws IOException {
        var tc = List.of("ip", "netns", "exec", netns, "tc");
        run(tc, "qdisc", "add", "dev", device, "clsact");
        var filters =
                new SlowFilters(List.of("ip", "netns", "exec", netns, "tc", "qdisc", "del", "dev", device, "clsact"));
        Path bytecode = Files.createTempFile("slow", ".bpf");
        Path batch = Files.createTempFile("slow", ".tc");
        try {
            Files.writeString(bytecode, bytecode());
            var lines = new StringBuilder();
            for (int i = 1; i <= Math.round(delayUs / FILTER_US); i++) {
                lines.append("filter add dev %s %s prio %d protocol ip bpf bytecode-file %s%n"
                        .formatted(device, direction, i, bytecode));
            }
            Files.writeString(batch, lines);
            run(tc, "-batch", batch.toString());
            return filters;
        } catch (IOException | RuntimeException failure) {
            filters.close();
            throw failure;
        } finally {
            Files.delete(bytecode);
            Files.delete(batch);
        }
    }

    /** Loads 4,000,000,000 and divides it by 3, again and again (opcodes of linux/bpf_common.h), then returns "no match". */
    private static String bytecode() {
        var program = new StringBuilder(2 * DIVISIONS + 1 + ",");
        for (int i = 0; i < DIVISIONS; i++) {
            program.append("0 0 0 4000000000,52 0 0 3,");
        }
        return program.append("6 0 0 0").toString();
    }

    private static void run(List<String> program, String... arguments) {
        var command = new ArrayList<>(program);
        command.addAll(List.of(arguments));
        Program.run(command.toArray(String[]::new));
    }

    @Override
    public void close() {
        Program.run(tc.toArray(String[]::new));
    }
}
