package io.hopline.node;

import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.TransitCursor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ships what was seen of timed requests to the controller four times a second, or as often as it takes to find no ring more
 * than half full, and shows it to the node's own metrics.
 *
 * <p>One thread, the reader of all rings. While the controller is away sightings are thrown away and counted: a report
 * says how many it misses, and forwarding never waits for it.
 */
final class SightingExporter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SightingExporter.class);
    private static final int SHORTEST_PAUSE_MS = 10;
    private static final int LONGEST_PAUSE_MS = 250;
    private static final int MAX_RECORDS = 8192;
    /** Some tens of microseconds' work. */
    private static final int PIECE_BYTES = 512 * Sighting.BYTES;

    /** So many frames that told nothing are a load the controller should know of. */
    private static final int MANY_SEEN = 500;

    private final List<SightingRing> rings;
    private final Optional<ControllerClient> controller;
    private final Consumer<TransitCursor> metrics;
    private final LongSupplier seen;
    private final RingPause pause;
    /** Off the heap, from where the kernel takes it as it is. */
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_RECORDS * Sighting.BYTES);

    private final MemorySegment records = MemorySegment.ofBuffer(buffer);
    private final Thread thread;
    private volatile boolean running = true;
    private volatile long sent;
    private volatile long unsent;
    private long seenReported;

    /**
     * @param rings of one capacity
     * @param metrics sees every way through this switch, on the exporter's thread
     * @param seen frames that timing has looked at so far
     */
    SightingExporter(
            List<SightingRing> rings,
            Optional<ControllerClient> controller,
            Consumer<TransitCursor> metrics,
            LongSupplier seen) {
        this.rings = List.copyOf(rings);
        this.controller = controller;
        this.metrics = metrics;
        this.seen = seen;
        pause = new RingPause(
                SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS, rings.getFirst().capacity() / 2);
        thread = Thread.ofPlatform().name("sighting-exporter").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            int most = 0;
            while (running) {
                Thread.sleep(pause.after(most));
                most = export();
            }
        } catch (InterruptedException e) {
            LOG.debug("stopped");
        }
    }

    /** Returns how many records were in the fullest ring. */
    private int export() throws InterruptedException {
        int most = rings.stream().mapToInt(SightingRing::size).max().orElse(0);
        int bytes;
        do {
            bytes = 0;
            for (SightingRing ring : rings) {
                bytes += ring.drain(records.asSlice(bytes)) * Sighting.BYTES;
            }
            show(bytes);
            long seenNow = seen.getAsLong();
            if (bytes > 0 || seenNow - seenReported >= MANY_SEEN) {
                send(bytes, seenNow - seenReported);
                seenReported = seenNow;
            }
        } while (bytes == buffer.capacity());
        return most;
    }

    /** Piece by piece, so that nobody who shares the processor waits for long. */
    private void show(int bytes) throws InterruptedException {
        for (int from = 0; from < bytes; from += PIECE_BYTES) {
            TransitCursor ways = new TransitCursor(buffer.slice(from, Math.min(PIECE_BYTES, bytes - from)));
            while (ways.next()) {
                metrics.accept(ways);
            }
            if (from + PIECE_BYTES < bytes) {
                Thread.sleep(1);
            }
        }
    }

    private void send(int bytes, long frames) throws InterruptedException {
        if (controller.isEmpty()) {
            return;
        }
        try {
            controller.get().sendSightings(buffer.slice(0, bytes), frames);
            sent = sent + bytes / Sighting.BYTES;
        } catch (IOException e) {
            unsent = unsent + bytes / Sighting.BYTES;
            LOG.debug("{} sightings lost: {}", bytes / Sighting.BYTES, e.getMessage());
        }
    }

    /** Sightings that the controller did not get, here or for want of room in a ring. */
    long lost() {
        return unsent + overflow();
    }

    /** Sightings that the controller got; any thread, as the following. */
    long sent() {
        return sent;
    }

    /** Sightings that could not be sent. */
    long unsent() {
        return unsent;
    }

    /** Sightings for which a ring had no room. */
    long overflow() {
        return rings.stream().mapToLong(SightingRing::overflow).sum();
    }

    @Override
    public void close() {
        running = false;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
