package io.hopline.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Classic BPF filters that look at headers and match nothing, in front of a device's queue or behind its arrival: CPU load that each
 * IPv4 packet has to wait for, in the kernel it passes. A kernel without netem has these.
 */
final class SlowFilters implements AutoCloseable {
    /** {@code SKF_AD_OFF + SKF_AD_PAY_OFFSET} of linux/filter.h: the kernel dissects the packet's headers anew. */
    private static final long PAYLOAD_OFFSET = 0xffff_f000L + 52;

    private static final int DISSECTIONS = 200;

    private final List<String> tc;

    private SlowFilters(List<String> tc) {
        this.tc = tc;
    }

    /**
     * Puts filters, of which each takes some ten microseconds, how many depends on the machine.
     *
     * @param direction {@code ingress}, which is behind the kernel's stamps, or {@code egress}, which is before them
     */
    static SlowFilters put(String netns, String device, String direction, int count) throws IOException {
        var tc = List.of("ip", "netns", "exec", netns, "tc");
        run(tc, "qdisc", "add", "dev", device, "clsact");
        var filters =
                new SlowFilters(List.of("ip", "netns", "exec", netns, "tc", "qdisc", "del", "dev", device, "clsact"));
        Path bytecode = Files.createTempFile("slow", ".bpf");
        Path batch = Files.createTempFile("slow", ".tc");
        try {
            Files.writeString(bytecode, bytecode());
            var lines = new StringBuilder();
            for (int i = 1; i <= count; i++) {
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

    /** Has the headers dissected again and again (opcodes of linux/bpf_common.h), then returns "no match". */
    private static String bytecode() {
        var program = new StringBuilder(DISSECTIONS + 1 + ",");
        for (int i = 0; i < DISSECTIONS; i++) {
            program.append("32 0 0 ").append(PAYLOAD_OFFSET).append(',');
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
