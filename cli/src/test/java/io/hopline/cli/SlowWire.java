package io.hopline.cli;

import io.hopline.linux.EventFd;
import io.hopline.linux.NetNs;
import io.hopline.linux.Poller;
import io.hopline.packet.Batch;
import io.hopline.packet.FramePool;
import io.hopline.packet.Port;
import io.hopline.vnic.PacketPort;
import java.util.concurrent.locks.LockSupport;

/** A wire that holds frames of one direction up: the demo's underlay is led through a namespace in which this forwards. */
final class SlowWire implements AutoCloseable {
    private static final String DEVICE = "under0";

    private final String netns;
    private final NetNs namespace;
    private final PacketPort left;
    private final PacketPort right;
    private final FramePool pool = FramePool.of(512);
    private final Batch batch = new Batch();
    private final EventFd stop = EventFd.open();
    private final Thread thread = Thread.ofPlatform().name("slow-wire").unstarted(this::run);
    private volatile long delayNs;

    private SlowWire(String netns) {
        this.netns = netns;
        namespace = NetNs.open(netns);
        left = PacketPort.open(namespace, "left", "left", Port.Kind.UPLINK);
        right = PacketPort.open(namespace, "right", "right", Port.Kind.UPLINK);
    }

    /**
     * Leads the underlay between two hosts through a new namespace.
     *
     * @param to the host whose end of the wire is plugged in anew, with its old addresses
     */
    static SlowWire through(String netns, String to, String toIp) {
        Program.run("ip", "netns", "add", netns);
        String mac = Program.run("ip", "-n", to, "-br", "link", "show", "dev", DEVICE)
                .split("\\s+")[2];
        Program.run("ip", "-n", to, "link", "set", DEVICE, "netns", netns, "name", "left");
        Program.run(
                "ip", "-n", to, "link", "add", DEVICE, "address", mac, "type", "veth", "peer", "name", "right", "netns",
                netns);
        Program.run("ip", "-n", to, "addr", "add", toIp + "/24", "dev", DEVICE);
        Program.run("ip", "-n", to, "link", "set", DEVICE, "up");
        Program.run("ip", "-n", netns, "link", "set", "left", "up");
        Program.run("ip", "-n", netns, "link", "set", "right", "up");
        var wire = new SlowWire(netns);
        wire.thread.start();
        return wire;
    }

    /** From now on frames towards the host that was plugged in anew wait so long; the others do not. */
    void delayNs(long ns) {
        delayNs = ns;
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
                    forward(left, right, delayNs);
                }
                if (poller.readable(1)) {
                    forward(right, left, 0);
                }
            }
        }
    }

    private void forward(Port from, Port to, long waitNs) {
        from.receive(pool, batch);
        LockSupport.parkNanos(waitNs);
        for (int i = 0; i < batch.size(); i++) {
            to.transmit(batch.frame(i));
        }
        batch.clear();
        to.flush();
    }

    @Override
    public void close() throws InterruptedException {
        stop.signal();
        thread.join();
        stop.close();
        left.close();
        right.close();
        pool.close();
        namespace.close();
        Program.run("ip", "netns", "delete", netns);
    }
}
