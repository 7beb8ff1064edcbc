package io.hopline.node;

import io.hopline.linux.Clock;
import io.hopline.linux.EventFd;
import io.hopline.packet.FramePool;
import io.hopline.sla.SightingRing;
import io.hopline.vswitch.SelectorFactory;
import io.hopline.vswitch.VirtualSwitch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Workers for a test, and whatever else it wants closed, the last first. */
final class WorkerRig implements AutoCloseable {
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    <T extends AutoCloseable> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    /** A worker that runs, with no port. */
    Worker worker() {
        FramePool pool = FramePool.of(64);
        EventFd wakeUp = own(EventFd.open());
        TransitRecorder transits = new TransitRecorder(own(new SightingRing(64)), Clock::realtimeNs);
        VirtualSwitch vswitch = own(new VirtualSwitch(
                List.of(new VirtualSwitch.WorkerParts(pool, transits, wakeUp::signal)),
                SelectorFactory.RENDEZVOUS,
                (frame, port) -> {},
                Clock::realtimeNs));
        Worker worker = own(new Worker(
                "w",
                pool,
                vswitch.datapaths().getFirst(),
                transits,
                Clock::realtimeNs,
                wakeUp,
                NodeOptions.DEFAULT_BUSY_POLL_NS));
        worker.start();
        worker.execute(() -> {}).join();
        return worker;
    }

    @Override
    public void close() throws Exception {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
    }
}
