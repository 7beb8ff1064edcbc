package io.hopline.vswitch;

import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One flow of a table. What it matches and does is immutable; a modification makes a new entry that shares the old one's
 * counters. The counters are the workers' to write.
 */
final class FlowEntry {
    static final int NO_TIMER = -1;
    private static final long NS_PER_S = 1_000_000_000L;

    /** What a flow counted; outlives modifications of its instructions. */
    static final class Counters extends Tally {
        private static final VarHandle LAST_USED;

        static {
            try {
                LAST_USED = MethodHandles.lookup().findVarHandle(Counters.class, "lastUsedNs", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private long lastUsedNs;
        /** Readings at the last reset; owned by the control side, which must not write what the worker writes. */
        private long packetsAtReset;

        private long bytesAtReset;

        Counters(long nowNs) {
            lastUsedNs = nowNs;
        }

        void count(long packets, long bytes, long nowNs, boolean alone) {
            add(packets, bytes, alone);
            LAST_USED.setOpaque(this, nowNs);
        }

        long lastUsedNs() {
            return (long) LAST_USED.getOpaque(this);
        }

        void reset() {
            packetsAtReset = packets();
            bytesAtReset = bytes();
        }

        long packetsSinceReset() {
            return packets() - packetsAtReset;
        }

        long bytesSinceReset() {
            return bytes() - bytesAtReset;
        }
    }

    final int tableId;
    final int priority;
    final Match match;
    final KeyMatch bits;
    final List<Instruction> instructions;
    final long cookie;
    final int idleTimeoutS;
    final int hardTimeoutS;
    final int flags;
    final long addedNs;
    final Counters counters;
    /** Flows are reported in the order they were added. */
    final long sequence;

    /** The place in {@link FlowTimers}. */
    @Nullable
    FlowEntry timerNext;

    @Nullable
    FlowEntry timerPrevious;

    int timerSlot = NO_TIMER;

    FlowEntry(
            FlowMod mod, KeyMatch bits, List<Instruction> instructions, Counters counters, long nowNs, long sequence) {
        tableId = mod.tableId();
        priority = mod.priority();
        match = mod.match();
        this.bits = bits;
        cookie = mod.cookie();
        idleTimeoutS = mod.idleTimeoutS();
        hardTimeoutS = mod.hardTimeoutS();
        flags = mod.flags();
        this.instructions = instructions;
        addedNs = nowNs;
        this.counters = counters;
        this.sequence = sequence;
    }

    private FlowEntry(FlowEntry old, List<Instruction> instructions) {
        tableId = old.tableId;
        priority = old.priority;
        match = old.match;
        bits = old.bits;
        cookie = old.cookie;
        idleTimeoutS = old.idleTimeoutS;
        hardTimeoutS = old.hardTimeoutS;
        flags = old.flags;
        addedNs = old.addedNs;
        counters = old.counters;
        sequence = old.sequence;
        this.instructions = instructions;
    }

    /** The same flow with other instructions: counters, cookie and timeouts stay (OpenFlow 1.3.5 section 6.4). */
    FlowEntry with(List<Instruction> newInstructions) {
        return new FlowEntry(this, newInstructions);
    }

    boolean isTimed() {
        return idleTimeoutS != 0 || hardTimeoutS != 0;
    }

    /** When the flow's time is up if no packet comes; only for one that {@link #isTimed}. */
    long deadlineNs() {
        return Math.min(hardDeadlineNs(), idleDeadlineNs());
    }

    long hardDeadlineNs() {
        return hardTimeoutS == 0 ? Long.MAX_VALUE : addedNs + hardTimeoutS * NS_PER_S;
    }

    private long idleDeadlineNs() {
        return idleTimeoutS == 0 ? Long.MAX_VALUE : Math.max(addedNs, counters.lastUsedNs()) + idleTimeoutS * NS_PER_S;
    }

    FlowStats stats(long nowNs) {
        return new FlowStats(
                tableId,
                Math.max(0, nowNs - addedNs),
                priority,
                idleTimeoutS,
                hardTimeoutS,
                flags,
                cookie,
                counters.packetsSinceReset(),
                counters.bytesSinceReset(),
                match,
                instructions);
    }

    FlowRemoved removed(FlowRemoved.Reason reason, long nowNs) {
        return new FlowRemoved(
                cookie,
                priority,
                reason,
                tableId,
                Math.max(0, nowNs - addedNs),
                idleTimeoutS,
                hardTimeoutS,
                counters.packetsSinceReset(),
                counters.bytesSinceReset(),
                match);
    }
}
