package io.hopline.openflow;

import java.util.List;

/**
 * A change of the meter table (OpenFlow 1.3.5 section 7.3.4.4).
 *
 * @param flags {@link #KBPS}, {@link #PACKETS_PER_S}, {@link #BURST}, {@link #STATS}
 */
public record MeterMod(Command command, int flags, int meterId, List<Band> bands) implements OpenFlowMessage {
    public static final int KBPS = 1;
    public static final int PACKETS_PER_S = 2;
    public static final int BURST = 4;
    public static final int STATS = 8;

    /** In wire order. */
    public enum Command {
        ADD,
        MODIFY,
        DELETE
    }

    public MeterMod {
        bands = List.copyOf(bands);
    }

    /** What happens above a rate, in the unit that the meter's flags name. */
    public sealed interface Band {
        int rate();

        int burst();
    }

    public record Drop(int rate, int burst) implements Band {}

    /** Raises the drop precedence in the DSCP by {@code precedenceLevel}. */
    public record DscpRemark(int rate, int burst, int precedenceLevel) implements Band {}
}
