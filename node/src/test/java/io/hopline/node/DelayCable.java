package io.hopline.node;

import io.hopline.linux.EventFd;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.linux.Poller;
import io.hopline.linux.Tap;
import io.hopline.packet.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Two namespaces and a cable between them that takes its time, in either direction its own. Hosts 1 and 2 are 10.88.0.1 and
 * 10.88.0.2, fd88::1 and fd88::2.
 */
final class DelayCable implements AutoCloseable {
    private static final int FRAME_BYTES = 70_000;

    final NetNs first = NetNs.anonymous();
    final NetNs second = NetNs.anonymous();
    private final Tap one = end(first, 1);
    private final Tap two = end(second, 2);
    private final EventFd stop = EventFd.open();
    private final Way there;
    private final Way back;
    private final Thread thread = Thread.ofPlatform().name("delay-cable").unstarted(this::run);

    private record Held(byte[] frame, long dueNs) {}

    private static final class Way {
        final Tap to;
        final long delayNs;
        final int everyTwice;
        final Deque<Held> held = new ArrayDeque<>();
        int frames;

        Way(Tap to, long delayNs, int everyTwice) {
            this.to = to;
            this.delayNs = delayNs;
            this.everyTwice = everyTwice;
        }
    }

    /** @param everyTwice of so many frames on the way back one comes twice; 0 for none */
    DelayCable(long thereNs, long backNs, int everyTwice) {
        there = new Way(two, thereNs, 0);
        back = new Way(one, backNs, everyTwice);
        thread.start();
    }

    static IpAddress address(int host, boolean ipv6) {
        return IpAddress.parse((ipv6 ? "fd88::" : "10.88.0.") + host);
    }

    private static Tap end(NetNs ns, int host) {
        Tap tap = ns.call(() -> Tap.open("cable0"));
        ns.run(() -> {
            try (NetDevice device = NetDevice.open("cable0")) {
                device.setUp();
            }
        });
        ns.ip("addr", "add", address(host, false) + "/24", "dev", "cable0");
        ns.ip("addr", "add", address(host, true) + "/64", "dev", "cable0", "nodad");
        return tap;
    }

    private void run() {
        try (Arena arena = Arena.ofConfined();
                Poller poller = new Poller(3)) {
            MemorySegment memory = arena.allocate(FRAME_BYTES, 8);
            poller.watch(0, stop.fd());
            poller.watch(1, one.fd());
            poller.watch(2, two.fd());
            while (!poller.readable(0)) {
                poller.poll(there.held.isEmpty() && back.held.isEmpty() ? 1000 : 1);
                take(one, there, memory);
                take(two, back, memory);
                deliver(there, memory);
                deliver(back, memory);
            }
        }
    }

    private static void take(Tap from, Way way, MemorySegment memory) {
        for (int bytes = from.read(memory, 0, FRAME_BYTES); bytes > 0; bytes = from.read(memory, 0, FRAME_BYTES)) {
            byte[] frame = memory.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
            Held held = new Held(frame, System.nanoTime() + way.delayNs);
            way.held.addLast(held);
            if (way.everyTwice > 0 && ++way.frames % way.everyTwice == 0) {
                way.held.addLast(held);
            }
        }
    }

    private static void deliver(Way way, MemorySegment memory) {
        while (!way.held.isEmpty() && way.held.getFirst().dueNs - System.nanoTime() <= 0) {
            byte[] frame = way.held.removeFirst().frame;
            MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, 0, frame.length);
            way.to.write(memory, 0, frame.length);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stop.signal();
        thread.join();
        stop.close();
        one.close();
        two.close();
        first.close();
        second.close();
    }
}
