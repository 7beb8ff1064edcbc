package io.hopline.vnic;

import io.hopline.linux.Errno;
import io.hopline.linux.LinuxException;
import io.hopline.linux.MessageBatch;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.linux.PacketSocket;
import io.hopline.linux.Several;
import io.hopline.packet.Batch;
import io.hopline.packet.Checksum;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.packet.Sctp;
import io.hopline.packet.Vlan;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A port over a network device that is here while its other end is elsewhere: a TAP that a VMM holds, a veth, the host's
 * NIC. Reached over AF_PACKET, 32 frames a system call.
 *
 * <p>Received frames carry the kernel's stamp. Transmits go through the queueing discipline: tcpdump and stamp sockets on
 * the device see both directions, and the kernel segments for a device that cannot.
 */
public final class PacketPort implements Port {
    private static final int VNET = VnetHeader.BYTES;
    private static final int MESSAGES = 32;
    private static final int SMALLEST_ASK = 4;
    private static final int BUFFER_BYTES = 16 << 20;

    private final String name;
    private final Kind kind;
    private final MacAddress mac;
    private final int mtu;
    private final PacketSocket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment discard = arena.allocate(128, 8);
    private final LinkState link;
    private final MessageBatch messages = new MessageBatch(MESSAGES, 1);
    private final @Nullable Frame[] landing = new Frame[MESSAGES];
    private final PendingFrames pending = new PendingFrames();
    private final PortCounters counters = new PortCounters();
    /** How many slots to offer the next receive: twice what the last one used. */
    private int ask = SMALLEST_ASK;

    private PacketPort(String name, Kind kind, PacketSocket socket, LinkState link) {
        this.name = name;
        this.kind = kind;
        this.socket = socket;
        this.link = link;
        mac = link.mac();
        mtu = link.mtu();
    }

    /**
     * Opens a port over an existing device.
     *
     * @param hostNs where the device is
     * @param ifName the device
     * @param portName the port's name
     * @param kind {@code VNIC} for a guest's device, {@code UPLINK} for the host's
     * @throws LinuxException when there is no such device, or without the privilege
     */
    public static PacketPort open(NetNs hostNs, String ifName, String portName, Kind kind) {
        return openQueues(hostNs, ifName, portName, kind, 1).getFirst();
    }

    /**
     * Opens ports that share an existing device: each flow comes in by one of them, both of its directions by the same
     * unless its addresses are translated.
     *
     * @throws LinuxException when there is no such device, or without the privilege; nothing is left behind
     */
    public static List<PacketPort> openQueues(NetNs hostNs, String ifName, String portName, Kind kind, int queues) {
        return hostNs.call(() -> openHere(ifName, portName, kind, queues));
    }

    /**
     * Opens a port over a TAP that a VMM holds or will open: makes the TAP, persistent, when there is none, and sets it up.
     *
     * @param hostNs where the TAP is
     * @param tap its name
     * @param portName the port's name
     * @param mtu MTU it gets in bytes, empty to leave it
     * @param queues how many ports share it, see {@link #openQueues}
     * @throws LinuxException when the name belongs to another kind of device, or without the privilege
     */
    public static List<PacketPort> openTap(NetNs hostNs, String tap, String portName, OptionalInt mtu, int queues) {
        return hostNs.call(() -> {
            try (NetDevice device = NetDevice.open(tap)) {
                if (!device.exists()) {
                    hostNs.ip("tuntap", "add", "dev", tap, "mode", "tap");
                } else if (!device.isTap()) {
                    throw new LinuxException(
                            "PacketPort.openTap",
                            "device '" + tap + "'",
                            Errno.EEXIST,
                            "'" + tap + "' is busy: an interface of another kind has that name");
                }
                mtu.ifPresent(device::mtu);
                device.setUp();
            }
            return openHere(tap, portName, Kind.VNIC, queues);
        });
    }

