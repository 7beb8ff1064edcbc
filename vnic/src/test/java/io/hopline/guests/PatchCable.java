package io.hopline.guests;

import io.hopline.linux.EventFd;
import io.hopline.linux.Poller;
import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Port;
import java.util.function.Consumer;

/** The smallest switch: what comes in by one of two ports goes out by the other. Runs on a thread of its own. */
public final class PatchCable implements AutoCloseable {
    private final Port left;
    private final Port right;
    private final Consumer<Frame> seen;
    private final FramePool pool = FramePool.of(512);
    private final Batch batch = new Batch();
    private final EventFd stop = EventFd.open();
    private final Thread thread = Thread.ofPlatform().name("patch-cable").unstarted(this::run);

    private PatchCable(Port left, Port right, Consumer<Frame> seen) {
        this.left = left;
        this.right = right;
        this.seen = seen;
    }

    public static PatchCable between(Port left, Port right) {
        return between(left, right, frame -> {});
    }

    /** @param seen called with each frame on the forwarding thread */
    public static PatchCable between(Port left, Port right, Consumer<Frame> seen) {
        PatchCable cable = new PatchCable(left, right, seen);
        cable.thread.start();
        return cable;
    }

    private void run() {
        try (Poller poller = new Poller(3)) {
            poller.watch(0, left.readinessFd());
            poller.watch(1, right.readinessFd());
            poller.watch(2, stop.fd());
            while (true) {
                poller.poll(-1);
                if (poller.readable(2)) {
                    return;
                }
                if (poller.readable(0)) {
                    forward(left, right);
                }
                if (poller.readable(1)) {
                    forward(right, left);
                }
            }
        }
    }

    private void forward(Port from, Port to) {
        from.receive(pool, batch);
        for (int i = 0; i < batch.size(); i++) {
            seen.accept(batch.frame(i));
            to.transmit(batch.frame(i));
        }
        batch.clear();
        to.flush();
    }

    /** Stops the thread and closes both ports. */
    @Override
    public void close() throws InterruptedException {
        stop.signal();
        thread.join();
        stop.close();
        left.close();
        right.close();
        pool.close();
    }
}
