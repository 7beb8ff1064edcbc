package io.hopline.vnic;

import io.hopline.linux.Errno;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.linux.Several;
import io.hopline.linux.Tap;
import io.hopline.packet.Batch;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A guest on a TAP whose descriptor is held here, while its network device is in the guest's namespace.
 *
 * <p>Frames are read one by one: a system call per frame beats io_uring here, because one readiness event drains the queue
 * and super-frames are large. A guest kernel's TCP receive runs inside {@link #flush}'s write.
 */
public final class TapPort implements Port {
    private static final int VNET = VnetHeader.BYTES;
    /** How long a port whose write found the device down counts as down. */
    private static final long RETRY_NS = 250_000_000L;

    private final Tap tap;
    private final String name;
    private final MacAddress mac;
    private final int mtu;
    private final PortCounters counters = new PortCounters();
    private final PendingFrames pending = new PendingFrames();
    private final Arena arena = Arena.ofShared();
    /** Where a frame goes that no slot is free for; TAP cuts it off and forgets the rest. */
    private final MemorySegment discard = arena.allocate(128, 8);

    private volatile boolean down;
    private volatile long downSinceNs;

    private TapPort(Tap tap, String name, MacAddress mac, int mtu) {
        this.tap = tap;
        this.name = name;
        this.mac = mac;
        this.mtu = mtu;
    }

    /**
     * Makes a TAP whose network device is in the guest's namespace from the first moment, set up and with offloads on:
     * two nodes that attach guests of the same name never meet. The guest's IP address is not set.
     *
     * @param guestNs where the network device is; an open port keeps the namespace alive
     * @param name the port's name
     * @param guestIfName the network device's name in the guest
     * @param guestMac the network device's hardware address
     * @param mtu the network device's MTU in bytes, 68 to 65521
     * @throws LinuxException when the name is taken, or without the privilege; nothing is left behind
     */
    public static TapPort open(NetNs guestNs, String name, String guestIfName, MacAddress guestMac, int mtu) {
        return openQueues(guestNs, name, guestIfName, guestMac, mtu, 1).getFirst();
    }

    /**
     * Makes a TAP as {@link #open} does, with a port for each of its queues. What the guest answers comes back by the queue
     * that it was spoken to by; the device goes with the last of them.
     *
     * @param queues 1 to 256
     * @throws LinuxException when the name is taken, or without the privilege; nothing is left behind
     */
    public static List<TapPort> openQueues(
            NetNs guestNs, String name, String guestIfName, MacAddress guestMac, int mtu, int queues) {
        requireFree(guestNs, guestIfName);
        return guestNs.call(() -> openHere(name, guestIfName, guestMac, mtu, queues));
    }

    private static List<TapPort> openHere(String name, String guestIfName, MacAddress guestMac, int mtu, int queues) {
        List<Tap> taps = Tap.openQueues(guestIfName, queues);
        try (NetDevice device = NetDevice.open(guestIfName)) {
            taps.getFirst().hardwareAddress(guestMac.bytes());
            device.mtu(mtu);
            device.setUp();
            return taps.stream()
                    .map(tap -> new TapPort(tap, name, switchSide(guestMac), mtu))
                    .toList();
        } catch (RuntimeException e) {
            Several.close(taps, e);
            throw e;
        }
    }

    private static void requireFree(NetNs guestNs, String guestIfName) {
        boolean taken = guestNs.call(() -> {
            try (NetDevice device = NetDevice.open(guestIfName)) {
                return device.exists();
            }
        });
        if (taken) {
            throw new LinuxException(
                    "TapPort.open",
                    "namespace " + guestNs.name() + ", device '" + guestIfName + "'",
                    Errno.EEXIST,
                    "the guest has a device of that name already");
        }
    }

    /** As libvirt does: the guest's address with fe in front, which no guest has. */
    private static MacAddress switchSide(MacAddress guest) {
        return new MacAddress(guest.bits() & 0xff_ffff_ffffL | 0xfeL << 40);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Kind kind() {
        return Kind.VNIC;
    }

    @Override
    public MacAddress mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    /** False from a write that found the device down or gone, for a quarter of a second; then the next frame tries. */
    @Override
    public boolean isUp() {
        return !down || System.nanoTime() - downSinceNs > RETRY_NS;
    }

    @Override
    public int readinessFd() {
        return tap.fd();
    }

    @Override
    public int receive(FramePool pool, Batch into) {
        int before = into.size();
        long bytes = 0;
        while (into.room() > 0) {
            Frame frame = pool.acquire();
            if (frame == null) {
                discardOne();
                break;
            }
            int read = tap.read(frame.memory(), frame.offset() - VNET, frame.room() + VNET);
            if (read < VNET + Ethernet.BYTES) {
                frame.release();
                if (read < 0) {
                    readFailed(-read);
                    break;
                }
                counters.dropped(DropReason.MALFORMED);
                continue;
            }
            MemorySegment.copy(frame.memory(), frame.offset() - VNET, frame.memory(), frame.vnet(), VNET);
            frame.length(read - VNET);
            bytes += frame.length();
            into.add(frame);
        }
        int received = into.size() - before;
        if (received > 0) {
            counters.received(received, bytes);
        }
        return received;
    }

    private void discardOne() {
        if (tap.read(discard, 0, (int) discard.byteSize()) > 0) {
            counters.dropped(DropReason.POOL_EMPTY);
        }
    }

    private void readFailed(int errno) {
        if (errno != Errno.EAGAIN && errno != Errno.EINTR) {
            markDown();
        }
    }

    private void markDown() {
        downSinceNs = System.nanoTime();
        down = true;
    }

    @Override
    public void transmit(Frame frame) {
        pending.add(frame);
        if (pending.isFull()) {
            flush();
        }
    }

    @Override
    public void flush() {
        pending.seal();
        int frames = 0;
        long bytes = 0;
        for (int i = 0; i < pending.size(); i++) {
            Frame frame = pending.frame(i);
            int written = tap.write(frame.memory(), PendingFrames.putVnetInFront(frame), frame.length() + VNET);
            if (written > 0) {
                frames += pending.count(i);
                bytes += pending.bytes(i);
            } else {
                counters.dropped(reason(-written), pending.count(i));
            }
        }
        pending.release();
        if (frames > 0) {
            down = false;
            counters.transmitted(frames, bytes);
        }
    }

    private DropReason reason(int errno) {
        if (Errno.isQueueFull(errno)) {
            return DropReason.QUEUE_FULL;
        }
        if (errno == Errno.EINVAL || errno == Errno.EMSGSIZE) {
            return DropReason.MALFORMED;
        }
        markDown();
        return DropReason.NO_PORT;
    }

    @Override
    public PortCounters counters() {
        return counters;
    }

    /** Ends the network device too, if it was its last queue. */
    @Override
    public void close() {
        pending.release();
        tap.close();
        arena.close();
    }
}
