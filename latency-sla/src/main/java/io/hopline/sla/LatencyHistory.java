package io.hopline.sla;

import io.hopline.sla.HistogramArchive.Tier;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Histograms per service over time. The last minutes are in memory, in steps of ten seconds over the last
 * {@value #FINE_MINUTES} minutes, which is what one looks at while something runs, and of a minute before; what is older is in
 * the archive, if there is one. Services beyond {@value #MAX_SERVICES} are not kept.
 *
 * <p>Safe for use by several threads. Counting never waits for the archive: {@link #store} and {@link #rollUp} are for a
 * thread in the background. All times are CLOCK_REALTIME.
 */
public final class LatencyHistory {
    public static final int MAX_SERVICES = 256;

    public static final int FINE_MINUTES = 10;
    /** With an archive, minutes stay in memory this long after they are over: for sightings that come late. */
    public static final int MEMORY_MINUTES = 20;

    private static final Logger LOG = LoggerFactory.getLogger(LatencyHistory.class);
    private static final long MS_NS = 1_000_000;
    private static final long MINUTE_MS = StepCells.MINUTE_MS;
    /** Joining takes a second or so; a minute is stored when it has been over for this long. */
    private static final long SETTLE_MS = 5_000;
    /** A stamp from further in the future is a wrong clock's. */
    private static final long FUTURE_MS = 2 * MINUTE_MS;

    private final int memoryMinutes;
    private final @Nullable HistogramArchive archive;
    private final LongSupplier clockMs;
    private final Map<String, StepCells> services = new HashMap<>();
    private final Map<Tier, Long> rolledToMs = new EnumMap<>(Tier.class);
    private long newestMs = Long.MIN_VALUE;
    private long memoryFromMs = Long.MIN_VALUE;
    private long notKept;
    private long damagedRows;

    /**
     * What was counted over a stretch of time.
     *
     * @param fromMs milliseconds
     * @param toMs where the next slot begins
     */
    public record Slot(long fromMs, long toMs, HopHistograms histograms) {
        Slot outline() {
            return new Slot(fromMs, toMs, histograms.outline());
        }
    }

    /** Keeps this many minutes in memory, the oldest go first. */
    public LatencyHistory(int keepMinutes) {
        this(keepMinutes, null, () -> Long.MAX_VALUE / 2);
    }

    /**
     * Goes on where the archive ends.
     *
     * @param clockMs tells the time, milliseconds
     */
    public LatencyHistory(HistogramArchive archive, LongSupplier clockMs) {
        this(MEMORY_MINUTES, archive, clockMs);
        newestMs = StepCells.minute(clockMs.getAsLong());
        memoryFromMs = newestMs - memoryMinutes * MINUTE_MS;
        for (Tier tier : new Tier[] {Tier.TEN_MINUTES, Tier.HOUR}) {
            rolledToMs.put(tier, rolledTo(archive, tier));
        }
        archive.read(Tier.MINUTE, null, memoryFromMs, Long.MAX_VALUE, row -> {
            StepCells cells = cells(row.service());
            HopHistograms histograms = new HopHistograms();
            if (cells != null && add(histograms, row)) {
                cells.restore(row.startMs(), histograms);
            }
        });
    }

    private LatencyHistory(int memoryMinutes, @Nullable HistogramArchive archive, LongSupplier clockMs) {
        if (memoryMinutes < 1) {
            throw new IllegalArgumentException("keepMinutes " + memoryMinutes + " must be at least 1");
        }
        this.memoryMinutes = memoryMinutes;
        this.archive = archive;
        this.clockMs = clockMs;
    }

    private long rolledTo(HistogramArchive rows, Tier tier) {
        var last = rows.last(tier);
        if (last.isPresent()) {
            return last.getAsLong() + tier.lengthMs();
        }
        return tier.floor(rows.first(Tier.MINUTE, Long.MIN_VALUE).orElse(memoryFromMs));
    }

    /** Minutes that may be asked for. */
    public int keepMinutes() {
        return archive == null ? memoryMinutes : (int) (Tier.HOUR.keepMs() / MINUTE_MS);
    }

    /** Counts a request that stands for itself alone, at its start. */
    public void record(RequestTrace trace) {
        record(trace, 1);
    }

    /**
     * Counts a request at its start.
     *
     * @param oneIn so many requests it stands for, itself one of them: one in so many connections was timed
     */
    public synchronized void record(RequestTrace trace, int oneIn) {
        HopHistograms histograms = at(trace.service(), trace.startNs() / MS_NS);
        if (histograms != null) {
            histograms.record(trace, oneIn);
        }
    }

    /**
     * Counts what became of a request.
     *
     * @param startNs CLOCK_REALTIME nanoseconds
     * @param oneIn so many requests it stands for
     */
    public synchronized void record(String service, long startNs, Outcome outcome, int oneIn) {
        HopHistograms histograms = at(service, startNs / MS_NS);
        if (histograms != null) {
            histograms.record(outcome, oneIn);
        }
    }

    private @Nullable HopHistograms at(String service, long ms) {
        if (ms < memoryFromMs || ms > clockMs.getAsLong() + FUTURE_MS) {
            notKept++;
            return null;
        }
        long minute = StepCells.minute(ms);
        if (minute > newestMs) {
            newestMs = minute;
            age();
        }
        StepCells cells = cells(service);
        if (cells == null) {
            notKept++;
            return null;
        }
        return cells.at(ms, newestMs - FINE_MINUTES * MINUTE_MS);
    }

    private @Nullable StepCells cells(String service) {
        StepCells cells = services.get(service);
        if (cells == null && services.size() < MAX_SERVICES) {
            cells = new StepCells();
            services.put(service, cells);
        }
        return cells;
    }

    /** Makes old steps coarser, and forgets the oldest once they are stored; twice as old, also if they are not. */
    private void age() {
        long fineFromMs = newestMs - FINE_MINUTES * MINUTE_MS;
        long forgetMs = newestMs - memoryMinutes * MINUTE_MS;
        if (archive != null) {
            for (StepCells cells : services.values()) {
                forgetMs = Math.min(forgetMs, cells.firstUnstoredMs());
            }
            forgetMs = Math.max(forgetMs, newestMs - 2L * memoryMinutes * MINUTE_MS);
        }
        memoryFromMs = Math.max(memoryFromMs, forgetMs);
        for (StepCells cells : services.values()) {
            cells.coarsen(fineFromMs);
            int lost = cells.forget(memoryFromMs);
            notKept += archive == null ? 0 : lost;
        }
        services.values().removeIf(StepCells::isEmpty);
    }

    /**
     * Sums up, in whole steps.
     *
     * @param service null for all services
     * @param sinceNs nanoseconds; the step that holds it counts
     */
    public HopHistograms since(@Nullable String service, long sinceNs) {
        return between(service, Math.floorDiv(sinceNs, MS_NS), Long.MAX_VALUE / MS_NS);
    }

    /**
     * Sums up what began between two times, in whole steps.
     *
     * @param service null for all services
     * @param fromMs milliseconds; the step that holds it counts
     * @param toMs likewise; a step that begins there or later does not count
     */
    public HopHistograms between(@Nullable String service, long fromMs, long toMs) {
        HopHistograms sum = new HopHistograms();
        for (Stretch stretch : stretches(fromMs, toMs, Long.MAX_VALUE)) {
            visit(service, stretch, (startMs, counted) -> counted.addTo(sum));
        }
        return sum;
    }

    /**
     * The same as a row of slots of equal length, oldest first, without a hole: a slot in which nothing was counted holds
     * empty histograms. The others hold outlines: requests, end-to-end times, and hops at a sixteenth's resolution. The first slot holds {@code fromMs}, the last one ends at {@code toMs} or later.
     *
     * @param maxSlots at least 2; steps are merged until there are no more than so many
     * @throws IllegalArgumentException when {@code toMs} is not after {@code fromMs} or {@code maxSlots} is too small
     */
    public List<Slot> slots(@Nullable String service, long fromMs, long toMs, int maxSlots) {
        if (toMs <= fromMs || maxSlots < 2) {
            throw new IllegalArgumentException(maxSlots + " slots from " + fromMs + " to " + toMs + " ms");
        }
        long stepMs = SlotLength.ms(fromMs, toMs, maxSlots, fineSinceMs(service) <= fromMs);
        long startMs = Math.floorDiv(fromMs, stepMs) * stepMs;
        List<Slot> slots = new ArrayList<>();
        for (long ms = startMs; ms < toMs; ms += stepMs) {
            slots.add(new Slot(ms, ms + stepMs, new HopHistograms()));
        }
        int[] filling = {0};
        for (Stretch stretch : stretches(startMs, startMs + slots.size() * stepMs, stepMs)) {
            visit(service, stretch, (stepStartMs, counted) -> {
                int slot = (int) (Math.max(0, stepStartMs - startMs) / stepMs);
                if (slot != filling[0]) {
                    slots.set(filling[0], slots.get(filling[0]).outline());
                    filling[0] = slot;
                }
                counted.addTo(slots.get(slot).histograms());
            });
        }
        slots.set(filling[0], slots.get(filling[0]).outline());
        return slots;
    }

    /** What was counted in a step, wherever it is kept. */
    interface Counted {
        void addTo(HopHistograms sum);

        /** What an objective makes of it. */
        default Objective.Tally tally(Objective objective) {
            HopHistograms histograms = new HopHistograms();
            addTo(histograms);
            return objective.tally(histograms);
        }
    }

    /** What takes a stretch's steps one by one. */
    interface CountedVisitor {
        void visit(long startMs, Counted counted);
    }

    /** Sees one step after the other. */
    public interface StepVisitor {
        /**
         * @param startNs CLOCK_REALTIME nanoseconds
         * @param histograms of the step; only to be read
         */
        void visit(long startNs, HopHistograms histograms);
    }

    /**
     * Shows the steps of one service as they are kept, without the cost of summing them up: ten seconds each of late, a minute
     * and more each before, of either kind the oldest first.
     *
     * @param fromMs milliseconds; the step that holds it counts
     * @param toMs likewise; a step that begins there or later does not count
     */
    public void visit(String service, long fromMs, long toMs, StepVisitor visitor) {
        for (Stretch stretch : stretches(fromMs, toMs, MINUTE_MS)) {
            if (stretch.tier() == null) {
                inMemory(service, stretch.fromMs(), stretch.toMs())
                        .forEach(step -> visitor.visit(step.startMs() * MS_NS, step.histograms()));
            } else {
                visit(service, stretch, (startMs, counted) -> {
                    HopHistograms histograms = new HopHistograms();
                    counted.addTo(histograms);
                    visitor.visit(startMs * MS_NS, histograms);
                });
            }
        }
    }

    /** Where a time's histograms are. */
    synchronized List<Stretch> stretches(long fromMs, long toMs, long longestMs) {
        Stretch.Kept kept = new Stretch.Kept(clockMs.getAsLong(), memoryFromMs, new EnumMap<>(rolledToMs));
        return archive == null ? List.of(new Stretch(null, fromMs, toMs)) : Stretch.cut(fromMs, toMs, kept, longestMs);
    }

    /** Shows a stretch's steps, of one service or, with null, of all; those in memory as they are at once. */
    void visit(@Nullable String service, Stretch stretch, CountedVisitor visitor) {
        Tier tier = stretch.tier();
        if (tier == null) {
            inMemory(service, stretch.fromMs(), stretch.toMs()).forEach(step -> visitor.visit(step.startMs(), step));
        } else if (archive != null) {
            archive.read(tier, service, stretch.fromMs(), stretch.toMs(), row -> {
                if (counts(service, row.service())) {
                    visitor.visit(row.startMs(), sum -> add(sum, row));
                }
            });
        }
    }

    /** An echo is no request to a service, and is not among those of all services. */
    private static boolean counts(@Nullable String asked, String service) {
        return asked == null ? !service.equals(MeasuredService.ECHO) : asked.equals(service);
    }

    private synchronized List<StepCells.Step> inMemory(@Nullable String service, long fromMs, long toMs) {
        List<StepCells.Step> steps = new ArrayList<>();
        services.forEach((name, cells) -> {
            if (counts(service, name)) {
                steps.addAll(cells.between(fromMs, toMs));
            }
        });
        return steps;
    }

    /** From when on all is kept in fine steps. */
    private synchronized long fineSinceMs(@Nullable String service) {
        long sinceMs = archive == null ? Long.MIN_VALUE : memoryFromMs;
        for (Map.Entry<String, StepCells> entry : services.entrySet()) {
            if (counts(service, entry.getKey())) {
                sinceMs = Math.max(sinceMs, entry.getValue().fineSinceMs());
            }
        }
        return sinceMs;
    }

    /**
     * Stores the minutes that are over and have changed. Minutes that the archive refuses stay to be stored later.
     *
     * @param running also the minute that runs: before an orderly end
     * @return minutes stored
     * @throws RuntimeException the archive's, for the first minute that it refused
     */
    public int store(boolean running) {
        HistogramArchive rows = archive;
        if (rows == null) {
            return 0;
        }
        TreeMap<Long, TreeSet<String>> changed = new TreeMap<>();
        long endedByMs = running ? Long.MAX_VALUE : clockMs.getAsLong() - SETTLE_MS;
        synchronized (this) {
            services.forEach((name, cells) -> cells.takeUnstored(endedByMs)
                    .forEach(minute -> changed.computeIfAbsent(minute, key -> new TreeSet<>())
                            .add(name)));
        }
        int stored = 0;
        for (Map.Entry<Long, TreeSet<String>> minute : changed.entrySet()) {
            try {
                rows.write(Tier.MINUTE, minute.getKey(), encoded(minute.getKey(), minute.getValue()));
                stored++;
            } catch (RuntimeException e) {
                changed.tailMap(minute.getKey()).forEach(this::notStored);
                throw e;
            }
        }
        return stored;
    }

    private Map<String, byte[]> encoded(long minuteMs, TreeSet<String> names) {
        Map<String, byte[]> rows = new TreeMap<>();
        for (String name : names) {
            HopHistograms sum = new HopHistograms();
            inMemory(name, minuteMs, minuteMs + MINUTE_MS).stream()
                    .filter(step -> step.startMs() >= minuteMs)
                    .forEach(step -> sum.add(step.histograms()));
            rows.put(name, HistogramRows.encode(sum));
        }
        return rows;
    }

    private synchronized void notStored(long minuteMs, TreeSet<String> names) {
        for (String name : names) {
            StepCells cells = services.get(name);
            if (cells != null) {
                cells.notStored(minuteMs);
            }
        }
    }

    /**
     * Makes one longer step of shorter ones that no late sighting changes any more.
     *
     * @return false when there is nothing to do for now
     */
    public boolean rollUp() {
        HistogramArchive rows = archive;
        if (rows == null) {
            return false;
        }
        for (Tier tier : new Tier[] {Tier.TEN_MINUTES, Tier.HOUR}) {
            Tier finer = Tier.values()[tier.ordinal() - 1];
            long end;
            long start;
            synchronized (this) {
                start = rolledToMs.getOrDefault(tier, memoryFromMs);
                end = finer == Tier.MINUTE ? memoryFromMs : rolledToMs.getOrDefault(finer, start);
            }
            // Hours in which there was nothing are skipped.
            start = Math.max(
                    start, tier.floor(Math.min(end, rows.first(finer, start).orElse(end))));
            if (start + tier.lengthMs() <= end) {
                Map<String, HopHistograms> sums = new TreeMap<>();
                rows.read(
                        finer,
                        null,
                        start,
                        start + tier.lengthMs(),
                        row -> add(sums.computeIfAbsent(row.service(), key -> new HopHistograms()), row));
                Map<String, byte[]> encoded = new TreeMap<>();
                sums.forEach((name, sum) -> encoded.put(name, HistogramRows.encode(sum)));
                rows.write(tier, start, encoded);
                rolled(tier, start + tier.lengthMs());
                return true;
            }
            rolled(tier, start);
        }
        return false;
    }

    private synchronized void rolled(Tier tier, long toMs) {
        rolledToMs.put(tier, toMs);
    }

    /** Deletes what is too old from the archive. */
    public void expire() {
        HistogramArchive rows = archive;
        if (rows == null) {
            return;
        }
        long nowMs = clockMs.getAsLong();
        long rolled;
        synchronized (this) {
            rolled = rolledToMs.getOrDefault(Tier.HOUR, Long.MIN_VALUE);
        }
        for (Tier tier : Tier.values()) {
            long beforeMs = nowMs - tier.keepMs();
            rows.deleteBefore(tier, tier == Tier.HOUR ? beforeMs : Math.min(beforeMs, rolled));
        }
    }

    private boolean add(HopHistograms sum, HistogramArchive.Row row) {
        try {
            HistogramRows.addTo(sum, row.bytes());
            return true;
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "stored histograms of {} from {} ms are skipped: {}", row.service(), row.startMs(), e.getMessage());
            synchronized (this) {
                damagedRows++;
            }
            return false;
        }
    }

    /** Requests not kept: too old, from a wrong clock, or of one service too many. */
    public synchronized long notKept() {
        return notKept;
    }

    /** Stored rows that could not be read and were skipped, each time they were met. */
    public synchronized long damagedRows() {
        return damagedRows;
    }
}
