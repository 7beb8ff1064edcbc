package io.hopline.sla;

import java.lang.module.ModuleDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What somebody who signs a report has to know beside its figures.
 *
 * @param version of Hopline
 * @param timed requests that were timed; each may be counted as several, for those that were not
 * @param objectivesSha256 of the document that held the objectives, hexadecimal; empty without objectives
 * @param clocks every pair of hosts on the requests' ways
 * @param samples what became of each host's samples, in the minutes of the period that the controller still knows
 * @param split how far the inferred split of the guests' time was from exact sources; empty where there were none
 */
public record Statement(
        String version,
        long timed,
        Optional<String> objectivesSha256,
        List<ClockPair> clocks,
        List<SampleCounts.OfHost> samples,
        Optional<SplitError> split) {
    /**
     * How two hosts' clocks compare.
     *
     * @param shared true when they are one clock
     * @param errorNs bound on the error of a time between their stamps; empty when unknown
     */
    public record ClockPair(String a, String b, boolean shared, OptionalLong errorNs) {}

    public Statement {
        clocks = List.copyOf(clocks);
        // A report of before this was told has none.
        samples = samples == null ? List.of() : List.copyOf(samples);
    }

    /** Of all hosts together. */
    SampleCounts allSamples() {
        return samples.stream().map(SampleCounts.OfHost::samples).reduce(SampleCounts.NONE, SampleCounts::and);
    }

    static Statement of(ReportSource source) {
        ClockModel clocks = source.clocks();
        List<String> hosts = source.histograms().hosts();
        List<ClockPair> pairs = new ArrayList<>();
        for (int a = 0; a < hosts.size(); a++) {
            for (int b = a + 1; b < hosts.size(); b++) {
                String one = hosts.get(a);
                String other = hosts.get(b);
                pairs.add(new ClockPair(one, other, clocks.shared(one, other), clocks.errorNs(one, other)));
            }
        }
        return new Statement(
                runningVersion(),
                source.histograms().samples(),
                source.objectivesSha256(),
                pairs,
                SampleCounts.of(source.causes()),
                SplitError.of(source.histograms()));
    }

    /** The module's version, which only a packaged build has. */
    static String runningVersion() {
        return Optional.ofNullable(Statement.class.getModule().getDescriptor())
                .flatMap(ModuleDescriptor::rawVersion)
                .orElse("unpackaged build");
    }
}
