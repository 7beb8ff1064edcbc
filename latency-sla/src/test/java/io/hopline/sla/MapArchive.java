package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An archive in memory, whose rows a test can look at and damage. */
final class MapArchive implements HistogramArchive {
    private final Map<Tier, TreeMap<Long, TreeMap<String, byte[]>>> rows = new TreeMap<>();
    /** Steps read. */
    int reads;

    boolean refusing;

    TreeMap<Long, TreeMap<String, byte[]>> steps(Tier tier) {
        return rows.computeIfAbsent(tier, key -> new TreeMap<>());
    }

    @Override
    public void write(Tier tier, long startMs, Map<String, byte[]> written) {
        if (refusing) {
            throw new IllegalStateException("the disk is full");
        }
        steps(tier).computeIfAbsent(startMs, key -> new TreeMap<>()).putAll(written);
    }

    @Override
    public void read(Tier tier, @Nullable String service, long fromMs, long toMs, Consumer<Row> visitor) {
        if (fromMs >= toMs) {
            return;
        }
        List<Row> found = new ArrayList<>();
        steps(tier)
                .subMap(fromMs, toMs)
                .forEach((start, services) -> services.forEach((name, bytes) -> {
                    if (service == null || service.equals(name)) {
                        found.add(new Row(name, start, bytes));
                    }
                }));
        reads += found.size();
        found.forEach(visitor);
    }

    @Override
    public OptionalLong first(Tier tier, long fromMs) {
        Long start = steps(tier).ceilingKey(fromMs);
        return start == null ? OptionalLong.empty() : OptionalLong.of(start);
    }

    @Override
    public OptionalLong last(Tier tier) {
        return steps(tier).isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(steps(tier).lastKey());
    }

    @Override
    public void deleteBefore(Tier tier, long ms) {
        steps(tier).headMap(ms).clear();
    }

    long bytes(Tier tier) {
        return steps(tier).values().stream()
                .flatMap(services -> services.values().stream())
                .mapToLong(bytes -> bytes.length)
                .sum();
    }

    @Override
    public void close() {}
}
