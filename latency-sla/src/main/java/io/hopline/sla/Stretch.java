package io.hopline.sla;

import io.hopline.sla.HistogramArchive.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of time and where its histograms are.
 *
 * @param tier steps of the archive; null for those in memory
 * @param fromMs start of its first step
 * @param toMs where the next stretch begins
 */
record Stretch(@Nullable Tier tier, long fromMs, long toMs) {
    private static final Tier COARSEST = Tier.HOUR;

    /**
     * What is where.
     *
     * @param nowMs tells which steps are deleted already, or may be any moment
     * @param memoryFromMs from here on all is in memory, whole minutes
     * @param rolledToMs end of each coarser tier's last step
     */
    record Kept(long nowMs, long memoryFromMs, Map<Tier, Long> rolledToMs) {
        private long rolledTo(Tier tier) {
            return tier == Tier.MINUTE ? memoryFromMs : rolledToMs.getOrDefault(tier, Long.MIN_VALUE);
        }

        /** From when on a tier's steps are there: none is deleted before the longest ones are made of it. */
        private long since(Tier tier) {
            return Math.min(COARSEST.ceil(nowMs - tier.keepMs()), rolledTo(COARSEST));
        }
    }

    /**
     * Cuts a time into stretches, oldest first, each of the longest steps that fit.
     *
     * @param longestMs steps are no longer, unless only longer ones are left of that time
     */
    static List<Stretch> cut(long fromMs, long toMs, Kept kept, long longestMs) {
        List<Stretch> stretches = new ArrayList<>();
        long archivedTo = Math.min(toMs, kept.memoryFromMs);
        long from = Math.max(fromMs, COARSEST.ceil(kept.nowMs - COARSEST.keepMs()));
        for (Tier finest : new Tier[] {Tier.HOUR, Tier.TEN_MINUTES, Tier.MINUTE}) {
            long to = finest == Tier.MINUTE
                    ? archivedTo
                    : Math.min(archivedTo, kept.since(Tier.values()[finest.ordinal() - 1]));
            if (from < to) {
                cut(stretches, finest.floor(from), to, finest, COARSEST, kept, longestMs);
                from = to;
            }
        }
        if (Math.max(fromMs, kept.memoryFromMs) < toMs) {
            stretches.add(new Stretch(null, Math.max(fromMs, kept.memoryFromMs), toMs));
        }
        return stretches;
    }

    private static void cut(
            List<Stretch> stretches, long fromMs, long toMs, Tier finest, Tier tier, Kept kept, long longestMs) {
        if (fromMs >= toMs) {
            return;
        }
        if (tier == finest) {
            stretches.add(new Stretch(tier, tier.floor(fromMs), toMs));
            return;
        }
        Tier finer = Tier.values()[tier.ordinal() - 1];
        long first = tier.ceil(fromMs);
        long end = Math.min(tier.floor(toMs), kept.rolledTo(tier));
        if (tier.lengthMs() > longestMs || first >= end) {
            cut(stretches, fromMs, toMs, finest, finer, kept, longestMs);
            return;
        }
        cut(stretches, fromMs, first, finest, finer, kept, longestMs);
        stretches.add(new Stretch(tier, first, end));
        cut(stretches, end, toMs, finest, finer, kept, longestMs);
    }
}
