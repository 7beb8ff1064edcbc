package io.hopline.vswitch;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When flows end by themselves: a hashed timing wheel (Varghese and Lauck) of {@value #SLOTS} slots, a quarter of a second each.
 * A flow stands in the slot of its deadline. A packet that moves the deadline of an idle timeout leaves it there; the flow is
 * put where it belongs when its slot comes, and so is one whose deadline is more than a turn away. Guarded by the switch's
 * lock.
 */
final class FlowTimers {
    static final long TICK_NS = 250_000_000L;
    private static final int SLOTS = 4_096;

    private final @Nullable FlowEntry[] slots = new FlowEntry[SLOTS];
    /** What is left of the slot whose time came last. */
    private @Nullable FlowEntry due;

    private long tick;

    /** Takes a flow in, if it has a timeout. */
    void add(FlowEntry flow) {
        if (!flow.isTimed()) {
            return;
        }
        long deadlineTick = (flow.deadlineNs() + TICK_NS - 1) / TICK_NS;
        int slot = (int) (Math.max(deadlineTick, tick + 1) % SLOTS);
        FlowEntry first = slots[slot];
        flow.timerSlot = slot;
        flow.timerNext = first;
        if (first != null) {
            first.timerPrevious = flow;
        }
        slots[slot] = flow;
    }

    /** Forgets a flow, if it is here. */
    void remove(FlowEntry flow) {
        if (flow.timerSlot == FlowEntry.NO_TIMER) {
            return;
        }
        FlowEntry next = flow.timerNext;
        FlowEntry previous = flow.timerPrevious;
        if (previous != null) {
            previous.timerNext = next;
        } else if (due == flow) {
            due = next;
        } else {
            slots[flow.timerSlot] = next;
        }
        if (next != null) {
            next.timerPrevious = previous;
        }
        flow.timerNext = null;
        flow.timerPrevious = null;
        flow.timerSlot = FlowEntry.NO_TIMER;
    }

    /**
     * Takes out flows whose time is up.
     *
     * @param limit how many flows to look at, at most
     * @param ended gets each; it must not change what is in here
     * @return true when others are to be looked at already
     */
    boolean expire(long nowNs, int limit, Consumer<FlowEntry> ended) {
        long nowTick = nowNs / TICK_NS;
        if (nowTick < tick || nowTick - tick > SLOTS) {
            // The clock was set: every slot is looked at once.
            tick = nowTick - SLOTS;
        }
        for (int looked = 0; looked < limit; ) {
            FlowEntry flow = due;
            if (flow != null) {
                looked++;
                remove(flow);
                if (flow.deadlineNs() > nowNs) {
                    add(flow);
                } else {
                    ended.accept(flow);
                }
            } else if (tick == nowTick) {
                return false;
            } else {
                int slot = (int) (++tick % SLOTS);
                due = slots[slot];
                slots[slot] = null;
            }
        }
        return true;
    }
}
