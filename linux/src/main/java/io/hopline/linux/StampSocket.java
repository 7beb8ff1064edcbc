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

    private static final int BUFFER_BYTES = 16 << 20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int PACKET_STATISTICS = 6;

    private final Descriptor socket;

    private StampSocket(Descriptor socket) {
        this.socket = socket;
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
     * Reads what waits, at most {@link StampBatch#CAPACITY} frames; does not wait.
     *
     * @return number of frames read, 0 when none waits
     */
    public int read(StampBatch into) {
        MessageBatch messages = into.messages();
        int received = Libc.recvmmsg(socket.number(), messages.headerAddress(0), StampBatch.CAPACITY, MSG_DONTWAIT);
        if (received <= 0) {
            return 0;
        }
        messages.absorb(received);
        return received;
    }

    /** Frames the kernel lost for want of buffer since the last call of this method. */
    public long lost() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statistics = arena.allocate(16, 8);
            statistics.set(ValueLayout.JAVA_INT, 8, 8);
            int result = Libc.getsockopt(
                    socket.number(),
                    PacketSocket.SOL_PACKET,
                    PACKET_STATISTICS,
                    statistics.address(),
                    statistics.address() + 8);
            return result < 0 ? 0 : Integer.toUnsignedLong(statistics.get(ValueLayout.JAVA_INT, 4));
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
