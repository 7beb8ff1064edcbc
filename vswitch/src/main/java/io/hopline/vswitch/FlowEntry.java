package io.hopline.vswitch;

import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * One flow of a table. What it matches and does is immutable; a modification makes a new entry that shares the old one's
 * counters. The counters are the worker's to write.
 */
final class FlowEntry {
    /** What a flow counted; outlives modifications of its instructions. */
    static final class Counters {
        private static final VarHandle LAST_USED;

        static {
            try {
                LAST_USED = MethodHandles.lookup().findVarHandle(Counters.class, "lastUsedNs", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        final Tally tally = new Tally();
        private long lastUsedNs;
        /** Readings at the last reset; owned by the control side, which must not write what the worker writes. */
        private long packetsAtReset;

        private long bytesAtReset;

        Counters(long nowNs) {
            lastUsedNs = nowNs;
        }

        void count(long packets, long bytes, long nowNs) {
            tally.add(packets, bytes);
            LAST_USED.setOpaque(this, nowNs);
        }

        long lastUsedNs() {
            return (long) LAST_USED.getOpaque(this);
        }

        void reset() {
            packetsAtReset = tally.packets();
            bytesAtReset = tally.bytes();
        }

        long packets() {
            return tally.packets() - packetsAtReset;
        }

        long bytes() {
            return tally.bytes() - bytesAtReset;
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

    FlowEntry(FlowMod mod, KeyMatch bits, Counters counters, long nowNs) {
        tableId = mod.tableId();
        priority = mod.priority();
        match = mod.match();
        this.bits = bits;
        cookie = mod.cookie();
        idleTimeoutS = mod.idleTimeoutS();
        hardTimeoutS = mod.hardTimeoutS();
        flags = mod.flags();
        instructions = mod.instructions();
        addedNs = nowNs;
        this.counters = counters;
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
        this.instructions = instructions;
    }

    /** The same flow with other instructions: counters, cookie and timeouts stay (OpenFlow 1.3.5 section 6.4). */
    FlowEntry with(List<Instruction> newInstructions) {
        return new FlowEntry(this, newInstructions);
    }

    /** Two flows of a table are the same flow when match and priority are. */
    record Identity(KeyMatch bits, int priority) {}

    Identity identity() {
        return new Identity(bits, priority);
    }

    boolean isTimed() {
        return idleTimeoutS != 0 || hardTimeoutS != 0;
    }

    /** Nanoseconds since the flow was added or last used. */
    long idleNs(long nowNs) {
        return nowNs - Math.max(addedNs, counters.lastUsedNs());
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
                counters.packets(),
                counters.bytes(),
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
                counters.packets(),
                counters.bytes(),
                match);
    }
}
