package io.hopline.overlay;

import io.hopline.linux.Clock;
import io.hopline.linux.EventFd;
import io.hopline.linux.Poller;
import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.Port;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** The smallest overlay switch: one guest, one tunnel, one remote VTEP and VNI. Runs on a thread of its own. */
final class TunnelCable implements AutoCloseable {
    /** What was seen of a frame from the tunnel. */
    record Arrival(long tunnelId, IpAddress tunnelSource, long kernelNs, long seenNs, int length) {}

    private static final int MAX_ARRIVALS = 10_000;

    private final Port guest;
    private final VxlanPort tunnel;
    private final IpAddress remote;
    private final int vni;
    private final FramePool pool = FramePool.of(1024);
    private final Batch batch = new Batch();
    private final EventFd stop = EventFd.open();
    private final Queue<Arrival> arrivals = new ConcurrentLinkedQueue<>();
    private final AtomicLong longestArrival = new AtomicLong();
    private int seen;
    private final Thread thread = Thread.ofPlatform().name("tunnel-cable").unstarted(this::run);

    private TunnelCable(Port guest, VxlanPort tunnel, IpAddress remote, int vni) {
        this.guest = guest;
        this.tunnel = tunnel;
        this.remote = remote;
        this.vni = vni;
    }

    static TunnelCable between(Port guest, VxlanPort tunnel, IpAddress remote, int vni) {
        TunnelCable cable = new TunnelCable(guest, tunnel, remote, vni);
        cable.thread.start();
        return cable;
    }

    private void run() {
        try (Poller poller = new Poller(3)) {
            poller.watch(0, guest.readinessFd());
            poller.watch(1, tunnel.readinessFd());
            poller.watch(2, stop.fd());
            while (true) {
                poller.poll(-1);
                if (poller.readable(2)) {
                    return;
                }
                if (poller.readable(0)) {
                    toTunnel();
                }
                if (poller.readable(1)) {
                    toGuest();
                }
            }
        }
    }

    private void toTunnel() {
        guest.receive(pool, batch);
        for (int i = 0; i < batch.size(); i++) {
            Frame frame = batch.frame(i);
            frame.tunnelId(vni);
            switch (remote) {
                case Ipv4Address ipv4 -> frame.tunnelDestination(ipv4.bits());
                case Ipv6Address ipv6 -> frame.tunnelDestination(ipv6.high(), ipv6.low());
            }
            tunnel.transmit(frame);
        }
        batch.clear();
        tunnel.flush();
    }

    private void toGuest() {
        tunnel.receive(pool, batch);
        long nowNs = Clock.realtimeNs();
        for (int i = 0; i < batch.size(); i++) {
            Frame frame = batch.frame(i);
            longestArrival.accumulateAndGet(frame.length(), Math::max);
            if (seen < MAX_ARRIVALS) {
                seen++;
                arrivals.add(new Arrival(frame.tunnelId(), source(frame), frame.rxKernelNs(), nowNs, frame.length()));
            }
            guest.transmit(frame);
        }
        batch.clear();
        guest.flush();
    }

    private IpAddress source(Frame frame) {
        return remote instanceof Ipv6Address
                ? new Ipv6Address(frame.tunnelSourceHigh(), frame.tunnelSourceLow())
                : new Ipv4Address(frame.tunnelSource());
    }

    /** The first frames from the tunnel, in order. */
    Queue<Arrival> arrivals() {
        return arrivals;
    }

    long longestArrivalBytes() {
        return longestArrival.get();
    }

    /** Stops the thread, closes both ports and checks that every frame came back. */
    @Override
    public void close() throws InterruptedException {
        stop.signal();
        thread.join();
        stop.close();
        guest.close();
        tunnel.close();
        int missing = pool.capacity() - pool.available();
        pool.close();
        if (missing != 0) {
            throw new IllegalStateException(missing + " frames were never released");
        }
    }
}
