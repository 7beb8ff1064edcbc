package io.hopline.openflow;

import java.util.List;

/** Counters of one meter and its bands (OpenFlow 1.3.5 section 7.3.5.12). */
public record MeterStats(int meterId, int flows, long packets, long bytes, long durationNs, List<BandStats> bands) {
    public MeterStats {
        bands = List.copyOf(bands);
    }

    /** What a band took hold of. */
    public record BandStats(long packets, long bytes) {}
}
