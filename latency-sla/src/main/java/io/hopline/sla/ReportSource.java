package io.hopline.sla;

import java.util.List;
import java.util.Optional;

/**
 * What a report is drawn up from.
 *
 * @param title what it is about, such as the service's name
 * @param fromMs earliest and latest moment covered, Unix milliseconds
 * @param histograms of the period
 * @param slots the same, divided; empty when there is no telling when what happened
 * @param baseline an earlier period to compare with
 * @param baselineSlots the same, divided
 * @param verdicts of the objectives, judged over their own windows
 * @param objectivesSha256 of the document that held the objectives, hexadecimal
 * @param causes what may explain slow requests, minute by minute
 */
public record ReportSource(
        String title,
        long fromMs,
        long toMs,
        HopHistograms histograms,
        List<LatencyHistory.Slot> slots,
        Optional<LatencyHistory.Slot> baseline,
        List<LatencyHistory.Slot> baselineSlots,
        ClockModel clocks,
        List<Objective.Verdict> verdicts,
        Optional<String> objectivesSha256,
        int sampledOneIn,
        JoinerCounters joiner,
        List<Causes.Minute> causes) {
    public ReportSource {
        slots = List.copyOf(slots);
        baselineSlots = List.copyOf(baselineSlots);
        verdicts = List.copyOf(verdicts);
        causes = List.copyOf(causes);
    }

    /** Of a period that is not divided and compared with nothing. */
    public static ReportSource of(
            String title,
            long fromMs,
            long toMs,
            HopHistograms histograms,
            ClockModel clocks,
            List<Objective.Verdict> verdicts,
            int sampledOneIn,
            JoinerCounters joiner) {
        return new ReportSource(
                title,
                fromMs,
                toMs,
                histograms,
                List.of(),
                Optional.empty(),
                List.of(),
                clocks,
                verdicts,
                Optional.empty(),
                sampledOneIn,
                joiner,
                List.of());
    }
}
