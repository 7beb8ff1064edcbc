package io.hopline.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One switch's books, read from its metrics while nothing moves: what came in, and what was made here, is what went out, and
 * what was dropped under a reason.
 *
 * <p>A port counts as received what it handed to the switch. What it had to refuse before that (no slot free, a broken VXLAN
 * header) it counts as a drop only, so that is added to what came in.
 *
 * @param in frames received, by port
 * @param out frames sent, by port
 * @param drops frames dropped by ports and switch together, by reason
 * @param refused those of the drops that no port counts as received
 * @param copies frames that groups made
 * @param errors ICMP errors that the switch made
 * @param poolFree free frame slots
 * @param poolFrames frame slots
 * @param allocatedBytes what the workers have allocated
 */
record SoakLedger(
        Map<String, Long> in,
        Map<String, Long> out,
        Map<String, Long> drops,
        long refused,
        long copies,
        long errors,
        long poolFree,
        long poolFrames,
        long allocatedBytes) {
    private static final Pattern LINE = Pattern.compile("(hopline_\\w+)\\{(.*)} ([0-9.E+]+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

    /** Reads a node's books; {@code copies} is what its groups have counted. */
    static SoakLedger read(String metricsUrl, long copies) throws IOException {
        try (InputStream in = URI.create(metricsUrl).toURL().openStream()) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), copies);
        }
    }

    /** Reads Prometheus' text. */
    static SoakLedger parse(String metrics, long copies) {
        Map<String, Long> in = new TreeMap<>();
        Map<String, Long> out = new TreeMap<>();
        Map<String, Long> drops = new TreeMap<>();
        Map<String, Long> bySwitch = new TreeMap<>();
        Map<String, Long> pool = new TreeMap<>();
        Map<String, BiConsumer<Map<String, String>, Long>> readers = Map.of(
                "hopline_port_rx_frames_total", (labels, n) -> in.merge(labels.getOrDefault("port", ""), n, Long::sum),
                "hopline_port_tx_frames_total", (labels, n) -> out.merge(labels.getOrDefault("port", ""), n, Long::sum),
                "hopline_port_drops_total", (labels, n) -> drops.merge(reason(labels), n, Long::sum),
                "hopline_switch_drops_total", (labels, n) -> bySwitch.merge(reason(labels), n, Long::sum),
                "hopline_pool_free_frames", (labels, n) -> pool.merge("free", n, Long::sum),
                "hopline_pool_frames", (labels, n) -> pool.merge("all", n, Long::sum),
                "hopline_worker_allocated_bytes_total", (labels, n) -> pool.merge("allocated", n, Long::sum));
        metrics.lines().forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            var reader = matcher.matches() ? readers.get(matcher.group(1)) : null;
            if (reader != null) {
                Map<String, String> labels = new LinkedHashMap<>();
                LABEL.matcher(matcher.group(2)).results().forEach(label -> labels.put(label.group(1), label.group(2)));
                reader.accept(labels, (long) Double.parseDouble(matcher.group(3)));
            }
        });
        drops.values().removeIf(n -> n == 0);
        long poolEmpty = drops.getOrDefault("pool_empty", 0L) - bySwitch.getOrDefault("pool_empty", 0L);
        return new SoakLedger(
                in,
                out,
                drops,
                poolEmpty + drops.getOrDefault("vxlan_malformed", 0L),
                copies,
                bySwitch.getOrDefault("fragmentation_needed", 0L),
                pool.getOrDefault("free", -1L),
                pool.getOrDefault("all", 0L),
                pool.getOrDefault("allocated", 0L));
    }

    private static String reason(Map<String, String> labels) {
        return labels.getOrDefault("reason", "");
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(n -> n).sum();
    }

    /** The same traffic: allocation goes on, because being asked costs some. */
    boolean isAsBefore(SoakLedger before) {
        return in.equals(before.in) && out.equals(before.out) && drops.equals(before.drops);
    }

    /** Frames nobody accounts for; negative when more went out than there were. */
    long missing() {
        return sum(in) + refused + copies + errors - sum(out) - sum(drops);
    }

    long leakedSlots() {
        return poolFrames - poolFree;
    }

    /** The books as a table. */
    String table(String name) {
        StringBuilder table = new StringBuilder();
        row(table, "switch " + name + ": frames in", sum(in), in.toString());
        row(table, "  refused before they were in", refused, "");
        row(table, "  copies made by flooding", copies, "");
        row(table, "  ICMP errors made", errors, "");
        row(table, "  frames out", -sum(out), out.toString());
        row(table, "  dropped", -sum(drops), drops.toString());
        row(table, "  unaccounted for", missing(), missing() == 0 ? "" : "MUST BE 0");
        row(table, "  frame slots not free", leakedSlots(), leakedSlots() == 0 ? "of " + poolFrames : "MUST BE 0");
        row(
                table,
                "  bytes the workers allocated",
                allocatedBytes,
                "%.1f a frame".formatted((double) allocatedBytes / Math.max(1, sum(in))));
        return table.toString();
    }

    private static void row(StringBuilder table, String what, long count, String detail) {
        table.append(String.format(Locale.ROOT, "%-34s %,14d  %s%n", what, count, detail));
    }
}
