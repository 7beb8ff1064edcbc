package io.hopline.packet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;

/**
 * What a port counted. One thread writes; any thread reads a value that is never torn and at most one batch old.
 *
 * <p>Counted in frames as the kernel handed them over: a 64 KB super-frame counts once.
 */
public final class PortCounters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int RX_FRAMES = 0;
    private static final int RX_BYTES = 1;
    private static final int TX_FRAMES = 2;
    private static final int TX_BYTES = 3;
    private static final int RX_BATCHES = 4;
    private static final int DROPS = 5;

    private final long[] cells = new long[DROPS + DropReason.count()];

    /** What the queues of one port have counted together, at this moment. */
    public static PortCounters sum(Collection<? extends Port> queues) {
        PortCounters sum = new PortCounters();
        for (Port queue : queues) {
            for (int cell = 0; cell < sum.cells.length; cell++) {
                sum.cells[cell] += queue.counters().read(cell);
            }
        }
        return sum;
    }

    private void add(int cell, long value) {
        CELL.setOpaque(cells, cell, cells[cell] + value);
    }

    private long read(int cell) {
        return (long) CELL.getOpaque(cells, cell);
    }

    /** Counts a batch of frames that came. */
    public void received(long frames, long bytes) {
        add(RX_BATCHES, 1);
        add(RX_FRAMES, frames);
        add(RX_BYTES, bytes);
    }

    public void transmitted(long frames, long bytes) {
        add(TX_FRAMES, frames);
        add(TX_BYTES, bytes);
    }

    public void dropped(DropReason reason) {
        dropped(reason, 1);
    }

    public void dropped(DropReason reason, long frames) {
        add(DROPS + reason.ordinal(), frames);
    }

    public long rxFrames() {
        return read(RX_FRAMES);
    }

    public long rxBytes() {
        return read(RX_BYTES);
    }

    /** Batches that the frames came in: one for each time the worker looked and there were any. */
    public long rxBatches() {
        return read(RX_BATCHES);
    }

    public long txFrames() {
        return read(TX_FRAMES);
    }

    public long txBytes() {
        return read(TX_BYTES);
    }

    public long drops(DropReason reason) {
        return read(DROPS + reason.ordinal());
    }
}
