package io.hopline.overlay;

import io.hopline.linux.EventFd;
import io.hopline.linux.NetNs;
import io.hopline.linux.Poller;
import io.hopline.linux.Tap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What a VMM does: holds a TAP of the host, and passes frames with their offloads between it and the guest's device. */
final class VmmGuest implements AutoCloseable {
    private static final int ROOM = 70_000;

    private final Tap hostEnd;
    private final Tap guestEnd;
    private final EventFd stop = EventFd.open();
    private final Thread thread = Thread.ofPlatform().name("vmm").unstarted(this::run);

    /** Makes both devices; the guest's is {@code eth0}. */
    VmmGuest(NetNs host, String tapName, NetNs guest) {
        hostEnd = host.call(() -> Tap.open(tapName));
        guestEnd = guest.call(() -> Tap.open("eth0"));
        thread.start();
    }

    private void run() {
        try (Arena arena = Arena.ofConfined();
                Poller poller = new Poller(3)) {
            MemorySegment buffer = arena.allocate(ROOM, 8);
            poller.watch(0, hostEnd.fd());
            poller.watch(1, guestEnd.fd());
            poller.watch(2, stop.fd());
            while (true) {
                poller.poll(-1);
                if (poller.readable(2)) {
                    return;
                }
                pass(hostEnd, guestEnd, buffer);
                pass(guestEnd, hostEnd, buffer);
            }
        }
    }

    private static void pass(Tap from, Tap to, MemorySegment buffer) {
        for (int read = from.read(buffer, 0, ROOM); read > 0; read = from.read(buffer, 0, ROOM)) {
            to.write(buffer, 0, read);
        }
    }

    @Override
    public void close() throws InterruptedException {
        stop.signal();
        thread.join();
        stop.close();
        hostEnd.close();
        guestEnd.close();
    }
}