    private static List<PacketPort> openHere(String ifName, String portName, Kind kind, int queues) {
        List<PacketSocket> sockets = PacketSocket.openGroup(ifName, BUFFER_BYTES, queues);
        try {
            return Several.open(queues, i -> new PacketPort(portName, kind, sockets.get(i), LinkState.open(ifName)));
        } catch (RuntimeException e) {
            Several.close(sockets, e);
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Kind kind() {
        return kind;
    }

    @Override
    public MacAddress mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean isUp() {
        return link.isUp();
    }

    @Override
    public int readinessFd() {
        return socket.fd();
    }

    @Override
    public int receive(FramePool pool, Batch into) {
        int before = into.size();
        int offered;
        int received;
        do {
            offered = offer(pool, Math.min(ask, into.room()));
            if (offered == 0) {
                break;
            }
            received = socket.receive(messages, offered);
            if (received < 0) {
                receiveFailed(-received);
                received = 0;
            }
            take(received, into);
            takeBack(received, offered);
            ask = Math.clamp(received * 2L, SMALLEST_ASK, MESSAGES);
        } while (received == offered);
        return into.size() - before;
    }

    /** Acquires slots and points the messages at them. */
    private int offer(FramePool pool, int wanted) {
        for (int i = 0; i < wanted; i++) {
            Frame frame = pool.acquire();
            if (frame == null) {
                if (i == 0) {
                    discardOne();
                }
                return i;
            }
            landing[i] = frame;
            messages.buffer(i, frame.memory(), frame.offset() - VNET, frame.room() + VNET);
        }
        return wanted;
    }

    /** Takes one frame off the kernel's queue that no slot is free for; the kernel cuts it off to fit. */
    private void discardOne() {
        messages.buffer(0, discard, 0, (int) discard.byteSize());
        if (socket.receive(messages, 1) > 0) {
            counters.dropped(DropReason.POOL_EMPTY);
        }
    }

    private void take(int received, Batch into) {
        long bytes = 0;
        int frames = 0;
        for (int i = 0; i < received; i++) {
            Frame frame = landed(i);
            int length = messages.length(i) - VNET;
            if (length < Ethernet.BYTES || messages.truncated(i)) {
                counters.dropped(length < Ethernet.BYTES ? DropReason.MALFORMED : DropReason.TOO_LONG);
                frame.release();
                continue;
            }
            MemorySegment.copy(frame.memory(), frame.offset() - VNET, frame.memory(), frame.vnet(), VNET);
            frame.length(length);
            frame.rxKernelNs(messages.kernelNs(i));
            if (VnetHeader.needsChecksum(frame.memory(), frame.vnet())
                    && VnetHeader.checksumOffset(frame.memory(), frame.vnet()) == Sctp.CHECKSUM) {
                // A veth leaves SCTP's CRC32c open; a vnet header cannot say so, and the next would sum it like TCP.
                Checksum.complete(frame);
            }
            if (messages.vlan(i) != 0) {
                // The outer VLAN tag, which the kernel took out; the vnet header spoke of the frame without it.
                Vlan.push(frame, messages.vlan(i) >>> 16, messages.vlan(i) & 0xffff);
            }
            frames++;
            bytes += frame.length();
            into.add(frame);
        }
        if (frames > 0) {
            counters.received(frames, bytes);
        }
    }

    private Frame landed(int index) {
        Frame frame = landing[index];
        landing[index] = null;
        if (frame == null) {
            throw new IllegalStateException("no frame landed at " + index);
        }
        return frame;
    }

    /** In reverse order, so that the next receive gets the same slots, warm. */
    private void takeBack(int from, int to) {
        for (int i = to - 1; i >= from; i--) {
            landed(i).release();
        }
    }

    private void receiveFailed(int errno) {
        switch (errno) {
            case Errno.EAGAIN, Errno.EINTR -> {}
            // A frame whose offload state no virtio_net_hdr can express (packet_rcv_vnet); the kernel has dropped it.
            case Errno.EINVAL -> counters.dropped(DropReason.MALFORMED);
            default -> link.refresh();
        }
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
        for (int from = 0; from < pending.size(); from += MESSAGES) {
            int count = Math.min(MESSAGES, pending.size() - from);
            for (int i = 0; i < count; i++) {
                Frame frame = pending.frame(from + i);
                messages.buffer(i, frame.memory(), PendingFrames.putVnetInFront(frame), frame.length() + VNET);
            }
            send(from, count);
        }
        pending.release();
    }

    private void send(int from, int count) {
        int done = 0;
        int frames = 0;
        long bytes = 0;
        while (done < count) {
            int sent = socket.send(messages, done, count - done);
            if (sent <= 0) {
                counters.dropped(reason(-sent), pending.count(from + done));
                done++;
                continue;
            }
            for (int i = done; i < done + sent; i++) {
                bytes += pending.bytes(from + i);
                frames += pending.count(from + i);
            }
            done += sent;
        }
        if (frames > 0) {
            counters.transmitted(frames, bytes);
        }
    }

    private DropReason reason(int errno) {
        if (Errno.isQueueFull(errno)) {
            return DropReason.QUEUE_FULL;
        }
        return switch (errno) {
            case Errno.EMSGSIZE -> DropReason.TOO_LONG;
            case Errno.EINVAL -> DropReason.MALFORMED;
            case Errno.ENETDOWN, Errno.ENXIO, Errno.ENODEV -> {
                link.refresh();
                yield DropReason.NO_PORT;
            }
            default -> DropReason.SEND_ERROR;
        };
    }

    @Override
    public PortCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        pending.release();
        socket.close();
        link.close();
        messages.close();
        arena.close();
    }
}
