package io.hopline.sla;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where finished steps of a {@link LatencyHistory} outlive the process: rows of bytes, each one service's over one step.
 * All times are CLOCK_REALTIME milliseconds. Any thread may call; a call blocks its caller only.
 */
public interface HistogramArchive extends AutoCloseable {
    /** How long steps are, and how long they are kept; each is made of the ones before. */
    enum Tier {
        MINUTE(Duration.ofMinutes(1), Duration.ofHours(24)),
        TEN_MINUTES(Duration.ofMinutes(10), Duration.ofDays(4)),
        HOUR(Duration.ofHours(1), Duration.ofDays(35));

        private final long lengthMs;
        private final long keepMs;

        Tier(Duration length, Duration keep) {
            this.lengthMs = length.toMillis();
            this.keepMs = keep.toMillis();
        }

        public long lengthMs() {
            return lengthMs;
        }

        public long keepMs() {
            return keepMs;
        }

        /** Start of the step that holds a time. */
        long floor(long ms) {
            return Math.floorDiv(ms, lengthMs) * lengthMs;
        }

        /** Start of the first step that does not begin before a time. */
        long ceil(long ms) {
            return Math.ceilDiv(ms, lengthMs) * lengthMs;
        }
    }

    /** One service's step, as {@link HistogramRows} wrote it. */
    record Row(String service, long startMs, byte[] bytes) {}

    /**
     * Puts rows of one step in the place of those that are there, all or none.
     *
     * @param rows by service
     * @throws RuntimeException when they could not be written
     */
    void write(Tier tier, long startMs, Map<String, byte[]> rows);

    /**
     * Reads rows in order of their start.
     *
     * @param service null for all services
     * @param fromMs start of the first step that counts
     * @param toMs start of the first step that counts no more
     */
    void read(Tier tier, @Nullable String service, long fromMs, long toMs, Consumer<Row> rows);

    /** Start of the first step, from a time on, that has a row. */
    OptionalLong first(Tier tier, long fromMs);

    /** Start of the last step that has a row. */
    OptionalLong last(Tier tier);

    /** Deletes the steps that start before a time. */
    void deleteBefore(Tier tier, long ms);

    @Override
    void close();
}
