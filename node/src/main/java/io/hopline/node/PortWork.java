package io.hopline.node;

import io.hopline.packet.PortCounters;

/**
 * What a worker did for one port: what it counts anyway. The weights were fitted to loads of many kinds, see
 * docs/decisions/0083.
 *
 * @param batches that frames came in
 * @param frames that came and went
 * @param bytes in them
 */
record PortWork(long batches, long frames, long bytes) {
    static final PortWork NONE = new PortWork(0, 0, 0);

    /** Nanoseconds of a worker for a batch: waking up, and looking for it. */
    private static final double BATCH_NS = 15_000;
    /** For a frame that comes or goes, one call of the kernel among it. */
    private static final double FRAME_NS = 1_000;
    /** For a byte that comes or goes, a copy. */
    private static final double BYTE_NS = 0.15;

    static PortWork of(PortCounters counters) {
        return new PortWork(
                counters.rxBatches(),
                counters.rxFrames() + counters.txFrames(),
                counters.rxBytes() + counters.txBytes());
    }

    PortWork since(PortWork before) {
        return new PortWork(batches - before.batches, frames - before.frames, bytes - before.bytes);
    }

    PortWork and(PortWork other) {
        return new PortWork(batches + other.batches, frames + other.frames, bytes + other.bytes);
    }

    /** How much of a worker's time it would take, nanoseconds: only how these stand to each other is used. */
    double weight() {
        return batches * BATCH_NS + frames * FRAME_NS + bytes * BYTE_NS;
    }
}
