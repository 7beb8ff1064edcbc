package io.hopline.node;

import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
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
 * Ships what was seen of timed requests to the controller four times a second, and shows it to the node's own metrics.
 *
 * <p>One thread, the reader of all rings. While the controller is away sightings are thrown away and counted: a report
 * says how many it misses, and forwarding never waits for it.
 */
final class SightingExporter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SightingExporter.class);
    private static final int PERIOD_MS = 250;
    private static final int MAX_RECORDS = 8192;
    /** So many frames that told nothing are a load the controller should know of. */
    private static final int MANY_SEEN = 500;

    private final List<SightingRing> rings;
    private final Optional<ControllerClient> controller;
    private final Consumer<Sighting.Transit> metrics;
    private final LongSupplier seen;
    private final byte[] buffer = new byte[MAX_RECORDS * Sighting.BYTES];
    private final MemorySegment records = MemorySegment.ofArray(buffer);
    private final Thread thread;
    private volatile boolean running = true;
    private volatile long sent;
    private volatile long unsent;
    private long seenReported;

    /**
     * @param metrics sees every way through this switch, on the exporter's thread
     * @param seen frames that timing has looked at so far
     */
    SightingExporter(
            List<SightingRing> rings,
            Optional<ControllerClient> controller,
            Consumer<Sighting.Transit> metrics,
            LongSupplier seen) {
        this.rings = List.copyOf(rings);
        this.controller = controller;
        this.metrics = metrics;
        this.seen = seen;
        thread = Thread.ofPlatform().name("sighting-exporter").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (running) {
                Thread.sleep(PERIOD_MS);
                export();
            }
        } catch (InterruptedException e) {
            LOG.debug("stopped");
        }
    }

    private void export() throws InterruptedException {
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
        } while (bytes == buffer.length);
    }

    private void show(int bytes) {
        ByteBuffer view = ByteBuffer.wrap(buffer, 0, bytes);
        for (int at = 0; at < bytes; at += Sighting.BYTES) {
            if (Sighting.isTransit(view, at) && Sighting.decode(view, at) instanceof Sighting.Transit transit) {
                metrics.accept(transit);
            }
        }
    }

    private void send(int bytes, long frames) throws InterruptedException {
        if (controller.isEmpty()) {
            return;
        }
        try {
            controller.get().sendSightings(buffer, bytes, frames);
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
