package io.hopline.openflow;

import java.util.List;

/** A meter as it stands in the switch (OpenFlow 1.3.5 section 7.3.5.13). */
public record MeterConfig(int flags, int meterId, List<MeterMod.Band> bands) {
    public MeterConfig {
        bands = List.copyOf(bands);
    }
}
