package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Sees what tcpdump would see on a network device, both directions, with the kernel's stamps: the beginnings of the frames
 * that a filter chooses. It is read by a thread that forwards nothing; frames are copies and the originals go their way.
 */
public final class StampSocket implements AutoCloseable {
    /** Bytes kept of each frame. */
    public static final int SNAP_BYTES = 128;
    /** Most frames of one read. */
    public static final int BATCH = 64;

    private static final int BUFFER_BYTES = 16 << 20;
    private static final int PACKET_OUTGOING = 4;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int PACKET_STATISTICS = 6;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment frames = arena.allocate((long) BATCH * SNAP_BYTES, 64);
    private final MemorySegment statistics = arena.allocate(16, 8);
    private final MessageBatch messages = new MessageBatch(BATCH, 1);
    private final Poller poller = new Poller(1);
    private final Descriptor socket;

    private StampSocket(Descriptor socket) {
        this.socket = socket;
        for (int i = 0; i < BATCH; i++) {
            messages.buffer(i, frames, (long) i * SNAP_BYTES, SNAP_BYTES);
        }
        poller.watch(0, socket.number());
    }

    /**
     * Opens on a device in a namespace. The open socket keeps the namespace alive.
     *
     * @param filter what to see; it returns 0 or at least {@link #SNAP_BYTES}
     * @throws LinuxException when there is no such device, or without the privilege
     */
    public static StampSocket open(NetNs ns, String device, BpfProgram filter) {
        return ns.call(() -> openHere(device, filter));
    }

    private static StampSocket openHere(String device, BpfProgram filter) {
        int index;
        try (NetDevice netDevice = NetDevice.open(device)) {
            index = netDevice.index();
        }
        Descriptor socket = SocketOptions.socket("AF_PACKET", PacketSocket.AF_PACKET, SocketOptions.SOCK_RAW, 0);
        try {
            SocketOptions.attach(socket, filter);
            SocketOptions.set(socket, PacketSocket.SOL_PACKET, PacketSocket.PACKET_AUXDATA, "PACKET_AUXDATA", 1);
            SocketOptions.set(socket, SocketOptions.SOL_SOCKET, SocketOptions.SO_TIMESTAMPNS, "SO_TIMESTAMPNS", 1);
            SocketOptions.buffers(socket, BUFFER_BYTES);
            PacketSocket.bind(socket, index, device);
            return new StampSocket(socket);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Sees from now on what another filter chooses. Any thread. */
    public void filter(BpfProgram filter) {
        SocketOptions.attach(socket, filter);
    }

    /** The descriptor to poll for readability, for a thread that reads several of these. */
    public int fd() {
        return socket.number();
    }

    /**
     * Reads what waits, at most {@link #BATCH} frames, after waiting for the first.
     *
     * @param timeoutMs longest wait; 0 does not wait
     * @return number of frames read, 0 when none came
     */
    public int read(int timeoutMs) {
        if (timeoutMs != 0 && poller.poll(timeoutMs) == 0) {
            return 0;
        }
        messages.arm(BATCH);
        int received = Libc.recvmmsg(socket.number(), messages.headerAddress(0), BATCH, MSG_DONTWAIT);
        if (received <= 0) {
            return 0;
        }
        messages.absorb(received);
        return received;
    }

    /** Memory of all frames of the last read. */
    public MemorySegment memory() {
        return frames;
    }

    /** Position in {@link #memory()} of a frame's Ethernet header. */
    public long offset(int frame) {
        return (long) frame * SNAP_BYTES;
    }

    /** Bytes of a frame that are there, at most {@link #SNAP_BYTES}. */
    public int length(int frame) {
        return Math.min(messages.length(frame), SNAP_BYTES);
    }

    /** Bytes the whole frame had, a super-frame before it is segmented. */
    public int wireLength(int frame) {
        return messages.wireLength(frame);
    }

    /** When the kernel saw a frame, CLOCK_REALTIME nanoseconds. */
    public long kernelNs(int frame) {
        return messages.kernelNs(frame);
    }

    /** True for a frame the device's own host sends, false for one that arrives there. */
    public boolean outgoing(int frame) {
        return messages.packetType(frame) == PACKET_OUTGOING;
    }

    /** Frames the kernel lost for want of buffer since the last call of this method. */
    public long lost() {
        statistics.set(ValueLayout.JAVA_INT, 8, 8);
        int result = Libc.getsockopt(
                socket.number(),
                PacketSocket.SOL_PACKET,
                PACKET_STATISTICS,
                statistics.address(),
                statistics.address() + 8);
        return result < 0 ? 0 : Integer.toUnsignedLong(statistics.get(ValueLayout.JAVA_INT, 4));
    }

    @Override
    public void close() {
        socket.close();
        poller.close();
        messages.close();
        arena.close();
    }
}
